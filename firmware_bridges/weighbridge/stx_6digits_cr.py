"""STX, six digits, CR: nothing else. Where the point is, is a setting.

Source: a public table of indicator profiles (71303250208). No sign, no check, no unit.
"""

from __future__ import annotations

from decimal import Decimal

from firmware_bridges.frames import STX
from firmware_bridges.lines import LineFramer
from firmware_bridges.weighbridge.answering import FramedDecoder, digits_of, weighed
from firmware_bridges.weighbridge.indicator import Answer, IndicatorSettings, Refused, Shown

DIGITS = 6
LONGEST = 16


def decoder(settings: IndicatorSettings) -> FramedDecoder:
    framer = LineFramer(LONGEST, start=STX, ends=b"\r", data_bits=settings.data_bits)
    return FramedDecoder(framer, parse, settings)


def parse(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer:
    """One frame, STX to CR."""
    digits = shown[1:-1]
    if len(digits) != DIGITS:
        return Refused("length", raw)
    if not digits.isdigit():
        return Refused("not-numeric", raw)
    weight = Decimal(int(digits)).scaleb(-(settings.decimals or 0))
    return weighed(weight, raw, settings, unit=settings.unit, stable=None, net=None)


def encode(shown: Shown) -> bytes:
    """ValueError for a negative weight, one with decimals, or more than six digits."""
    number = digits_of(shown, DIGITS, most_decimals=0)
    if number < 0:
        raise ValueError(f"{shown.weight}: this format has no sign")
    return b"\x02%06d\r" % number
