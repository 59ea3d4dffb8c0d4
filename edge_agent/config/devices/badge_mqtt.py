"""Badges that publish JSON to an MQTT broker near the gateway, in gw.toml."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from contract.broker_url import parse_broker_url
from edge_agent.config.devices.fields import ID
from firmware_bridges.badge_json import OWNTRACKS, BadgeFields, TopicPattern

PRESETS = {"plain": BadgeFields(), "owntracks": OWNTRACKS}
_PATH = r"([^.\s]{1,64}(\.[^.\s]{1,64}){0,3})?"
_META = {"pattern": _PATH, "doc": "the name of a field, dotted inside; empty = not sent"}


@dataclass(frozen=True)
class BadgeFieldNames:
    """What differs from the preset."""

    terminal: str | None = field(default=None, metadata=_META)
    latitude: str | None = field(default=None, metadata=_META)
    longitude: str | None = field(default=None, metadata=_META)
    time: str | None = field(default=None, metadata=_META)
    accuracy_m: str | None = field(default=None, metadata=_META)
    battery: str | None = field(default=None, metadata=_META)
    speed: str | None = field(default=None, metadata=_META)
    speed_factor: float | None = field(default=None, metadata={"min": 0.0001, "max": 10_000})
    course_deg: str | None = field(default=None, metadata=_META)
    altitude_m: str | None = field(default=None, metadata=_META)
    fix: str | None = field(default=None, metadata=_META)
    sos: str | None = field(default=None, metadata=_META)


@dataclass(frozen=True)
class BadgeMqttConfig:
    """All badges behind one topic pattern. `embedded`: the gateway is the broker itself, for try-outs
    (extra `broker`)."""

    id: str = field(metadata={"pattern": ID, "doc": 'the device\'s name, such as "badges"'})
    broker: str = field(
        default="mqtt://127.0.0.1:1883",
        metadata={"check": parse_broker_url, "doc": "mqtt://127.0.0.1:1883 or mqtts://HOST"},
    )
    ca_file: Path | None = None
    topic: str = field(
        default="badges/{id}/position",
        metadata={"check": TopicPattern.parse, "doc": 'such as "badges/{id}/position"'},
    )
    preset: Literal["plain", "owntracks"] = "plain"
    fields: BadgeFieldNames = BadgeFieldNames()
    utc_offset_h: float | None = field(
        default=None,
        metadata={"min": -12, "max": 14, "doc": "of times that are written without a zone"},
    )
    low_battery: float = field(
        default=15, metadata={"min": 0, "max": 100, "doc": "percent; less is `low-battery`"}
    )
    embedded: bool = False
    driver: Literal["badge-mqtt"] = "badge-mqtt"

    def __post_init__(self) -> None:
        if self.embedded and parse_broker_url(self.broker).tls:
            raise ValueError("embedded: mqtt://127.0.0.1, the broker is then on this machine")

    def names(self) -> BadgeFields:
        """The preset with what the table changes."""
        preset, own = PRESETS[self.preset], self.fields
        found = {name: getattr(own, name) for name in BadgeFieldNames.__dataclass_fields__}
        changed = {name: value for name, value in found.items() if value is not None}
        whole = {name: getattr(preset, name) for name in BadgeFields.__dataclass_fields__}
        return BadgeFields(**{**whole, **changed})
