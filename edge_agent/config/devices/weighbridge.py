"""A weighbridge indicator in gw.toml."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from edge_agent.config.devices.fields import ID, LINK_DOC
from edge_agent.config.links import parse_link

KG_PER_UNIT: dict[str, Decimal] = {
    "g": Decimal("0.001"),
    "kg": Decimal(1),
    "t": Decimal(1000),
    "lb": Decimal("0.45359237"),  # exact by definition, international pound of 1959
}

Dialect = Literal["yaohua-tf0"]
Unit = Literal["g", "kg", "t", "lb"]


@dataclass(frozen=True)
class WeighbridgeConfig:
    """An indicator and the scale behind it. Capacity, Min and division are on the type plate, in
    kilograms whatever unit the indicator shows."""

    id: str = field(metadata={"pattern": ID, "doc": 'the device\'s name, such as "wb-1"'})
    link: str = field(metadata={"doc": LINK_DOC, "check": parse_link})
    dialect: Dialect = field(metadata={"doc": "the indicator's continuous output"})
    unit: Unit = field(default="kg", metadata={"doc": "what the display shows"})
    capacity_kg: Decimal = field(
        default=Decimal(80_000), metadata={"doc": "Max", "min": Decimal(1), "max": Decimal(10**6)}
    )
    min_kg: Decimal = field(
        default=Decimal(400),
        metadata={
            "doc": "Min: lighter is not for settlement",
            "min": Decimal(0),
            "max": Decimal(10**6),
        },
    )
    division_kg: Decimal = field(
        default=Decimal(20),
        metadata={"doc": "scale interval d", "min": Decimal("0.0001"), "max": Decimal(1000)},
    )
    decimals: int | None = field(
        default=None,
        metadata={"doc": "decimal places instead of those in the frame", "min": 0, "max": 5},
    )
    data_bits: Literal[7, 8] = field(
        default=8, metadata={"doc": "7 when 7E1 or 7O1 is read through a port set to 8N1"}
    )

    driver: Literal["weighbridge"] = "weighbridge"

    def __post_init__(self) -> None:
        if self.min_kg >= self.capacity_kg:
            raise ValueError("min_kg: less than capacity_kg")

    def indicator(self) -> dict[str, Any]:
        """What the codec must be told; the capacity in the unit that the display shows."""
        return {
            "capacity": self.capacity_kg / KG_PER_UNIT[self.unit],
            "decimals": self.decimals,
            "unit": self.unit,
            "data_bits": self.data_bits,
        }
