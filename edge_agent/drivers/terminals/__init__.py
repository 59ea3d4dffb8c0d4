"""Servers for terminals: JT/T 808 and GT06."""
