"""Long messages come in parts (bit 13), each with its own serial; together they are one body.

Pure: time arrives as data. Bounded: at most `MOST_SETS` unfinished messages of one connection and
`MOST_BYTES` among them, the oldest go first; after `PATIENCE_S` without a new part a set is given up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from firmware_bridges.jt808.header import Header

MOST_SETS = 4
MOST_PARTS = 1_024
MOST_BYTES = 1_048_576
PATIENCE_S = 60.0


class Whole(NamedTuple):
    """`header` of the first part, with the length of the whole."""

    header: Header
    body: bytes


class Missing(NamedTuple):
    """What to ask for again (0x8003): the first part's serial and the indexes that lack."""

    first_serial: int
    indexes: tuple[int, ...]


@dataclass
class _Set:
    header: Header
    last_s: float
    parts: dict[int, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(map(len, self.parts.values()))


class Reassembler:
    """The unfinished messages of one connection."""

    def __init__(self) -> None:
        self._sets: dict[tuple[str, int, int, int], _Set] = {}
        self.given_up = 0

    def add(self, header: Header, body: bytes, now_s: float) -> Whole | None:
        """The whole once its last part is there. A part that contradicts itself is counted."""
        self.expire(now_s)
        if not 1 <= header.part <= header.parts <= MOST_PARTS:
            self.given_up += 1
            return None
        first = header.serial - (header.part - 1) & 0xFFFF
        key = (header.terminal, header.id, header.parts, first)
        found = self._sets.setdefault(key, _Set(header._replace(serial=first, part=1), now_s))
        found.parts[header.part], found.last_s = body, now_s
        if len(found.parts) == header.parts:
            del self._sets[key]
            whole = b"".join(found.parts[index] for index in range(1, header.parts + 1))
            return Whole(found.header._replace(length=len(whole)), whole)
        self._bound(key)
        return None

    @property
    def held_bytes(self) -> int:
        """Of all unfinished messages."""
        return sum(one.size for one in self._sets.values())

    def missing(self) -> list[Missing]:
        """Of every unfinished message."""
        return [
            Missing(
                key[3],
                tuple(n for n in range(1, found.header.parts + 1) if n not in found.parts),
            )
            for key, found in self._sets.items()
        ]

    def expire(self, now_s: float) -> None:
        for key in [k for k, one in self._sets.items() if now_s - one.last_s > PATIENCE_S]:
            del self._sets[key]
            self.given_up += 1

    def _bound(self, newest: tuple[str, int, int, int]) -> None:
        while (
            len(self._sets) > MOST_SETS or sum(one.size for one in self._sets.values()) > MOST_BYTES
        ):
            oldest = next(iter(self._sets))
            del self._sets[oldest]
            self.given_up += 1
            if oldest == newest:
                return
