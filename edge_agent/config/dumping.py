"""`[roles.station.dumping]`: ground at a station on which nothing may be left without having been weighed."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge_agent.config.camera_places import CameraPlaceConfig
from edge_agent.config.devices.fields import ID
from edge_agent.config.street_classes import (
    DAY_S,
    HEAP_GAP,
    LABEL,
    StreetClassConfig,
    check_classes,
)

WASTE, RUBBLE = ("waste_heap", "bag"), ("rubble_heap",)


@dataclass(frozen=True)
class DumpingConfig:
    """What is left in `zones` and stands for `left_s` is a problem (06010, rubble 06011), unless a ticket
    was made in the `ticket_s` before it came, or while it was awaited."""

    cameras: tuple[str, ...] = field(metadata={"pattern": ID, "doc": "ids of camera devices"})
    zones: tuple[str, ...] = field(metadata={"pattern": ID, "doc": "zones of these cameras"})
    waste: tuple[str, ...] = field(
        default=WASTE, metadata={"pattern": LABEL, "doc": "labels that are 06010"}
    )
    rubble: tuple[str, ...] = field(
        default=RUBBLE, metadata={"pattern": LABEL, "doc": "labels that are 06011"}
    )
    left_s: float = field(default=120.0, metadata={"min": 5, "max": DAY_S})
    ticket_s: float = field(default=900.0, metadata={"min": 0, "max": DAY_S})
    min_score: float = field(default=0.5, metadata={"min": 0.05, "max": 1.0})
    update_min: float = field(default=60.0, metadata={"min": 1, "max": 1440})
    places: tuple[CameraPlaceConfig, ...] = ()

    def __post_init__(self) -> None:
        if not self.cameras or len(set(self.cameras)) < len(self.cameras):
            raise ValueError("cameras: at least one, and each once")
        if not self.zones:
            raise ValueError("zones: at least one; elsewhere a camera may see honest work")
        if any(one.camera not in self.cameras for one in self.places):
            raise ValueError("places: of these cameras")
        check_classes(self.classes)

    @property
    def classes(self) -> tuple[StreetClassConfig, ...]:
        labels = (("06010", self.waste), ("06011", self.rubble))
        return tuple(
            StreetClassConfig(
                label,
                code,
                zones=self.zones,
                min_score=self.min_score,
                open_s=self.left_s,
                update_min=self.update_min,
                gap=HEAP_GAP,
            )
            for code, names in labels
            for label in names
        )
