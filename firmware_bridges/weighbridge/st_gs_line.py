"""A&D, CAS, Dini Argeo, XK3102 and many others: lines such as `ST,GS,+003015.0kg`.

    [address 2 digits] ST, US, OL, UL, TL or QT [,] GS or NT [,] weight [,] unit CR LF

ST stable, US (QT: counting) moving, OL over and UL under the range, TL the instrument is tilted: then
there is no weight. GS gross, NT net. No check. Sources: A&D and Dini Argeo manuals; lines in the tests of
Msafarzoda/zarnishon-system, ilwk/weighbridge-reader and khusan2006/logistics-crm.
"""

from __future__ import annotations

import re

from firmware_bridges.lines import LineFramer
from firmware_bridges.weighbridge.answering import (
    UNITS,
    FramedDecoder,
    out_of_range,
    text_of,
    weighed,
)
from firmware_bridges.weighbridge.indicator import Answer, IndicatorSettings, Refused, Shown
from firmware_bridges.weighbridge.line_numbers import number_of

LONGEST = 40
_LINE = re.compile(
    rb"(?:[0-9]{2})? *(ST|US|QT|OL|UL|TL) *, *(GS|NT|G|N)(?: *,| +)([ +\-0-9.,]*?),? *([a-zA-Z]*) *"
)


def decoder(settings: IndicatorSettings) -> FramedDecoder:
    return FramedDecoder(LineFramer(LONGEST, data_bits=settings.data_bits), parse, settings)


def parse(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer:
    """One line with its CR."""
    found = _LINE.fullmatch(shown.rstrip(b"\r\n"))
    if found is None:
        return Refused("not-numeric", raw)
    state, mode, text, name = found.groups()
    net = mode[:1] == b"N"
    if state == b"TL":
        return Refused("not-numeric", raw)
    weight = number_of(text, settings)
    unit = UNITS.get(name.decode("ascii").lower())
    if state == b"OL" and (weight is None or settings.is_nonsense(weight)):
        return out_of_range(raw, settings, net=net)  # nines instead of a weight
    if weight is None:
        return Refused("not-numeric", raw)
    if unit is None:
        return Refused("no-unit", raw)
    return weighed(
        weight,
        raw,
        settings,
        unit=unit,
        stable=state == b"ST",
        net=net,
        overload=state == b"OL",
        underload=state == b"UL",
    )


def encode(shown: Shown) -> bytes:
    """ValueError when eight characters cannot show the weight."""
    state = "OL" if shown.overload else "UL" if shown.underload else "ST" if shown.stable else "US"
    sign = "-" if shown.weight < 0 else "+"
    digits = text_of(Shown(abs(shown.weight), shown.decimals), 8)
    mode = "NT" if shown.net else "GS"
    return f"{state},{mode},{sign}{digits}{shown.unit}\r\n".encode("ascii")
