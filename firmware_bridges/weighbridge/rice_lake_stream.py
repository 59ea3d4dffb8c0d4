"""Rice Lake's own stream format (RLWS, STR-1), also offered by other makers.

Sources: Rice Lake Legend 480-2A technical manual p. 64; 482-AG p. 33; Revolution 680 p. 63 and 682
p. 110 (the same layout, with Z for centre of zero). The polarity characters for out of range are
from the 480's manual.

    02 | polarity | 7 weight | unit | G/N | status | CR [LF]

Polarity: space or '-'; '^' above, ']' below the range. Weight: right-aligned, point in it, leading
zeros as spaces. Unit: L pounds, K kilograms, T tons, G grams, O ounces. Status: space valid, I invalid,
M motion, O out of range, Z centre of zero. No check.

The manuals do not say which ton T is: it is taken only where `unit = "t"` says metric.
"""

from __future__ import annotations

from firmware_bridges.frames import STX
from firmware_bridges.lines import LineFramer
from firmware_bridges.weighbridge.answering import (
    FramedDecoder,
    decimal_of,
    out_of_range,
    text_of,
    weighed,
)
from firmware_bridges.weighbridge.indicator import (
    Answer,
    IndicatorSettings,
    Refused,
    Shown,
    Unit,
)

LENGTH = 12  # STX to status
_UNITS: dict[bytes, Unit] = {b"L": "lb", b"K": "kg", b"G": "g"}
_LETTERS = {"lb": "L", "kg": "K", "g": "G", "t": "T"}


def decoder(settings: IndicatorSettings) -> FramedDecoder:
    framer = LineFramer(LENGTH + 1, start=STX, data_bits=settings.data_bits)
    return FramedDecoder(framer, parse, settings)


def parse(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer:
    """One frame, STX to CR (or LF)."""
    if len(shown) != LENGTH + 1:
        return Refused("length", raw)
    polarity, digits, status = shown[1:2], shown[2:9], shown[11:12]
    mode, unit = shown[10:11], _UNITS.get(shown[9:10])
    if shown[9:10] == b"T" and settings.unit == "t":
        unit = "t"
    elif shown[9:10] == b" ":
        unit = settings.unit
    if polarity not in b" -^]" or mode not in b"GN" or status not in b" MOZ":
        return Refused("not-numeric", raw)
    over, under = polarity == b"^", polarity == b"]"
    if over and not digits.strip(b" -^"):
        return out_of_range(raw, settings, net=mode == b"N")
    weight = decimal_of(digits, settings)
    if weight is None or digits.strip()[:1] in b"+-":
        return Refused("not-numeric", raw)
    if unit is None:
        return Refused("no-unit", raw)
    negative = polarity == b"-"
    return weighed(
        -weight if negative and weight else weight,
        raw,
        settings,
        unit=unit,
        stable=status != b"M",
        net=mode == b"N",
        overload=over or (status == b"O" and not (negative or under)),
        underload=under or (status == b"O" and negative),
    )


def encode(shown: Shown) -> bytes:
    """ValueError when seven characters cannot show the weight."""
    digits = text_of(Shown(abs(shown.weight), shown.decimals), 7)
    out = shown.overload or shown.underload
    polarity = "-" if shown.weight < 0 else " "
    status = "O" if out else (" " if shown.stable else "M")
    mode = "N" if shown.net else "G"
    text = f"\x02{polarity}{digits}{_LETTERS[shown.unit]}{mode}{status}\r\n"
    return text.encode("ascii")
