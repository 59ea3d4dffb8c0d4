"""Yaohua XK3190-A12E with a check: 15 bytes a line.

    W | G or N | 7 characters of weight | kg | 2 hex digits of XOR over these 11 bytes | CR LF

G gross, N net. Over the range nine spaces, `OL` and the check; under it `LO`. Source: XK3190-A12E
manual p. 13 (easymanua.ls).
"""

from __future__ import annotations

from functools import reduce
from operator import xor

from firmware_bridges.lines import LineFramer
from firmware_bridges.weighbridge.answering import (
    UNITS,
    FramedDecoder,
    below_range,
    decimal_of,
    digits_of,
    out_of_range,
    weighed,
)
from firmware_bridges.weighbridge.indicator import Answer, IndicatorSettings, Refused, Shown

LENGTH = 13  # without CR LF
LONGEST = 24
OVER, UNDER = b"         OL", b"         LO"


def decoder(settings: IndicatorSettings) -> FramedDecoder:
    return FramedDecoder(LineFramer(LONGEST, data_bits=settings.data_bits), parse, settings)


def parse(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer:
    """One line with its CR."""
    line = shown.rstrip(b"\r\n")
    if len(line) != LENGTH:
        return Refused("length", raw)
    body, check = line[:11], line[11:]
    if check.upper() != b"%02X" % reduce(xor, body):
        return Refused("checksum", raw)
    if body == OVER:
        return out_of_range(raw, settings)
    if body == UNDER:
        return below_range(raw, settings)
    if body[:2] not in (b"WG", b"WN"):
        return Refused("not-numeric", raw)
    unit = UNITS.get(body[9:11].strip().decode("ascii", "replace"))
    if unit is None:
        return Refused("no-unit", raw)
    weight = decimal_of(body[2:9], settings)
    if weight is None:
        return Refused("not-numeric", raw)
    return weighed(weight, raw, settings, unit=unit, stable=None, net=body[1:2] == b"N")


def encode(shown: Shown) -> bytes:
    """Zeros in front, as the manual's example; without a point the last character is blank. ValueError
    when six digits, a sign's place less, cannot show it."""
    width = 6 - (shown.weight < 0)
    number = digits_of(shown, width)
    text = f"{abs(number):0{width}d}"
    text = f"{text[: -shown.decimals]}.{text[-shown.decimals :]}" if shown.decimals else f"{text} "
    sign = "-" if number < 0 else ""
    body = f"W{'N' if shown.net else 'G'}{sign}{text}{shown.unit:<2}".encode("ascii")
    return body + b"%02X\r\n" % reduce(xor, body)
