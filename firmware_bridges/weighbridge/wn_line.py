"""Yaohua A12, A12E and A27, HEB-TW, T-Scale: lines such as `wn 0002.02kg`.

    w | n, w or t | weight with point, sign and spaces | kg or lb | CR LF

`wt` is the tare and no weighing. What `n` and `w` stand for differs by maker, so net is not claimed.
Nothing of motion, no check. Sources: pengshulin/mcush Yaohua.py; ilwk/weighbridge-reader parser_test.go (a
captured HEB-TW line; its author takes capitals, too); khusan2006/logistics-crm (public file 70940610663).
"""

from __future__ import annotations

import re
from decimal import Decimal

from firmware_bridges.lines import LineFramer
from firmware_bridges.weighbridge.answering import (
    UNITS,
    FramedDecoder,
    digits_of,
    weighed,
)
from firmware_bridges.weighbridge.indicator import Answer, IndicatorSettings, Refused, Shown
from firmware_bridges.weighbridge.line_numbers import number_of

LONGEST = 24
_LINE = re.compile(rb"[wW]([nwtNWT])([ +-]*[0-9.,]+) *([a-zA-Z]*)")


def decoder(settings: IndicatorSettings) -> FramedDecoder:
    return FramedDecoder(LineFramer(LONGEST, data_bits=settings.data_bits), parse, settings)


def parse(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer | None:
    """One line with its CR."""
    found = _LINE.fullmatch(shown.rstrip(b"\r\n"))
    if found is None:
        return Refused("not-numeric", raw)
    kind, number, name = found.groups()
    unit = UNITS.get(name.decode("ascii").lower())
    if unit is None:
        return Refused("no-unit", raw)
    if kind in b"tT":
        return None
    weight = number_of(number, settings)
    if not isinstance(weight, Decimal):
        return Refused(weight, raw)
    return weighed(weight, raw, settings, unit=unit, stable=None, net=None)


def encode(shown: Shown) -> bytes:
    """ValueError when six digits cannot show the weight."""
    number = digits_of(shown, 6)
    text = f"{abs(number):06d}"
    if shown.decimals:
        text = f"{text[: -shown.decimals]}.{text[-shown.decimals :]}"
    sign = "-" if number < 0 else ""
    return f"wn{sign}{text}{shown.unit}\r\n".encode("ascii")
