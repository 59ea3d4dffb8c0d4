"""A weighbridge indicator in gw.toml."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, Literal

from edge_agent.config.devices.fields import ID, LINK_DOC
from edge_agent.config.links import parse_link
from edge_agent.config.values import nearest
from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import KG_PER_UNIT, Unit

__all__ = ["KG_PER_UNIT", "Unit", "WeighbridgeConfig"]


TOLD = ("decimal_comma", "fixed_zero", "checksum", "trust_motion", "address", "ask_for")
"""Keys that only some dialects understand; None = as that dialect usually is."""


def known_dialect(text: str) -> None:
    """ValueError saying what was expected."""
    if text not in DIALECTS:
        raise ValueError(f"one of {', '.join(DIALECTS)}{nearest(text, DIALECTS)}")


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

    decimal_comma: bool | None = field(
        default=None,
        metadata={"doc": "lines: a comma is the decimal point (true) or groups thousands (false)"},
    )
    fixed_zero: Literal["as-is", "multiply"] | None = field(
        default=None, metadata={"doc": "toledo-continuous: fixed zeros are sent, or are added"}
    )
    checksum: Literal["auto", "yes", "no"] | None = field(
        default=None, metadata={"doc": "toledo-continuous: whether a check byte is sent"}
    )
    trust_motion: bool | None = field(
        default=None, metadata={"doc": "mt-sics: false for a balance that never says stable"}
    )
    address: str | None = field(
        default=None,
        metadata={"doc": "the indicator among others: a letter (A), st-gs-line two digits (none)"},
    )
    ask_for: Literal["gross", "net"] | None = field(
        default=None, metadata={"doc": "yaohua-cmd: the weight that is asked for"}
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
        spec = DIALECTS[self.dialect]
        known = {one.name for one in fields(spec.settings)}
        for name in TOLD:
            if getattr(self, name) is not None and name not in known:
                who = ", ".join(sorted(text for text in DIALECTS if _understands(text, name)))
                raise ValueError(f"{name}: only with {who}; {self.dialect} has no such setting")
        spec.settings(**self.indicator())

    def indicator(self) -> dict[str, Any]:
        """What the codec must be told; capacity and division in the unit that the display shows."""
        per_unit = KG_PER_UNIT[self.unit]
        told = {name: getattr(self, name) for name in TOLD if getattr(self, name) is not None}
        return told | {
            "capacity": self.capacity_kg / per_unit,
            "division": self.division_kg / per_unit,
            "decimals": self.decimals,
            "unit": self.unit,
            "data_bits": self.data_bits,
        }


def _understands(dialect: str, name: str) -> bool:
    return name in {one.name for one in fields(DIALECTS[dialect].settings)}
