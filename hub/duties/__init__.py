"""Duties: what has to be done again and again at a place or a thing, whether it was, and what follows.

`course` and `spans` decide and are pure; `sweeping` and `visits` write; docs/duties.md tells it all.
"""
