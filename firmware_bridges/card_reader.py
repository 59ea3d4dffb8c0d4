"""A weighbridge card reader: each time it reads a card it sends 02, ten digits, 0D 0A 03.

Source: a public driver of such a reader; no checksum, so digits only.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridges.frames import BadFrame, Frame, Reason, StxEtxFramer

LENGTH = 14
DIGITS = 10


@dataclass(frozen=True, slots=True)
class CardRead:
    """`tag`: the card's ten digits, leading zeros kept."""

    tag: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class CardRefused:
    """Bytes that began like a card and are none."""

    reason: Reason
    raw: bytes


class CardReaderDecoder:
    """Bytes in, cards and refusals out; never raises, keeps less than one frame."""

    def __init__(self) -> None:
        self._framer = StxEtxFramer(LENGTH)

    def feed(self, data: bytes) -> list[CardRead | CardRefused]:
        return [_answer(found) for found in self._framer.feed(data)]

    def flush(self) -> list[CardRead | CardRefused]:
        return [_answer(found) for found in self._framer.flush()]


def _answer(found: Frame | BadFrame) -> CardRead | CardRefused:
    if isinstance(found, BadFrame):
        return CardRefused(found.reason, found.raw)
    digits, end = found.raw[1:11], found.raw[11:13]
    if end != b"\r\n":
        return CardRefused("length", found.raw)
    if not digits.isdigit():
        return CardRefused("not-numeric", found.raw)
    return CardRead(digits.decode("ascii"), found.raw)


def encode(tag: str) -> bytes:
    """The frame for a card, for simulators. ValueError unless ten ASCII digits."""
    if len(tag) != DIGITS or not (tag.isascii() and tag.isdigit()):
        raise ValueError(f"a card number has {DIGITS} digits, got {tag!r}")
    return b"\x02" + tag.encode("ascii") + b"\r\n\x03"
