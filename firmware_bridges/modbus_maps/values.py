"""From registers to values, and back for simulators. A register whose content says that there is no
value gives none: refused rather than guessed.

Sources: MODBUS Application Protocol V1.1b3, 4.2 (a register is big-endian) and 4.4 (registers and
addresses). The order of two registers in a 32-bit number is not in the standard: Vaisala's floats
come low word first (HPP272 User Guide M211972EN-B, A.5), others the reverse. What a broken sensor
reports is not standard either; 7FFFh and 8000h are common practice in 16-bit transmitters.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Kind = Literal["u16", "s16", "u32", "s32", "f32"]
WordOrder = Literal["ABCD", "CDAB", "BADC", "DCBA"]
Reason = Literal["sentinel", "out-of-range", "not-a-number"]

_FORMATS: dict[Kind, str] = {"u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "f32": ">f"}
_SENTINELS: dict[Kind, tuple[int, ...]] = {
    "u16": (0x7FFF, 0x8000, 0xFFFF),
    "s16": (0x7FFF, 0x8000),
    "u32": (0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF),
    "s32": (0x7FFF_FFFF, 0x8000_0000),
    "f32": (),
}


@dataclass(frozen=True)
class Point:
    """One quantity: value = number x `scale` + `offset`, in `unit`.

    `sentinels`: bit patterns of the registers, as an unsigned number, that say "no value"; absent =
    the usual ones of its type, [] = none. `low` and `high`: the instrument's range, in `unit`; a
    value beyond is a fault."""

    quantity: str = field(
        metadata={"doc": 'what is measured, such as "pm2_5"', "pattern": "[a-z][a-z0-9_-]*"}
    )
    unit: str = field(metadata={"doc": 'as on the sheet, such as "ug/m3"', "pattern": r"\S{1,16}"})
    register: int = field(
        metadata={"min": 0, "max": 65_536, "doc": "as the map's numbering counts"}
    )
    kind: Kind = field(default="u16", metadata={"doc": "type of the number"})
    function: Literal[3, 4] = field(default=3, metadata={"doc": "3 holding, 4 input registers"})
    scale: Decimal = field(default=Decimal(1), metadata={"doc": 'such as "0.1"'})
    offset: Decimal = Decimal(0)
    low: Decimal | None = None
    high: Decimal | None = None
    sentinels: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.kind not in _FORMATS:
            raise ValueError(f"kind: one of {', '.join(_FORMATS)}")
        if self.function not in (3, 4):
            raise ValueError("function: 3 or 4")
        if self.scale == 0:
            raise ValueError("scale: not 0")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError("low: less than high")

    @property
    def size(self) -> int:
        """In registers."""
        return registers_of(self.kind)

    @property
    def no_value(self) -> tuple[int, ...]:
        return _SENTINELS[self.kind] if self.sentinels is None else self.sentinels


@dataclass(frozen=True, slots=True)
class Value:
    """A good sample in the point's unit. `raw`: its registers as they came over the wire."""

    point: Point
    value: Decimal
    raw: bytes


@dataclass(frozen=True, slots=True)
class BadValue:
    """Registers that are no value of this point. `detail` for a person."""

    point: Point
    reason: Reason
    detail: str
    raw: bytes


def registers_of(kind: Kind) -> int:
    return struct.calcsize(_FORMATS[kind]) // 2


def read_point(point: Point, registers: Sequence[int], order: WordOrder) -> Value | BadValue:
    """`registers`: as many as the point's type has, 0 to 65535 each."""
    wire = b"".join(register.to_bytes(2, "big") for register in registers)
    found = read_number(point.kind, registers, order)
    if found.pattern in point.no_value:
        return BadValue(point, "sentinel", f"the register says {found.pattern} (no value)", wire)
    if found.number is None:
        return BadValue(point, "not-a-number", "the registers say NaN or infinity", wire)
    value = found.number * point.scale + point.offset
    if (point.low is not None and value < point.low) or (
        point.high is not None and value > point.high
    ):
        told = f"{value:f} {point.unit} is outside {_shown(point.low)} to {_shown(point.high)}"
        return BadValue(point, "out-of-range", told, wire)
    return Value(point, value, wire)


@dataclass(frozen=True, slots=True)
class Number:
    """What registers hold: their bits as an unsigned number, and the number, None = NaN, infinity."""

    pattern: int
    number: Decimal | None


def read_number(kind: Kind, registers: Sequence[int], order: WordOrder) -> Number:
    wire = b"".join(register.to_bytes(2, "big") for register in registers)
    ordered = _reordered(wire, order)
    pattern = int.from_bytes(ordered, "big")
    (number,) = struct.unpack(_FORMATS[kind], ordered)
    if not isinstance(number, float):
        return Number(pattern, Decimal(number))
    # What 24 bits hold; more digits would be binary dust (0.1 is 0.10000000149).
    return Number(pattern, Decimal(f"{number:.7g}") if math.isfinite(number) else None)


def write_point(point: Point, value: Decimal, order: WordOrder) -> tuple[int, ...]:
    """The registers of a value, for simulators. ValueError when the type cannot hold it."""
    number = (value - point.offset) / point.scale
    try:
        packed = struct.pack(
            _FORMATS[point.kind], float(number) if point.kind == "f32" else round(number)
        )
    except (struct.error, OverflowError) as error:
        raise ValueError(f"{value} {point.unit} does not fit {point.kind}") from error
    return tuple(struct.unpack(f">{len(packed) // 2}H", _reordered(packed, order)))


def _reordered(four: bytes, order: WordOrder) -> bytes:
    """Its own inverse. A single register is always high byte first."""
    if len(four) == 2 or order == "ABCD":
        return four
    a, b, c, d = four
    return bytes({"CDAB": (c, d, a, b), "BADC": (b, a, d, c), "DCBA": (d, c, b, a)}[order])


def _shown(limit: Decimal | None) -> str:
    return "…" if limit is None else f"{limit:f}"
