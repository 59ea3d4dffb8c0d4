"""Flintec FT-111D, continuous lines as one public program reads them.

Source: Hoaison3108/AutoWeighbridgeSystem, Services/Protocols/FlintecFT111Dprotocol.cs, with two lines
seen on site. No manual was at hand.

    i | 2 hex status | space | weight | spaces | tare or mode | CR LF
    i80 16360     0      i00 16370     0

Status bit 7 is motion. What the other bits mean was not found: a frame that sets one is refused, as it
could say overload or net. No unit, no check.
"""

from __future__ import annotations

import re

from firmware_bridges.lines import LineFramer
from firmware_bridges.weighbridge.answering import (
    FramedDecoder,
    decimal_of,
    digits_of,
    weighed,
)
from firmware_bridges.weighbridge.indicator import Answer, IndicatorSettings, Refused, Shown

LONGEST = 24
_LINE = re.compile(rb"i([0-9A-Fa-f]{2}) ( *-?[0-9.]+) {2,}(-?[0-9.]+)")


def decoder(settings: IndicatorSettings) -> FramedDecoder:
    return FramedDecoder(LineFramer(LONGEST, data_bits=settings.data_bits), parse, settings)


def parse(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer:
    """One line."""
    found = _LINE.fullmatch(shown.rstrip(b"\r\n "))
    weight = decimal_of(found.group(2), settings) if found else None
    if found is None or weight is None or found.group(1) not in (b"00", b"80"):
        return Refused("not-numeric", raw)
    moving = found.group(1) == b"80"
    return weighed(weight, raw, settings, unit=settings.unit, stable=not moving, net=None)


def encode(shown: Shown) -> bytes:
    """Whole numbers of at most five digits, as in the lines seen. ValueError for others."""
    number = digits_of(shown, 5, most_decimals=0)
    if number <= -(10**4):
        raise ValueError(f"{shown.weight} needs more than 5 characters")
    return f"i{'00' if shown.stable else '80'} {number:>5d}     0\r\n".encode("ascii")
