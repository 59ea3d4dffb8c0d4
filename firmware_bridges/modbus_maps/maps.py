"""What a map may say, and how its registers are best read. Reads text, opens no file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from firmware_bridges.modbus_maps.values import Point, WordOrder, registers_of

__all__ = ["MAX_REGISTERS", "Block", "Point", "RegisterMap", "blocks", "parse"]

MAX_REGISTERS = 125  # of one answer: MODBUS Application Protocol V1.1b3, 6.3
Numbering = Literal["0-based", "1-based", "4xxxx"]
Framing = Literal["8N1", "8N2", "8E1", "8E2", "8O1", "8O2"]
Verified = Literal["document", "capture", "unverified"]
_FIRST = {3: 40_001, 4: 30_001}  # of the numbers that name the function with their first digit


@dataclass(frozen=True)
class RegisterMap:
    """One instrument. `numbering`: how its document counts registers, and so how `register` is
    written here: from 0 as on the wire, from 1, or 40001 (holding) and 30001 (input).
    `verified`: its frames were held against a document's or a captured one, or nothing was."""

    about: str = field(metadata={"doc": "make, model and what it measures"})
    source: str = field(metadata={"doc": "the document the registers are from"})
    points: tuple[Point, ...] = field(metadata={"doc": "[[points]], one for each quantity"})
    verified: Verified = field(
        default="unverified", metadata={"doc": "what was held against foreign frames"}
    )
    numbering: Numbering = field(
        default="0-based", metadata={"doc": "how the document counts registers"}
    )
    word_order: WordOrder = field(
        default="ABCD",
        metadata={"doc": "bytes of a 32-bit number: ABCD high word first, CDAB low word first"},
    )
    baud: int = field(default=9600, metadata={"min": 300, "max": 115_200})
    framing: Framing = "8N1"
    address: int = field(default=1, metadata={"min": 1, "max": 247, "doc": "as delivered"})
    max_registers: int = field(
        default=MAX_REGISTERS,
        metadata={"min": 1, "max": MAX_REGISTERS, "doc": "of one answer of this instrument"},
    )

    def __post_init__(self) -> None:
        if not self.points:
            raise ValueError("points: at least one [[points]] table")
        for point in self.points:
            at = self.wire_address(point)
            if not 0 <= at <= 0xFFFF - registers_of(point.kind) + 1:
                raise ValueError(f"points: register {point.register} is none in {self.numbering}")
        named = [point.quantity for point in self.points]
        if twice := {name for name in named if named.count(name) > 1}:
            raise ValueError(f"points: each quantity once; {min(twice)} is there twice")

    def wire_address(self, point: Point) -> int:
        """The register's number in the frame, counted from 0."""
        return wire_address(self.numbering, point.function, point.register)


def wire_address(numbering: Numbering, function: int, register: int) -> int:
    """Counted from 0; below 0 or above FFFFh when it is none."""
    if numbering == "4xxxx":
        return register - _FIRST[function]
    return register - (numbering == "1-based")


@dataclass(frozen=True, slots=True)
class Block:
    """Registers next to each other that one request asks for. `address` counts from 0."""

    function: Literal[3, 4]
    address: int
    count: int
    points: tuple[Point, ...]

    def of(self, point: Point, at: int, registers: tuple[int, ...]) -> tuple[int, ...]:
        """The registers of a point whose wire address is `at`."""
        first = at - self.address
        return registers[first : first + registers_of(point.kind)]


def blocks(map_: RegisterMap) -> tuple[Block, ...]:
    """As few requests as can be made without asking for a register that the map does not name: many
    instruments refuse a request that touches one they do not have."""
    found: list[Block] = []
    ordered = sorted(map_.points, key=lambda point: (point.function, map_.wire_address(point)))
    for point in ordered:
        at, size = map_.wire_address(point), registers_of(point.kind)
        if found and _follows(found[-1], point.function, at):
            last, count = found[-1], found[-1].count + size
            if count <= map_.max_registers:
                found[-1] = Block(last.function, last.address, count, (*last.points, point))
                continue
        found.append(Block(point.function, at, size, (point,)))
    return tuple(found)


def _follows(block: Block, function: int, at: int) -> bool:
    return block.function == function and block.address + block.count == at


def parse(text: str) -> RegisterMap:
    """The map that a TOML text describes. ValueError says what is wrong with it, without its line;
    the gateway's own configuration reads the same classes and gives lines."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"not TOML: {error}") from error
    rows = values.pop("points", [])
    if not isinstance(rows, list):
        raise ValueError("points: [[points]] tables")  # noqa: TRY004 - a wrong file, not a wrong call
    points = tuple(made(Point, row, f"points[{index}]") for index, row in enumerate(rows))
    found: RegisterMap = made(RegisterMap, {**values, "points": points}, "map")
    return found


def made(kind: type[Any], table: object, where: str) -> Any:
    """The dataclass of a TOML table; ValueError says what is wrong with it."""
    known = {one.name: one for one in fields(kind)}
    if not isinstance(table, Mapping):
        raise ValueError(f"{where}: a table")  # noqa: TRY004 - as above
    if unknown := sorted(set(table) - set(known)):
        raise ValueError(f"{where}: {unknown[0]} is no key; known: {', '.join(known)}")
    try:
        return kind(**{key: _plain(known[key].type, value) for key, value in table.items()})
    except TypeError as error:
        raise ValueError(f"{where}: {error}") from error


def _plain(kind: object, value: object) -> object:
    """Numbers that must be exact stand as text in TOML."""
    if "Decimal" in str(kind) and isinstance(value, str | int):
        try:
            return Decimal(value)
        except InvalidOperation:
            raise ValueError(f"{value!r}: a decimal number as text") from None
    return tuple(value) if isinstance(value, list) else value
