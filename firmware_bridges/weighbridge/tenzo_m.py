"""Tenzo-M: '=', spaces or a sign, digits: `=  3015`, `= +2380`. No check, no unit, nothing of motion.

Source: the tests of a weighbridge program (Msafarzoda/zarnishon-system scale.test.ts); no manual was at hand.
"""

from __future__ import annotations

import re

from firmware_bridges.weighbridge.answering import decimal_of, text_of, weighed
from firmware_bridges.weighbridge.equals import EqualsDecoder
from firmware_bridges.weighbridge.indicator import Answer, IndicatorSettings, Refused, Shown

SHORTEST, LONGEST = 6, 9
# Blanks where Yaohua's '=' formats have zeros: without that rule each would read the other's frames.
_TEXT = re.compile(r" *[+-]? *(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)


def decoder(settings: IndicatorSettings) -> EqualsDecoder:
    return EqualsDecoder(settings, parse, SHORTEST)


def parse(text: str, raw: bytes, settings: IndicatorSettings) -> Answer:
    """`text` behind the '='."""
    if not SHORTEST <= len(text) <= LONGEST:
        return Refused("length", raw)
    weight = decimal_of(text.encode("ascii"), settings) if _TEXT.fullmatch(text) else None
    if weight is None:
        return Refused("not-numeric", raw)
    return weighed(weight, raw, settings, unit=settings.unit, stable=None, net=None)


def encode(shown: Shown) -> bytes:
    """ValueError when nine characters cannot show the weight."""
    text = text_of(shown, LONGEST).lstrip()
    return b"=" + text.rjust(SHORTEST).encode("ascii")
