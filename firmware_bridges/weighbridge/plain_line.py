"""A number a line, perhaps with its unit: ` 1234.5 kg`. What printers and small indicators send.

A line that is no number, or a number with anything else behind it than a unit, is refused: plain lines
have no check, and a guess would be a weight. Nothing of motion. Source: common practice; lines in public
test suites.
"""

from __future__ import annotations

import re
from decimal import Decimal

from firmware_bridges.lines import LineFramer
from firmware_bridges.weighbridge.answering import UNITS, FramedDecoder, text_of, weighed
from firmware_bridges.weighbridge.indicator import Answer, IndicatorSettings, Refused, Shown
from firmware_bridges.weighbridge.line_numbers import number_of

LONGEST = 32
_LINE = re.compile(rb"([ +\-0-9.,]+?) *([a-zA-Z]*) *")


def decoder(settings: IndicatorSettings) -> FramedDecoder:
    return FramedDecoder(LineFramer(LONGEST, data_bits=settings.data_bits), parse, settings)


def parse(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer:
    """One line with its CR or LF."""
    found = _LINE.fullmatch(shown.rstrip(b"\r\n"))
    if found is None:
        return Refused("not-numeric", raw)
    weight = number_of(found.group(1), settings)
    if not isinstance(weight, Decimal):
        return Refused(weight, raw)
    name = found.group(2).decode("ascii").lower()
    if name and name not in UNITS:
        return Refused("no-unit", raw)
    unit = UNITS[name] if name else settings.unit
    return weighed(weight, raw, settings, unit=unit, stable=None, net=None)


def encode(shown: Shown) -> bytes:
    """ValueError when ten characters cannot show the weight."""
    return f"{text_of(shown, 10)} {shown.unit}\r\n".encode("ascii")
