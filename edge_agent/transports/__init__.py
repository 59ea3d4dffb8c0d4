"""Adapters of the Transport and HubLink ports."""
