"""One device on one link, one module per kind; no driver knows another."""
