"""`[roles.disposal_point]`: bins before a camera, what belongs into each, and what the voice says."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from edge_agent.config.camera_places import CameraPlaceConfig
from edge_agent.config.devices.fields import ID
from edge_agent.config.devices.speaker import quiet_minutes, zone_minutes
from edge_agent.config.street_classes import (
    BIN_STILL,
    DAY_S,
    HEAP_GAP,
    StreetClassConfig,
    check_classes,
)

STREAMS_FILE = Path(__file__).resolve().parents[2] / "models" / "waste-class" / "streams.toml"
WINDOWS_MIN = (1, 5, 10, 15, 30, 60)  # what divides the hour
CITY = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
NO_STREAMS: Mapping[str, str] = MappingProxyType({})
PART = {"min": 0.0, "max": 1.0}


def streams_of(city: str | None) -> dict[str, str]:
    """Stream by class of waste, from the table that ships with the classifier: the default, and over it
    the city's. ValueError when there is no such city."""
    tables = tomllib.loads(STREAMS_FILE.read_text(encoding="utf-8"))
    cities = tables.get("cities", {})
    if city is not None and city not in cities:
        known = ", ".join(sorted(cities)) or "none"
        raise ValueError(f"city: one of the table that ships ({known}), or the lines in `streams`")
    return {**tables["default"], **cities.get(city, {})}


@dataclass(frozen=True)
class BinConfig:
    """A bin: the camera's zone that its body covers, the stream it is for, and the zone in which bags hang
    while somebody stands before it."""

    zone: str = field(metadata={"pattern": ID, "doc": "a zone of the camera, drawn over the bin"})
    stream: str = field(metadata={"pattern": ID, "doc": 'such as "food"'})
    before: str | None = field(
        default=None,
        metadata={"pattern": ID, "doc": "where a bag hangs while its bearer stands at this bin"},
    )


@dataclass(frozen=True)
class PromptRuleConfig:
    """What is said: prompts of the loudspeaker, one after the other, so one for each language. `stream`:
    where the bag belongs; a rule that names it goes before one that does not."""

    on: Literal["wrong", "beside", "closed"]
    say: tuple[str, ...] = field(metadata={"pattern": ID, "doc": "names of the speaker's prompts"})
    stream: str | None = field(default=None, metadata={"pattern": ID})

    def __post_init__(self) -> None:
        if not self.say:
            raise ValueError("say: at least one prompt of the speaker")


