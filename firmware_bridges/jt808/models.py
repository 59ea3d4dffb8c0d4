"""A terminal model's own items, from TOML: which item, which bytes of it, what they mean.

    source = "maker's protocol V1.2, 3.4"
    [[items]]
    id = 0x55            # item id
    length = 8           # optional: only when the item is so long
    name = "load_kg"     # what it is called, with its unit
    offset = 0           # first byte
    type = "u32"         # u8 u16 u32 i8 i16 i32 sm16 (sign and magnitude) text bcd hex
    mask = 0x0F          # optional, whole numbers only; the result is shifted down
    scale = 0.1          # optional
    invalid = 0xFFFF     # optional: this raw value says nothing
    values = { 0 = "closed", 1 = "open" }   # optional: words for numbers; others stay numbers

No national standard names cover, lift or load of a muck truck: every maker has its own, so they are
configuration.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from firmware_bridges.jt808.location import Item
from firmware_bridges.jt808.text import text_of

SIZES = {"u8": 1, "u16": 2, "u32": 4, "i8": 1, "i16": 2, "i32": 4, "sm16": 2}
TEXTS = ("text", "bcd", "hex")
_KEYS = {"id", "length", "name", "offset", "type", "mask", "scale", "invalid", "values"}


class ModelError(ValueError):
    """The text is no model; the message names the key and what was expected."""


@dataclass(frozen=True, slots=True)
class VendorItem:
    """One row of a model."""

    id: int
    name: str
    type: str
    offset: int = 0
    length: int | None = None
    mask: int | None = None
    scale: Decimal | None = None
    invalid: int | None = None
    values: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    source: str
    items: tuple[VendorItem, ...]

    def values(self, items: Sequence[Item]) -> dict[str, str]:
        """What the items say, by name; what a row does not fit is left out."""
        named: dict[str, str] = {}
        for number, data in items:
            for row in self.items:
                if row.id == number and (value := _value(row, data)) is not None:
                    named[row.name] = value
        return named

    def knows(self, number: int, data: bytes) -> bool:
        return any(row.id == number and _value(row, data) is not None for row in self.items)


def _value(row: VendorItem, data: bytes) -> str | None:
    if row.length is not None and len(data) != row.length:
        return None
    if row.type in TEXTS:
        rest = data[row.offset :]
        return text_of(rest) if row.type == "text" else rest.hex() or None
    size = SIZES[row.type]
    raw = data[row.offset : row.offset + size]
    if len(raw) < size:
        return None
    number = int.from_bytes(raw, "big")
    if row.invalid is not None and number == row.invalid:
        return None
    if row.type == "sm16":
        number = -(number & 0x7FFF) if number & 0x8000 else number
    elif row.type[0] == "i" and number >> (8 * size - 1):
        number -= 1 << 8 * size
    if row.mask:
        number = (number & row.mask) >> ((row.mask & -row.mask).bit_length() - 1)
    for value, word in row.values:
        if value == number:
            return word
    return f"{number * row.scale:f}" if row.scale is not None else str(number)


def parse_model(text: str) -> Model:
    """ModelError when it is none."""
    try:
        table = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"no TOML: {error}") from None
    for key in table.keys() - {"source", "items"}:
        raise ModelError(f"{key}: expected only source and [[items]]")
    rows = table.get("items")
    if not isinstance(rows, list) or not rows:
        raise ModelError("items: expected at least one [[items]] table")
    return Model(str(table.get("source", "")), tuple(_row(n, row) for n, row in enumerate(rows)))


def _row(n: int, row: Mapping[str, Any]) -> VendorItem:
    where = f"items[{n}]"
    for key in row.keys() - _KEYS:
        raise ModelError(f"{where}.{key}: expected one of {', '.join(sorted(_KEYS))}")
    kind = row.get("type")
    if kind not in SIZES and kind not in TEXTS:
        raise ModelError(f"{where}.type: expected one of {', '.join((*SIZES, *TEXTS))}")
    name = row.get("name")
    if not isinstance(name, str) or not name:
        raise ModelError(f"{where}.name: expected a name")
    values = row.get("values", {})
    try:
        words = tuple((int(key, 0), str(word)) for key, word in values.items())
    except (AttributeError, ValueError):
        raise ModelError(f"{where}.values: expected numbers and their words") from None
    scale = row.get("scale")
    if scale is not None and (isinstance(scale, bool) or not isinstance(scale, Decimal | int)):
        raise ModelError(f"{where}.scale: expected a number")
    return VendorItem(
        id=_number(row, "id", where, 0, 0xFF) or 0,
        name=name,
        type=str(kind),
        offset=_number(row, "offset", where, 0, 254, optional=True) or 0,
        length=_number(row, "length", where, 0, 255, optional=True),
        mask=_number(row, "mask", where, 1, 0xFFFF_FFFF, optional=True),
        scale=None if scale is None else Decimal(scale),
        invalid=_number(row, "invalid", where, 0, 0xFFFF_FFFF, optional=True),
        values=words,
    )


def _number(
    row: Mapping[str, Any], key: str, where: str, low: int, high: int, *, optional: bool = False
) -> int | None:
    value = row.get(key)
    if value is None and optional:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ModelError(f"{where}.{key}: expected a whole number from {low} to {high}")
    return value
