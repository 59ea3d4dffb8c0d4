"""Loudspeakers: one driver, and a module for each way to make a prompt heard."""
