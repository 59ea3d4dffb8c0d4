"""Surfaces: tiles of colour and height that repeat without a seam, made from noise."""
