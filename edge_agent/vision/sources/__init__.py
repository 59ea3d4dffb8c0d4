"""Where frames come from: one module for each way, one port."""
