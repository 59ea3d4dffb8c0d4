"""Typed event payloads, one module per noun (contract §3).

A payload is a frozen struct whose class carries its wire type and lane. Units are in the names;
weights are Decimal kilograms and travel as strings; coordinates are WGS 84 degrees [lon, lat].
"""
