"""One pure step per file; no rule knows another."""
