"""An air, soil, noise or weather sensor on a Modbus line in gw.toml."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from edge_agent.config.devices.fields import ID, LINK_DOC
from edge_agent.config.devices.modbus_bus import (
    MAP_DOC,
    BusPlace,
    known_map,
    place_of,
    require_one_map,
)
from edge_agent.config.links import parse_link
from firmware_bridges.modbus_maps import RegisterMap, WordOrder


@dataclass(frozen=True)
class AirSensorConfig:
    """A sensor that is asked for its registers every `every_s` seconds. `address`, `word_order` and
    the speed of a link without settings come from its map unless they are given."""

    id: str = field(metadata={"pattern": ID, "doc": 'the device\'s name, such as "air-1"'})
    link: str = field(metadata={"doc": LINK_DOC, "check": parse_link})
    map: str | None = field(default=None, metadata={"doc": MAP_DOC, "check": known_map})
    map_file: Path | None = None
    address: int | None = field(default=None, metadata={"min": 1, "max": 247})
    word_order: WordOrder | None = None
    echo: bool = field(default=False, metadata={"doc": "the adapter hears what it sends"})
    every_s: float = field(default=5.0, metadata={"min": 0.5, "max": 3600})
    timeout_s: float = field(default=1.0, metadata={"min": 0.05, "max": 30})
    lost_after: int = field(
        default=3, metadata={"min": 1, "max": 1000, "doc": "polls without an answer in a row"}
    )
    driver: Literal["air-sensor"] = "air-sensor"

    on_bus: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require_one_map(self)

    def place(self) -> BusPlace[RegisterMap]:
        """ConfigError, StopError when its map cannot be read."""
        return place_of(self)
