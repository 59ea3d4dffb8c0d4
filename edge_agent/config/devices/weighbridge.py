"""A weighbridge indicator in gw.toml."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, Literal

from edge_agent.config.devices.fields import ID, LINK_DOC
from edge_agent.config.links import parse_link
from firmware_bridges.weighbridge import DIALECTS

KG_PER_UNIT: dict[str, Decimal] = {
    "g": Decimal("0.001"),
    "kg": Decimal(1),
    "t": Decimal(1000),
    "lb": Decimal("0.45359237"),  # exact by definition, international pound of 1959
}

Unit = Literal["g", "kg", "t", "lb"]


def known_dialect(text: str) -> None:
    """ValueError saying what was expected."""
    if text not in DIALECTS:
        raise ValueError(f"one of {', '.join(DIALECTS)}")


@dataclass(frozen=True)
class WeighbridgeConfig:
    """An indicator and the scale behind it. Capacity, Min and division are on the type plate, in
    kilograms whatever unit the indicator shows."""

    id: str = field(metadata={"pattern": ID, "doc": 'the device\'s name, such as "wb-1"'})
    link: str = field(metadata={"doc": LINK_DOC, "check": parse_link})
    dialect: str = field(
        metadata={"check": known_dialect, "doc": "what the indicator speaks, such as yaohua-tf0"}
    )
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

    decimal_comma: bool = field(
        default=False, metadata={"doc": "true where a comma in the weight is the decimal point"}
    )
    fixed_zero: Literal["as-is", "multiply"] = field(
        default="as-is", metadata={"doc": "toledo-continuous: fixed zeros are sent, or are added"}
    )
    checksum: Literal["auto", "yes", "no"] = field(
        default="auto", metadata={"doc": "toledo-continuous: whether a check byte is sent"}
    )
    trust_motion: bool = field(
        default=True, metadata={"doc": "mt-sics: false for a balance that never says stable"}
    )
    address: str = field(
        default="A", metadata={"pattern": r"[0-9A-Z]{1,3}", "doc": "where it is asked by address"}
    )
    ask_for: Literal["gross", "net"] = field(
        default="gross", metadata={"doc": "yaohua-cmd: the weight that is asked for"}
    )
    ask: bool = field(
        default=True, metadata={"doc": "false to listen only where another program asks already"}
    )
    ask_every_s: float = field(
        default=0.2, metadata={"min": 0.05, "max": 60, "doc": "a quiet line is asked again then"}
    )

    driver: Literal["weighbridge"] = "weighbridge"

    def __post_init__(self) -> None:
        if self.min_kg >= self.capacity_kg:
            raise ValueError("min_kg: less than capacity_kg")

    def indicator(self) -> dict[str, Any]:
        """What the codec must be told; capacity and division in the unit that the display shows."""
        known = {one.name for one in fields(DIALECTS[self.dialect].settings)}
        told = {one.name: getattr(self, one.name) for one in fields(self) if one.name in known}
        per_unit = KG_PER_UNIT[self.unit]
        shown = {"capacity": self.capacity_kg / per_unit, "division": self.division_kg / per_unit}
        return told | shown
