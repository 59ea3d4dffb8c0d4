"""Simulated places before the real eyes and roles, in the world's own time, and what came of it."""
