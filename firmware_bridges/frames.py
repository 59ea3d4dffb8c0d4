"""Cutting a byte stream into frames. A framer never raises: what is wrong comes out as a `BadFrame`
and the search for the next start goes on. Bounded: it keeps less than one frame between calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

STX, ETX = 0x02, 0x03

Reason = Literal[
    "checksum",
    "length",
    "truncated",
    "not-numeric",
    "comma",
    "no-unit",
    "above-capacity",
    "unknown-command",
]
"""Why bytes that looked like a frame give no reading.

checksum        its check characters do not match (never repaired)
length          its end came too early, or did not come where it must
truncated       the next frame began, or the stream ended, before its end
not-numeric     framed and checked, but a sign, digit or decimals place is none
comma           a comma in the number, and no setting (decimal_comma) says what it means here
no-unit         the protocol must name a unit here and does not
unknown-command the indicator does not know what it was asked
above-capacity  more than twice what the scale can carry: no scale shows that
"""


@dataclass(frozen=True, slots=True)
class Frame:
    """The bytes between the delimiters, delimiters included, as they came over the wire."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class BadFrame:
    """Bytes from a start delimiter on that cannot be a frame."""

    reason: Reason
    raw: bytes


_SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))


class StxEtxFramer:
    """Frames of one fixed `length` that begin with STX and end with ETX, neither inside.

    `data_bits` 7: the sender's parity arrives as bit 7 and is ignored when looking for delimiters.
    """

    def __init__(self, length: int, *, data_bits: int = 8) -> None:
        self._length, self._seven = length, data_bits == 7
        self._pending = b""

    def feed(self, data: bytes) -> list[Frame | BadFrame]:
        """Everything that is decided by now, in the order of its bytes."""
        raw = self._pending + data
        seen = raw.translate(_SEVEN_BITS) if self._seven else raw
        found: list[Frame | BadFrame] = []
        start = seen.find(STX)
        while start >= 0:
            end, reason = self._end(seen, start)
            if end < 0:
                break
            cut = raw[start:end]
            found.append(Frame(cut) if reason is None else BadFrame(reason, cut))
            start = seen.find(STX, end)
        self._pending = raw[start:] if start >= 0 else b""
        return found

    def flush(self) -> list[Frame | BadFrame]:
        """The stream ended: a frame that had begun is cut short."""
        cut, self._pending = self._pending, b""
        return [BadFrame("truncated", cut)] if cut else []

    def _end(self, seen: bytes, start: int) -> tuple[int, Reason | None]:
        """Where the frame from `start` ends and what is wrong with it; -1 = not known yet."""
        full = start + self._length
        restart = seen.find(STX, start + 1, full)
        etx = seen.find(ETX, start + 1, restart if restart >= 0 else full)
        if etx >= 0:
            return etx + 1, None if etx + 1 == full else "length"
        if restart >= 0:
            return restart, "truncated"
        return (full, "length") if len(seen) >= full else (-1, None)
