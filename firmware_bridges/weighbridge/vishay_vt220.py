"""Vishay (BLH Nobel) VT-220, continuous output as one public program reads it.

Source: Hoaison3108/AutoWeighbridgeSystem, Services/Protocols/VishayVT220protocol.cs; its settings open
the port with 2400 baud 7E1. No manual was at hand.

    status | sign | 6 digits        P+031790 stable, @+031790 moving

What ends a frame was not found: it is whatever is no digit, so a seventh digit refuses the frame and
nothing is decided before the byte behind it. Status letters other than P and @ are noise. No unit, no
decimals, no check. Not verified on an indicator.
"""

from __future__ import annotations

from firmware_bridges.weighbridge.answering import decimal_of, digits_of, weighed
from firmware_bridges.weighbridge.indicator import Answer, IndicatorSettings, Refused, Shown

LENGTH = 8
STABLE, MOVING = 0x50, 0x40
_DIGITS = b"0123456789"
_SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))


class VishayDecoder:
    """Bytes in, weights and refusals out; keeps less than two frames."""

    def __init__(self, settings: IndicatorSettings) -> None:
        self._settings = settings
        self._pending = b""

    def feed(self, data: bytes) -> list[Answer]:
        return self._cut(self._pending + data, ended=False)

    def flush(self) -> list[Answer]:
        return self._cut(self._pending, ended=True)

    def _cut(self, raw: bytes, *, ended: bool) -> list[Answer]:
        seven = self._settings.data_bits == 7
        seen = raw.translate(_SEVEN_BITS) if seven else raw
        answers: list[Answer] = []
        at = _begin(seen, 0)
        while at < len(seen):
            length = _run(seen, at)
            if at + length == len(seen) and not ended and length <= LENGTH:
                break
            answers += self._answer(seen[at : at + length], raw[at : at + length])
            at = _begin(seen, at + length)
        self._pending = raw[at:]
        return answers

    def _answer(self, shown: bytes, raw: bytes) -> list[Answer]:
        """A status letter alone is noise."""
        if len(shown) == 1:
            return []
        weight = decimal_of(shown[1:], self._settings)
        if len(shown) != LENGTH or weight is None:
            return [Refused("truncated" if len(shown) < LENGTH else "length", raw)]
        unit, stable = self._settings.unit, shown[0] == STABLE
        return [weighed(weight, raw, self._settings, unit=unit, stable=stable, net=None)]


def _begin(seen: bytes, at: int) -> int:
    while at < len(seen) and seen[at] not in (STABLE, MOVING):
        at += 1
    return at


def _run(seen: bytes, at: int) -> int:
    """Bytes from a status letter on that could be one frame, and one more when they are too many."""
    if seen[at + 1 : at + 2] not in (b"+", b"-"):
        return 1
    end = at + 2
    while end < len(seen) and end - at <= LENGTH and seen[end] in _DIGITS:
        end += 1
    return end - at


def encode(shown: Shown) -> bytes:
    """A line with CR LF behind it. ValueError when six digits cannot show the weight."""
    number = digits_of(shown, 6, most_decimals=0)
    status = "P" if shown.stable else "@"
    return f"{status}{'-' if number < 0 else '+'}{abs(number):06d}\r\n".encode("ascii")
