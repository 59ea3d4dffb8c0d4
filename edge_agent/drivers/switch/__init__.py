"""Relays: barriers, lamps, sirens. One driver, and a module for each way to switch."""
