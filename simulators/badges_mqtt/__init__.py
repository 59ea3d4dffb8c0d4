"""Badges that publish JSON to an MQTT broker."""
