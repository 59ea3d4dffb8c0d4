"""Numbers in lines for people. A comma is the decimal point at one site and groups thousands at another
(`+635,5kg`, `1,234 kg`): nothing in the bytes tells which, so without the setting it is refused.
"""

from __future__ import annotations

import re
from decimal import Decimal

from firmware_bridges.frames import Reason
from firmware_bridges.weighbridge.answering import decimal_of
from firmware_bridges.weighbridge.indicator import IndicatorSettings, TextSettings

# Nobody groups what is below a thousand: `0,500` is a decimal comma, whatever the setting says.
_GROUPED = re.compile(rb"([ +-]*[1-9][0-9]{0,2})((?:,[0-9]{3})+)((?:\.[0-9]*)? *)")


def number_of(text: bytes, settings: IndicatorSettings) -> Decimal | Reason:
    """The number, or why it is none."""
    comma_is_point = settings.decimal_comma if isinstance(settings, TextSettings) else None
    if b"," in text and not comma_is_point:
        if comma_is_point is None:
            return "comma"
        found = _GROUPED.fullmatch(text)
        if found is None:
            return "not-numeric"
        text = found.group(1) + found.group(2).replace(b",", b"") + found.group(3)
    number = decimal_of(text, settings)
    return "not-numeric" if number is None else number
