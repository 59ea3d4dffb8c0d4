"""M4222 weighbridge indicator (as read over its serial-to-Ethernet port).

Source: thomst08/M4222-WeighBridgeReader, Classes/WeighBridge/M4222-WBReader.cs, the comment on the
frame. No manual and no capture were at hand.

    02 | traffic light 20 none, 30 red, 60 green, 70 both | 7 weight | status | 03      11 bytes

Weight: ASCII, leading spaces. Status: G gross, N net, U under, O over, M motion, E error; a space is
named there as unknown, and says nothing of motion here. No unit, no check.
"""

from __future__ import annotations

from firmware_bridges.frames import ETX, STX
from firmware_bridges.lines import LineFramer
from firmware_bridges.weighbridge.answering import (
    FramedDecoder,
    decimal_of,
    text_of,
    weighed,
)
from firmware_bridges.weighbridge.indicator import Answer, IndicatorSettings, Refused, Shown

LENGTH = 11


def decoder(settings: IndicatorSettings) -> FramedDecoder:
    framer = LineFramer(LENGTH, start=STX, ends=bytes((ETX,)), data_bits=settings.data_bits)
    return FramedDecoder(framer, parse, settings)


def parse(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer:
    """One frame, STX to ETX."""
    if len(shown) != LENGTH:
        return Refused("length", raw)
    weight, status = decimal_of(shown[2:9], settings), shown[9:10]
    if weight is None or status not in b"GNUOM " or shown[1] & 0x0F:
        return Refused("not-numeric", raw)
    return weighed(
        weight,
        raw,
        settings,
        unit=settings.unit,
        stable={b"G": True, b"N": True, b"M": False}.get(status),
        net={b"G": False, b"N": True}.get(status),
        overload=status == b"O",
        underload=status == b"U",
    )


def encode(shown: Shown) -> bytes:
    """ValueError when seven characters cannot show the weight. Moving hides gross and net."""
    status = "O" if shown.overload else "U" if shown.underload else "M" if not shown.stable else ""
    status = status or ("N" if shown.net else "G")
    return f"\x02 {text_of(shown, 7)}{status}\x03".encode("ascii")
