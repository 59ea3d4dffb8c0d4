"""Simulated Modbus sensors: a bus of slaves on a pty, and the same through a TCP converter."""
