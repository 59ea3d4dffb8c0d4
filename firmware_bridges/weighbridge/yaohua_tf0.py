"""Yaohua XK3190 family and its relatives, continuous mode tF=0: 12 bytes, again and again.

Sources: XK3190-A26 manual p. 12; XK3190-A23p manual p. 23; the same frame in A9, A9+, A1+, A6, D9,
D10, DS1, DS3 and Keli D2008.

    02 | sign 2B/2D | 6 digits, high first | decimals '0'-'4' | XOR high | XOR low | 03

XOR runs over sign, digits and decimals. The frame names no unit and says nothing of motion, net or
overload. XOR misses swapped digits: the check is weak, and nothing here can mend that.
"""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from operator import xor

from firmware_bridges.frames import BadFrame, Frame, StxEtxFramer
from firmware_bridges.weighbridge.indicator import (
    Answer,
    IndicatorSettings,
    IndicatorWeight,
    Refused,
)

LENGTH = 12
DIGITS = 6
MAX_DECIMALS = 4
_SIGNS = {0x2B: 1, 0x2D: -1}
_HEX = b"0123456789ABCDEF"
_NIBBLES = {char: value for value, char in enumerate(_HEX)} | {
    # One firmware sends nibble + 30h for A-F as well (':' to '?').
    0x30 + value: value
    for value in range(16)
}


class YaohuaTf0Decoder:
    """Bytes in, weights and refusals out."""

    def __init__(self, settings: IndicatorSettings) -> None:
        self._settings = settings
        self._framer = StxEtxFramer(LENGTH, data_bits=settings.data_bits)

    def feed(self, data: bytes) -> list[Answer]:
        return [self._answer(found) for found in self._framer.feed(data)]

    def flush(self) -> list[Answer]:
        return [self._answer(found) for found in self._framer.flush()]

    def _answer(self, found: Frame | BadFrame) -> Answer:
        if isinstance(found, BadFrame):
            return Refused(found.reason, found.raw)
        return parse(found.raw, self._settings)


def parse(raw: bytes, settings: IndicatorSettings) -> Answer:
    """One whole frame (STX to ETX, 12 bytes)."""
    shown = bytes(byte & 0x7F for byte in raw) if settings.data_bits == 7 else raw
    body = shown[1:9]
    high, low = _NIBBLES.get(shown[9]), _NIBBLES.get(shown[10])
    if high is None or low is None or high << 4 | low != reduce(xor, body):
        return Refused("checksum", raw)
    sign, digits, places = _SIGNS.get(body[0]), body[1:7], body[7] - 0x30
    if sign is None or not digits.isdigit() or not 0 <= places <= MAX_DECIMALS:
        return Refused("not-numeric", raw)
    decimals = places if settings.decimals is None else settings.decimals
    weight = Decimal(sign * int(digits)).scaleb(-decimals)
    if settings.is_nonsense(weight):
        return Refused("above-capacity", raw)
    return IndicatorWeight(
        weight=weight,
        unit=settings.unit,
        stable=None,
        net=None,
        overload=False,
        underload=False,
        raw=raw,
    )


def encode(weight: Decimal, decimals: int = 0) -> bytes:
    """The frame for a weight as displayed, for simulators. ValueError when six digits at
    `decimals` places cannot show it exactly."""
    scaled = weight.scaleb(decimals)
    if not 0 <= decimals <= MAX_DECIMALS or scaled != scaled.to_integral_value():
        raise ValueError(f"{weight} cannot be shown with {decimals} decimals (0 to 4)")
    number = int(scaled)
    if abs(number) >= 10**DIGITS:
        raise ValueError(f"{weight} with {decimals} decimals needs more than {DIGITS} digits")
    body = f"{'-' if number < 0 else '+'}{abs(number):0{DIGITS}d}{decimals}".encode("ascii")
    check = reduce(xor, body)
    return bytes((0x02, *body, _HEX[check >> 4], _HEX[check & 0x0F], 0x03))
