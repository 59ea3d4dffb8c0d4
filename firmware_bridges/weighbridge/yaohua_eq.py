"""Yaohua's '=' formats: a sign, digits and a point in eight characters, seven without a point or sign.

    reversed   = 000.3000 -> 3.000     low digit first, the sign (or a 0) last
    forward    = 0003.000 -> 3.000     sign or digit first

Nothing in `=000.3000` tells 3.0 from 0.3: which of the two an indicator sends is the dialect chosen, to be
checked with a known weight. No check, no unit, nothing of motion. What puts its '=' behind the number
sends the same stream, and only the first weight of it is missed.

Sources: XK3190-A26 manual pp. 12-13, XK3190-A23p p. 23 (their tF numbers differ by model); anfuxc.com
Article-1027297; tests of indicator profiles (public file 71303250208); seven characters with a point as
old D2, eight as new D2 in a public table of thirty formats (public file 27257900247).
"""

from __future__ import annotations

import re

from firmware_bridges.weighbridge.answering import decimal_of, digits_of, weighed
from firmware_bridges.weighbridge.equals import EqualsDecoder
from firmware_bridges.weighbridge.indicator import Answer, IndicatorSettings, Refused, Shown

LENGTHS = (7, 8)  # eight only with a point
_FORWARD = re.compile(r"[+-]?[0-9]*\.?[0-9]*", re.ASCII)


def forward_decoder(settings: IndicatorSettings) -> EqualsDecoder:
    return EqualsDecoder(settings, parse_forward, LENGTHS[0])


def reversed_decoder(settings: IndicatorSettings) -> EqualsDecoder:
    return EqualsDecoder(settings, parse_reversed, LENGTHS[0])


def parse_forward(text: str, raw: bytes, settings: IndicatorSettings) -> Answer:
    """`text` behind the '='."""
    if len(text) not in LENGTHS or (len(text) == LENGTHS[1] and "." not in text):
        return Refused("length", raw)
    weight = decimal_of(text.encode("ascii"), settings) if _FORWARD.fullmatch(text) else None
    if weight is None:
        return Refused("not-numeric", raw)
    return weighed(weight, raw, settings, unit=settings.unit, stable=None, net=None)


def parse_reversed(text: str, raw: bytes, settings: IndicatorSettings) -> Answer:
    return parse_forward(text[::-1], raw, settings)


def encode_forward(shown: Shown) -> bytes:
    """Eight characters with a point, seven without. ValueError when they cannot show the weight."""
    return b"=" + _text(shown).encode("ascii")


def encode_reversed(shown: Shown) -> bytes:
    return b"=" + _text(shown)[::-1].encode("ascii")


def _text(shown: Shown) -> str:
    size = 8 if shown.decimals else 7
    number = digits_of(shown, size - 1 - bool(shown.decimals), most_decimals=4)
    sign = "-" if number < 0 else "0"
    digits = f"{abs(number):0{size - 1 - bool(shown.decimals)}d}"
    if not shown.decimals:
        return sign + digits
    return f"{sign}{digits[: -shown.decimals]}.{digits[-shown.decimals :]}"
