"""A weigh transmitter on a Modbus line in gw.toml: a scale without an indicator's own protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Literal

from edge_agent.config.devices.fields import ID, LINK_DOC
from edge_agent.config.devices.modbus_bus import (
    MAP_DOC,
    BusPlace,
    known_scale_map,
    require_one_map,
    scale_map_of,
    scale_place_of,
)
from edge_agent.config.devices.weighbridge import KG_PER_UNIT, Unit, WeighbridgeConfig
from edge_agent.config.links import parse_link
from firmware_bridges.modbus_maps import ScaleMap, WordOrder
from firmware_bridges.weighbridge.modbus_registers import NAME


@dataclass(frozen=True)
class WeighTransmitterConfig:
    """A transmitter and the scale behind it, asked every `every_s` seconds. Capacity, Min and
    division are on the type plate, in kilograms whatever unit the registers hold."""

    id: str = field(metadata={"pattern": ID, "doc": 'the device\'s name, such as "wb-1"'})
    link: str = field(metadata={"doc": LINK_DOC, "check": parse_link})
    map: str | None = field(default=None, metadata={"doc": MAP_DOC, "check": known_scale_map})
    map_file: Path | None = None
    address: int | None = field(default=None, metadata={"min": 1, "max": 247})
    word_order: WordOrder | None = None
    echo: bool = field(default=False, metadata={"doc": "the adapter hears what it sends"})
    every_s: float = field(default=0.2, metadata={"min": 0.05, "max": 10})
    timeout_s: float = field(default=0.5, metadata={"min": 0.05, "max": 30})
    lost_after: int = field(
        default=10, metadata={"min": 1, "max": 1000, "doc": "questions without an answer in a row"}
    )
    unit: Unit = field(default="kg", metadata={"doc": "what the registers hold"})
    decimals: int | None = field(
        default=None, metadata={"doc": "places of a whole number", "min": 0, "max": 5}
    )
    capacity_kg: Decimal = field(
        default=Decimal(80_000), metadata={"doc": "Max", "min": Decimal(1), "max": Decimal(10**6)}
    )
    min_kg: Decimal = field(
        default=Decimal(400),
        metadata={"doc": "Min: not for settlement below", "min": Decimal(0), "max": Decimal(10**6)},
    )
    division_kg: Decimal = field(
        default=Decimal(20),
        metadata={"doc": "scale interval d", "min": Decimal("0.0001"), "max": Decimal(1000)},
    )
    driver: Literal["weigh-transmitter"] = "weigh-transmitter"

    on_bus: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require_one_map(self)
        if self.min_kg >= self.capacity_kg:
            raise ValueError("min_kg: less than capacity_kg")

    def place(self) -> BusPlace[ScaleMap]:
        """ConfigError, StopError when its map cannot be read."""
        return scale_place_of(self)

    def settings(self) -> dict[str, Any]:
        """What the codec must be told, the map's own text among it. ConfigError, StopError."""
        place, (_, text) = self.place(), scale_map_of(self)
        per_unit = KG_PER_UNIT[self.unit]
        return {
            "capacity": self.capacity_kg / per_unit,
            "division": self.division_kg / per_unit,
            "decimals": self.decimals,
            "unit": self.unit,
            "data_bits": 8,
            "map": text,
            "word_order": place.word_order,
        }


@dataclass(frozen=True)
class TransmitterScale:
    """A transmitter as the station's scale: its map was read when the role was made."""

    id: str
    unit: Unit
    capacity_kg: Decimal
    min_kg: Decimal
    division_kg: Decimal
    told: Mapping[str, Any]
    dialect: str = NAME

    def indicator(self) -> dict[str, Any]:
        return dict(self.told)


Scale = WeighbridgeConfig | TransmitterScale
"""What a station may weigh on."""


def scale_of(config: WeighTransmitterConfig) -> TransmitterScale:
    """ConfigError, StopError when its map cannot be read."""
    return TransmitterScale(
        config.id,
        config.unit,
        config.capacity_kg,
        config.min_kg,
        config.division_kg,
        config.settings(),
    )
