"""DingSong (顶松) DS822-X, continuous modes Adr=1 (A frame) and Adr=3 (C frame).

Sources: feewillowherb/MaterialClient, Services/Hardware/DingSongDs822Frame.cs and the note beside it,
which quote the maker's manual of the serial protocol; one C frame captured on site. The manual itself
was not at hand.

    A    02 | address 'A'-'Z' | A or a | sign | 6 digits | decimals | 6 tare | e f f | check | 03    22
    C    02 | address         | C or c | 6 pairs                             | check | 03            17

Check: XOR of all bytes before it, with 40h set. So bit 6 of a byte is not covered.

Not verified: the A frame was never seen captured, and what e, f, f say was not found. Of the C frame
one capture exists, read as pairs of digit and flag (`0 0 0 0 8` and a blank: 8 kg). The manual is
quoted as naming the flag first, by which the same bytes would show 0: compare with the display before
trusting a C frame, or set the indicator to Adr=1. C frames name no decimals; use the setting.
"""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from operator import xor

from firmware_bridges.frames import ETX, STX
from firmware_bridges.lines import LineFramer
from firmware_bridges.weighbridge.answering import FramedDecoder, digits_of, weighed
from firmware_bridges.weighbridge.indicator import Answer, IndicatorSettings, Refused, Shown

A_LENGTH, C_LENGTH = 22, 17
MAX_DECIMALS = 4
BLANKS = b" <"  # 3Ch stands where the captured frame shows no digit


def decoder(settings: IndicatorSettings) -> FramedDecoder:
    framer = LineFramer(A_LENGTH, start=STX, ends=bytes((ETX,)), data_bits=settings.data_bits)
    return FramedDecoder(framer, parse, settings)


def parse(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer:
    """One frame, STX to ETX."""
    form = {A_LENGTH: b"Aa", C_LENGTH: b"Cc"}.get(len(shown))
    if form is None or shown[2] not in form:
        return Refused("length", raw)
    if shown[-2] != reduce(xor, shown[:-2]) | 0x40:
        return Refused("checksum", raw)
    if not b"A" <= shown[1:2] <= b"Z":
        return Refused("not-numeric", raw)
    parse_form = _parse_a if len(shown) == A_LENGTH else _parse_c
    return parse_form(shown, raw, settings)


def _parse_a(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer:
    """The net weight, which is the gross weight where no tare is set."""
    sign, digits, places, tare = shown[3:4], shown[4:10], shown[10] - 0x30, shown[11:17]
    fine = sign in b"+-" and digits.isdigit() and tare.isdigit() and 0 <= places <= MAX_DECIMALS
    if not fine:
        return Refused("not-numeric", raw)
    decimals = places if settings.decimals is None else settings.decimals
    weight = Decimal(int(digits) * (-1 if sign == b"-" else 1)).scaleb(-decimals)
    return weighed(weight, raw, settings, unit=settings.unit, stable=None, net=int(tare) > 0)


def _parse_c(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer:
    digits = shown[3:15:2].strip(BLANKS)
    if not digits.isdigit():
        return Refused("not-numeric", raw)
    weight = Decimal(int(digits)).scaleb(-(settings.decimals or 0))
    return weighed(weight, raw, settings, unit=settings.unit, stable=None, net=None)


def encode(shown: Shown) -> bytes:
    """An A frame of address A without a tare. ValueError when six digits cannot show the weight."""
    number = digits_of(shown, 6, most_decimals=MAX_DECIMALS)
    tare = "000001" if shown.net else "000000"
    text = f"\x02AA{'-' if number < 0 else '+'}{abs(number):06d}{shown.decimals}{tare}000"
    body = text.encode("ascii")
    return body + bytes((reduce(xor, body) | 0x40, ETX))
