"""Bringing gateways into service (site profiles, labels, images). Of the agent it sees only the config."""
