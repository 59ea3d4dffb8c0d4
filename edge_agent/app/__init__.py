"""Builds the agent in one place and runs it: one process, one TaskGroup."""
