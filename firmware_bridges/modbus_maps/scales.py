"""Register maps of weigh transmitters: the weight, and the bits that say what it is worth.

Weight and status must lie side by side: they are asked for together, so that a status never belongs
to another weight.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from firmware_bridges.modbus_maps.maps import (
    MAX_REGISTERS,
    Framing,
    Numbering,
    Verified,
    made,
    wire_address,
)
from firmware_bridges.modbus_maps.values import (
    Kind,
    Number,
    Point,
    WordOrder,
    read_number,
    registers_of,
    write_point,
)

Holds = Literal["gross", "display"]


@dataclass(frozen=True)
class StatusBits:
    """Numbers of bits (0 = lowest) of the status register, as far as there are such. `motion` is the
    reverse of `stable`; `negative`: the weight register holds the amount without its sign; `good`:
    while it is 0 the weight is none."""

    stable: int | None = field(default=None, metadata={"min": 0, "max": 15})
    motion: int | None = field(default=None, metadata={"min": 0, "max": 15})
    under: int | None = field(default=None, metadata={"min": 0, "max": 15})
    over: int | None = field(default=None, metadata={"min": 0, "max": 15})
    negative: int | None = field(default=None, metadata={"min": 0, "max": 15})
    net: int | None = field(default=None, metadata={"min": 0, "max": 15})
    good: int | None = field(default=None, metadata={"min": 0, "max": 15})

    def __post_init__(self) -> None:
        if self.stable is not None and self.motion is not None:
            raise ValueError("motion: not beside stable, it is its reverse")


@dataclass(frozen=True)
class ScaleMap:
    """One transmitter. `weight` and `status` are registers as `numbering` counts. `holds`: whether
    the weight register is always the gross, or what the display shows. `decimals`: places of a whole
    number, where the gateway's file gives none."""

    about: str = field(metadata={"doc": "make and model"})
    source: str = field(metadata={"doc": "the document the registers are from"})
    weight: int = field(metadata={"min": 0, "max": 65_536, "doc": "register of the weight"})
    kind: Kind = field(default="s32", metadata={"doc": "type of the weight"})
    function: Literal[3, 4] = 3
    status: int | None = field(default=None, metadata={"min": 0, "max": 65_536})
    bits: StatusBits = StatusBits()
    holds: Holds = "display"
    decimals: int = field(default=0, metadata={"min": 0, "max": 5})
    verified: Verified = "unverified"
    numbering: Numbering = "0-based"
    word_order: WordOrder = "ABCD"
    baud: int = field(default=9600, metadata={"min": 300, "max": 115_200})
    framing: Framing = "8N1"
    address: int = field(default=1, metadata={"min": 1, "max": 247, "doc": "as delivered"})

    def __post_init__(self) -> None:
        first, count = self.request
        if not 0 <= first <= 0xFFFF or count > MAX_REGISTERS:
            raise ValueError(f"weight: register {self.weight} is none in {self.numbering}")
        used = registers_of(self.kind) + (self.status is not None)
        if count != used:
            raise ValueError("status: next to the weight, so that one request gets both")
        if self.status is None and self.bits != StatusBits():
            raise ValueError("bits: they need a status register")

    @property
    def request(self) -> tuple[int, int]:
        """First register, counted from 0, and how many."""
        edges = [(self._at(self.weight), registers_of(self.kind))]
        if self.status is not None:
            edges.append((self._at(self.status), 1))
        first = min(at for at, _ in edges)
        return first, max(at + size for at, size in edges) - first

    def number(self, registers: tuple[int, ...], order: WordOrder) -> Number:
        """The weight register's content; without sign where a status bit is the sign."""
        at = self._at(self.weight) - self.request[0]
        return read_number(self.kind, registers[at : at + registers_of(self.kind)], order)

    def flags(self, registers: tuple[int, ...]) -> int:
        """The status register; 0 where there is none."""
        return registers[self._at(self.status) - self.request[0]] if self.status is not None else 0

    def hold(
        self,
        number: Decimal,
        order: WordOrder,
        *,
        stable: bool,
        net: bool,
        over: bool,
        under: bool,
    ) -> tuple[int, ...]:
        """The registers of a request, for simulators. ValueError when they cannot hold the number."""
        told = {
            "stable": stable,
            "motion": not stable,
            "net": net,
            "over": over,
            "under": under,
            "negative": number < 0,
            "good": True,
        }
        bits = [(getattr(self.bits, name), on) for name, on in told.items()]
        flags = sum(1 << bit for bit, on in bits if bit is not None and on)
        amount = abs(number) if self.bits.negative is not None else number
        weight = write_point(Point("weight", "kg", 0, self.kind), amount, order)
        if self.status is None:
            return weight
        return (flags, *weight) if self.status < self.weight else (*weight, flags)

    def _at(self, register: int) -> int:
        return wire_address(self.numbering, self.function, register)


def parse_scale(text: str) -> ScaleMap:
    """ValueError says what is wrong, without its line."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"not TOML: {error}") from error
    values["bits"] = made(StatusBits, values.get("bits", {}), "bits")
    found: ScaleMap = made(ScaleMap, values, "map")
    return found
