"""Reads tables of a FlatBuffer without a schema compiler and without trusting one offset in it.

Layout: FlatBuffers internals (google.github.io/flatbuffers, "FlatBuffer Internals"): little endian;
a table begins with a signed offset back to its vtable; a vtable holds its own size, the table's size
and one offset a field (0 = absent); vectors and strings begin with their length.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

MAX_ITEMS = 1 << 20


class BrokenBuffer(ValueError):
    """An offset or a length leads out of the bytes."""


class Table:
    """One table. Fields are asked for by their number in the schema, counted from 0."""

    __slots__ = ("_at", "_data", "_vtable", "_vtable_bytes")

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at
        self._vtable = at - _unpack("<i", data, at)
        self._vtable_bytes = _unpack("<H", data, self._vtable)

    @classmethod
    def root(cls, data: bytes) -> Table:
        return cls(data, _unpack("<I", data, 0))

    def number(self, field: int, form: str = "i", default: int = 0) -> int:
        at = self._place(field)
        return default if at is None else int(_unpack("<" + form, self._data, at))

    def table(self, field: int) -> Table | None:
        at = self._place(field)
        return None if at is None else Table(self._data, self._follow(at))

    def text(self, field: int) -> str:
        return bytes(self.blob(field)).decode("utf-8", errors="replace")

    def blob(self, field: int) -> memoryview:
        """The bytes of a string or of a vector of bytes."""
        start, length = self._vector(field, 1)
        return memoryview(self._data)[start : start + length]

    def numbers(self, field: int, form: str = "i") -> tuple[int | float, ...]:
        size = struct.calcsize("<" + form)
        start, length = self._vector(field, size)
        return struct.unpack_from(f"<{length}{form}", self._data, start)

    def tables(self, field: int) -> Iterator[Table]:
        start, length = self._vector(field, 4)
        for index in range(length):
            yield Table(self._data, self._follow(start + 4 * index))

    def _place(self, field: int) -> int | None:
        slot = 4 + 2 * field
        if slot + 2 > self._vtable_bytes:
            return None
        offset = _unpack("<H", self._data, self._vtable + slot)
        return self._at + offset if offset else None

    def _follow(self, at: int) -> int:
        return at + _unpack("<I", self._data, at)

    def _vector(self, field: int, item_bytes: int) -> tuple[int, int]:
        at = self._place(field)
        if at is None:
            return 0, 0
        place = self._follow(at)
        length = _unpack("<I", self._data, place)
        if (item_bytes > 1 and length > MAX_ITEMS) or place + 4 + length * item_bytes > len(
            self._data
        ):
            raise BrokenBuffer(
                f"{length} items at byte {place} lead beyond its {len(self._data)} bytes"
            )
        return place + 4, length


def _unpack(form: str, data: bytes, at: int) -> int:
    if at < 0 or at + struct.calcsize(form) > len(data):
        raise BrokenBuffer(f"an offset leads to byte {at}, the file has {len(data)}")
    value: int = struct.unpack_from(form, data, at)[0]
    return value
