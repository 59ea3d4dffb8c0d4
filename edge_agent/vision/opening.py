"""A model by its file, or by its name where it ships, as the vision process wants it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from edge_agent.errors import ModelRefused
from edge_agent.vision.models.catalogue import find, shipped_folder
from edge_agent.vision.models.loading import open_model
from edge_agent.vision.shelf import OpenedModel

LEAST_SCORE = 0.1  # what the tracks may use to follow, never to begin


def open_one(place: Path | str, kind: str, threads: int) -> OpenedModel:
    """ModelRefused with what was found; StopError when its manifest cannot be read."""
    file, manifest = find(str(place), [shipped_folder()])
    model = open_model(file, manifest=manifest, threads=threads)
    if model.kind != kind:
        raise ModelRefused(f"{place}: expected a {kind}, found a {model.kind}")
    if kind == "detector":
        model = replace(model, min_score=min(LEAST_SCORE, model.min_score))
    return OpenedModel(model.name, model.sha256, model.labels, model.input_size, model.run)
