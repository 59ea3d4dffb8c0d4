"""A satellite receiver in gw.toml: on a patrol car, beside its cameras."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from edge_agent.config.devices.fields import ID, LINK_DOC
from edge_agent.config.links import parse_link


@dataclass(frozen=True)
class GnssConfig:
    """A receiver that sends NMEA 0183 by itself, once a second or more often."""

    id: str = field(metadata={"pattern": ID, "doc": 'the device\'s name, such as "gnss-1"'})
    link: str = field(metadata={"doc": LINK_DOC, "check": parse_link})
    range_error_m: float = field(
        default=5.0,
        metadata={"min": 0.01, "max": 50, "doc": "times HDOP is the error of a position"},
    )
    driver: Literal["gnss"] = "gnss"
