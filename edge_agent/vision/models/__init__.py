"""Models as files: what is in them, what they expect, how they are run. Knows no camera and no role."""

from __future__ import annotations

from edge_agent.vision.models.loading import open_model
from edge_agent.vision.models.manifest import ModelManifest, read_manifest
from edge_agent.vision.models.model import Model

__all__ = ["Model", "ModelManifest", "open_model", "read_manifest"]
