"""Chance that can be repeated: one stream per seed and purpose, so that streams do not disturb
each other when one of them draws more."""

from __future__ import annotations

from random import Random


def chance(seed: int, purpose: str) -> Random:
    return Random(f"{seed}.{purpose}")  # noqa: S311 - a simulator wants repeatable, not secret
