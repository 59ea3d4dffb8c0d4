"""Where on earth a camera's picture lies, as an installer stands there and reads it from a phone."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge_agent.config.devices.fields import ID

MOST_ERROR_M = 500.0


@dataclass(frozen=True)
class CameraPlaceConfig:
    """A camera's view, one of its presets, or one of its zones: the closest description counts."""

    camera: str = field(metadata={"pattern": ID, "doc": "id of a camera device"})
    lon: float = field(metadata={"min": -180, "max": 180, "doc": "WGS 84 degrees"})
    lat: float = field(metadata={"min": -90, "max": 90, "doc": "WGS 84 degrees"})
    error_m: float = field(default=15.0, metadata={"min": 0, "max": MOST_ERROR_M})
    preset: str | None = field(default=None, metadata={"pattern": ID})
    zone: str | None = field(default=None, metadata={"pattern": ID})
