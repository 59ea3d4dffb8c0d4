"""`[roles.streetscape]`: cameras on streets and patrol cars, what they look for, and when they must look."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge_agent.config.camera_places import CameraPlaceConfig
from edge_agent.config.devices.fields import ID
from edge_agent.config.devices.speaker import quiet_minutes, zone_minutes
from edge_agent.config.street_classes import REFERENCE, StreetClassConfig, check_classes

DAY_MIN = 1440


@dataclass(frozen=True)
class ScheduledLookConfig:
    """A look that must be made. What it looks for is the preset's matter (`labels` of the camera's
    preset)."""

    camera: str = field(metadata={"pattern": ID, "doc": "id of a camera device"})
    preset: str | None = field(
        default=None, metadata={"pattern": ID, "doc": "a preset of the camera; none = as it stands"}
    )
    every_min: float = field(default=30.0, metadata={"min": 0.5, "max": 1440})
    hours: tuple[str, ...] = field(
        default=(), metadata={"check": quiet_minutes, "doc": 'hours such as "07:00-21:00"'}
    )

    @property
    def name(self) -> str:
        """By which its results are kept."""
        return "/".join((self.camera, self.preset or "", *self.hours))


@dataclass(frozen=True)
class CarConfig:
    """A camera that drives, and the receiver of this gateway that knows where: a `gnss` device, or one
    terminal of a terminal server."""

    camera: str = field(metadata={"pattern": ID, "doc": "id of a camera with `moving = true`"})
    position: str = field(
        metadata={"pattern": ID, "doc": "id of a gnss device, or terminal server"}
    )
    terminal: str | None = field(
        default=None,
        metadata={"pattern": r"[0-9A-Za-z]{1,20}", "doc": "the terminal's number at that server"},
    )
    max_age_s: float = field(
        default=5.0,
        metadata={"min": 0.5, "max": 120, "doc": "a position further away in time is none"},
    )
    lost_min: float = field(
        default=30.0,
        metadata={
            "min": 0,
            "max": 1440,
            "doc": "pictures without a place so long are told; 0 = never",
        },
    )

    @property
    def source(self) -> tuple[str, str | None]:
        """As positions name it: device, and terminal without leading zeros."""
        bare = None if self.terminal is None else self.terminal.lstrip("0") or "0"
        return self.position, bare


@dataclass(frozen=True)
class StreetscapeConfig:
    """City appearance: cameras that stand, turn or drive."""

    cameras: tuple[str, ...] = field(metadata={"pattern": ID, "doc": "ids of camera devices"})
    classes: tuple[StreetClassConfig, ...] = REFERENCE
    places: tuple[CameraPlaceConfig, ...] = ()
    schedule: tuple[ScheduledLookConfig, ...] = ()
    cars: tuple[CarConfig, ...] = ()
    zone: str = field(
        default="+08:00", metadata={"check": zone_minutes, "doc": "of the hours of the schedule"}
    )
    answer_s: float = field(
        default=120.0,
        metadata={"min": 5, "max": 3600, "doc": "a look without an answer so long was missed"},
    )
    retry_min: float = field(
        default=5.0, metadata={"min": 0.5, "max": 1440, "doc": "until a missed look is tried again"}
    )
    looks_window_min: int = field(
        default=60,
        metadata={"min": 5, "max": 1440, "doc": "minutes that one event about looks covers"},
    )

    def __post_init__(self) -> None:
        if not self.cameras or len(set(self.cameras)) < len(self.cameras):
            raise ValueError("cameras: at least one, and each once")
        if not self.classes:
            raise ValueError("classes: at least one; without the key those of the models that ship")
        check_classes(self.classes)
        for key in ("places", "schedule", "cars"):
            for one in getattr(self, key):
                if one.camera not in self.cameras:
                    raise ValueError(f"{key}: camera {one.camera!r} is not among cameras")
        names = [one.name for one in self.schedule]
        if len(set(names)) < len(names):
            raise ValueError("schedule: each camera, preset and hours once")
        cars = [one.camera for one in self.cars]
        if len(set(cars)) < len(cars):
            raise ValueError("cars: each camera once")
        if DAY_MIN % self.looks_window_min:
            raise ValueError("looks_window_min: minutes that divide the day, such as 30, 60 or 240")