@dataclass(frozen=True)
class DisposalPointConfig:
    """One disposal point before one camera. Without a speaker it only counts."""

    point: str = field(metadata={"pattern": ID, "doc": 'the point\'s name, such as "dp-12"'})
    camera: str = field(metadata={"pattern": ID, "doc": "id of a camera device"})
    bins: tuple[BinConfig, ...] = field(metadata={"doc": "[[roles.disposal_point.bins]]"})
    bags: tuple[str, ...] = field(
        default=("bag",), metadata={"doc": "the detector's labels of what people bring"}
    )
    people: tuple[str, ...] = field(
        default=("person",), metadata={"doc": "the detector's labels of who brings it"}
    )
    ground: tuple[str, ...] = field(
        default=(), metadata={"doc": "zones beside the bins; empty = anywhere but at a bin"}
    )
    speaker: str | None = field(default=None, metadata={"pattern": ID})
    prompts: tuple[PromptRuleConfig, ...] = ()
    city: str | None = field(
        default=None, metadata={"pattern": CITY, "doc": "a city of the table that ships"}
    )
    streams: dict[str, str] = field(
        default_factory=dict,
        metadata={"pattern": ID, "doc": 'more or other lines of it, such as glass = "residual"'},
    )
    sure: float = field(default=0.6, metadata={**PART, "doc": "least score to know a stream"})
    sure_to_speak: float = field(
        default=0.8, metadata={**PART, "doc": "and before anybody is told of a wrong bin"}
    )
    gone_looks: int = field(
        default=3,
        metadata={
            "min": 0,
            "max": 20,
            "doc": "looks in a row without the bag while its bearer stands there: it went in; 0 = wait"
            " until the camera has given it up",
        },
    )
    gone_s: float = field(
        default=0.4, metadata={"min": 0, "max": 10, "doc": "and not seen for at least so long"}
    )
    lift_s: float = field(
        default=0.9,
        metadata={"min": 0, "max": 10, "doc": "from where it hangs `before` a bin until it is in"},
    )
    beside_s: float = field(default=4.0, metadata={"min": 1, "max": 600})
    approach_s: float = field(
        default=0.0,
        metadata={
            "min": 0,
            "max": 10,
            "doc": "speak when a bag was held at a bin so long; 0 = after",
        },
    )
    correct_s: float = field(
        default=60.0, metadata={"min": 5, "max": 600, "doc": "after a prompt it may be put right"}
    )
    window_min: int = field(default=15, metadata={"min": 1, "max": 60})
    hours: tuple[str, ...] = field(
        default=(),
        metadata={"check": quiet_minutes, "doc": 'open at "06:30-08:30", …; empty = always'},
    )
    zone: str = field(default="+08:00", metadata={"check": zone_minutes, "doc": "of the hours"})
    bad_share: float = field(
        default=0.4,
        metadata={**PART, "doc": "of the last bags put wrong: waste not sorted (06041)"},
    )
    clear_share: float = field(default=0.2, metadata=PART)
    least_bags: int = field(default=20, metadata={"min": 5, "max": 1000})
    last_bags: int = field(default=40, metadata={"min": 5, "max": 1000})
    update_min: float = field(default=60.0, metadata={"min": 1, "max": 1440})
    overflow: tuple[str, ...] = field(
        default=("overflowing_bin",), metadata={"doc": "labels of a bin that is too full (06042)"}
    )
    heap: tuple[str, ...] = field(
        default=("waste_heap",), metadata={"doc": "labels of a heap beside the bins (06010)"}
    )
    heap_s: float = field(
        default=300.0, metadata={"min": 10, "max": DAY_S, "doc": "bags and heaps beside so long"}
    )
    place: tuple[CameraPlaceConfig, ...] = field(default=(), metadata={"doc": "where it is"})

    def __post_init__(self) -> None:
        zones = [one.zone for one in self.bins]
        if not zones or len(set(zones)) < len(zones):
            raise ValueError("bins: at least one, and each zone once")
        before = [one.before for one in self.bins if one.before is not None]
        if set(zones) & {*self.ground, *before}:
            raise ValueError("ground, before: not the zone of a bin")
        if len(set(before)) < len(before):
            raise ValueError("before: each zone once")
        if not self.bags:
            raise ValueError("bags: at least one label")
        if self.window_min not in WINDOWS_MIN:
            raise ValueError(f"window_min: one of {', '.join(map(str, WINDOWS_MIN))}")
        if self.clear_share >= self.bad_share:
            raise ValueError("clear_share: less than bad_share")
        if self.least_bags > self.last_bags:
            raise ValueError("least_bags: not more than last_bags")
        if self.prompts and self.speaker is None:
            raise ValueError("prompts: none without a speaker")
        if any(one.camera != self.camera for one in self.place):
            raise ValueError("place: of the same camera")
        streams_of(self.city)
        check_classes(self.classes)

    @property
    def stream_of_class(self) -> dict[str, str]:
        return {**streams_of(self.city), **self.streams}

    @property
    def classes(self) -> tuple[StreetClassConfig, ...]:
        """What must not stand here: bins too full, heaps, and bags that were left beside."""
        bins = tuple(one.zone for one in self.bins)
        full = tuple(
            StreetClassConfig(label, "06042", zones=zones, still_score=BIN_STILL)
            for zones in (bins, ())
            for label in self.overflow
        )
        left = tuple(
            StreetClassConfig(
                label, "06010", zones=self.ground, gap=HEAP_GAP, open_s=self.heap_s, open_looks=3
            )
            for label in dict.fromkeys((*self.heap, *(self.bags if self.ground else ())))
        )
        return (*full, *left)
