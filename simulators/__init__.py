"""Simulated devices that speak the real protocols. Must not know the agent or the hub."""
