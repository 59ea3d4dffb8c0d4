"""What every indicator dialect has in common: its settings, its messages, its decoder's shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, Protocol

from firmware_bridges.frames import Reason

Unit = Literal["g", "kg", "t", "lb"]
KG_PER_UNIT: dict[Unit, Decimal] = {
    "g": Decimal("0.001"),
    "kg": Decimal(1),
    "t": Decimal(1000),
    "lb": Decimal("0.45359237"),  # exact by definition, international pound of 1959
}
NONSENSE = 2  # times the capacity; overload up to there is a matter for rules, not for codecs


@dataclass(frozen=True, slots=True)
class IndicatorSettings:
    """What the bytes do not say, in any dialect. All of it describes the indicator as it was set up on
    site. A dialect that can be told more has a subclass; what none of its frames can show, it does not
    offer. A subclass may raise ValueError, "setting: what was expected"."""

    capacity: Decimal | None = field(
        default=None,
        metadata={"doc": "the scale's capacity in the indicator's unit", "min": 0},
    )
    decimals: int | None = field(
        default=None,
        metadata={"doc": "decimal places, instead of those in the frame", "min": 0, "max": 5},
    )
    unit: Unit | None = field(
        default=None, metadata={"doc": "unit shown, where the frame names none"}
    )
    data_bits: Literal[7, 8] = field(
        default=8, metadata={"doc": "7: the parity of 7E1 or 7O1 arrives as bit 7 and is ignored"}
    )

    division: Decimal | None = field(
        default=None,
        metadata={"doc": "the scale interval d in the indicator's unit", "min": 0},
    )

    def is_nonsense(self, weight: Decimal, unit: Unit | None = None) -> bool:
        """Beyond anything the scale can show, so not a weight of this scale. `unit`: the frame's; the
        capacity is in the unit of the settings."""
        if self.capacity is None:
            return False
        if unit is None or self.unit is None or unit == self.unit:
            return abs(weight) > NONSENSE * self.capacity
        return abs(weight) * KG_PER_UNIT[unit] > NONSENSE * self.capacity * KG_PER_UNIT[self.unit]


@dataclass(frozen=True, slots=True)
class TextSettings(IndicatorSettings):
    """Dialects that write the weight for people to read."""

    decimal_comma: bool | None = field(
        default=None,
        metadata={
            "doc": "a comma in the weight: true = decimal point, false = thousands, unsaid = refused"
        },
    )


@dataclass(frozen=True, slots=True)
class IndicatorWeight:
    """One frame understood. None = the protocol does not say; False of a flag = not flagged."""

    weight: Decimal
    unit: Unit | None
    stable: bool | None
    net: bool | None
    overload: bool
    underload: bool
    raw: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A frame that gives no weight, and why. Refused rather than guessed."""

    reason: Reason
    raw: bytes


Answer = IndicatorWeight | Refused


class Decoder(Protocol):
    """Any bytes are answered, never raised; how they were cut into chunks does not matter."""

    def feed(self, data: bytes) -> list[Answer]: ...

    def flush(self) -> list[Answer]:
        """The stream ended; what had begun is refused as truncated."""
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """What a simulated indicator shows: for encoders. `weight` as displayed, at `decimals` places;
    `net` with a tare active. Dialects that cannot say something leave it out."""

    weight: Decimal
    decimals: int = 0
    unit: Unit = "kg"
    stable: bool = True
    net: bool = False
    overload: bool = False
    underload: bool = False


@dataclass(frozen=True, slots=True)
class DialectSpec:
    """One line of DIALECTS.

    about       makes and modes that speak it
    encode      for simulators: one frame as sent; ValueError when the dialect cannot show it
    poll        the bytes that ask a polled indicator for its weight; None = it sends by itself
    verified    what its frames were held against: documents, captures, nothing
    """

    about: str
    settings: type[IndicatorSettings]
    decoder: Callable[[IndicatorSettings], Decoder]
    encode: Callable[[Shown], bytes]
    verified: str
    poll: Callable[[IndicatorSettings], bytes] | None = None
