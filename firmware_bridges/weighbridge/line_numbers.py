"""Numbers in lines for people: a comma is a decimal point or groups thousands, by setting."""

from __future__ import annotations

import re
from decimal import Decimal

from firmware_bridges.weighbridge.answering import decimal_of
from firmware_bridges.weighbridge.indicator import IndicatorSettings, TextSettings

_GROUPED = re.compile(rb"([ +-]*[0-9]{1,3})((?:,[0-9]{3})+)((?:\.[0-9]*)? *)")


def number_of(text: bytes, settings: IndicatorSettings) -> Decimal | None:
    """None when it is no number; a comma that groups no thousands is none without `decimal_comma`."""
    comma_is_point = isinstance(settings, TextSettings) and settings.decimal_comma
    if b"," in text and not comma_is_point:
        found = _GROUPED.fullmatch(text)
        if found is None:
            return None
        text = found.group(1) + found.group(2).replace(b",", b"") + found.group(3)
    return decimal_of(text, settings)
