"""Procedural street scenes with labels and truth: what cameras see before there is a street."""
