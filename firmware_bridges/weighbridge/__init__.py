"""Indicator dialects, one module each, one line in DIALECTS."""
