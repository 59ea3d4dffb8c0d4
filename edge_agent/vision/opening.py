"""A model by its file, or by its name where it ships, as the vision process wants it."""

from __future__ import annotations

from pathlib import Path

from edge_agent.errors import ModelRefused
from edge_agent.vision.shelf import OpenedModel


def open_one(place: Path | str, kind: str, threads: int) -> OpenedModel:
    """ModelRefused."""
    raise ModelRefused(f"{place}: {kind} {threads}")
