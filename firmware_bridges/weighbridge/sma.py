"""SMA SCP-0499, the protocol of the (American) Scale Manufacturers Association, levels 1 and 2.

Sources: the standard's first edition of 1999, as Sartorius PR 5210 manual p. 37, PR 5220 p. 130, Fairbanks
FB2550 p. 180 and B-Tek T419S p. 61 give it.

    LF | status | range | G/N | motion | future | 10 weight | 3 unit | CR          19 bytes behind LF

Status: space, Z zero, O above, U below the range; E, I, T errors, with dashes for the weight. G, N
(g, n with more digits) gross and net, T a tare. Motion M. No check. One published sample has its M in
the field kept for the future; it counts as motion there too. `LF ? CR` = command not known.
"""

from __future__ import annotations

from firmware_bridges.lines import LineFramer
from firmware_bridges.weighbridge.answering import (
    UNITS,
    FramedDecoder,
    decimal_of,
    text_of,
    weighed,
)
from firmware_bridges.weighbridge.indicator import Answer, IndicatorSettings, Refused, Shown

LENGTH = 18  # status to unit
LONGEST = 40  # answers to inquiries are longer than weights


def decoder(settings: IndicatorSettings) -> FramedDecoder:
    return FramedDecoder(LineFramer(LONGEST, data_bits=settings.data_bits), parse, settings)


def parse(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer:
    """One line without its LF, with its CR."""
    line = shown.rstrip(b"\r\n")
    if len(line) != LENGTH:
        return Refused("length" if len(line) > LENGTH // 2 else "not-numeric", raw)
    status, mode, motion = line[0:1], line[2:3], line[3:5]
    if status not in b" ZOU" or mode not in b"GNgn" or motion.strip(b" ") not in (b"", b"M"):
        return Refused("not-numeric", raw)
    weight = decimal_of(line[5:15], settings)
    if weight is None:
        return Refused("not-numeric", raw)
    unit = UNITS.get(line[15:18].strip().decode("ascii", errors="replace"))
    if unit is None:
        return Refused("no-unit", raw)
    return weighed(
        weight,
        raw,
        settings,
        unit=unit,
        stable=not motion.strip(b" "),
        net=mode in b"Nn",
        overload=status == b"O",
        underload=status == b"U",
    )


def encode(shown: Shown) -> bytes:
    """ValueError when ten characters cannot show the weight."""
    status = "O" if shown.overload else "U" if shown.underload else "Z" if not shown.weight else " "
    mode, motion = "N" if shown.net else "G", " " if shown.stable else "M"
    text = f"\n{status}1{mode}{motion} {text_of(shown, 10)}{shown.unit:<3}\r"
    return text.encode("ascii")


def poll(_settings: IndicatorSettings) -> bytes:
    """W: the displayed weight, at once."""
    return b"\nW\r"
