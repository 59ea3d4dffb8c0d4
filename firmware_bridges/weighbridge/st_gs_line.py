"""A&D, CAS, Dini Argeo, XK3102 and many others: lines such as `ST,GS,+003015.0kg`.

    A&D, XK3102   state [, mode] , weight unit CR LF            `US,NT,-  12.5 kg`  `ST,+001234.5  g`
    Dini Argeo    [address 2 digits] state , mode , weight , unit CR LF        `01ST,GS,     0.0,kg`
    CAS           state , mode , id lamp , 8 weight, any, 2 unit CR LF         22 bytes

State: ST stable, US moving, QT stable count, OL over and UL under the range, TL not level: then there is
no weight. Mode: GS or G gross, NT or N net; none = the line does not say. TR, T and PT are tares, TW and TN
totals: no weighing. Out of the range A&D sends blanks or nines for the weight. The lamp byte of CAS has bit
7 set, which no character of the other forms has: so it cannot be told through a line of 7 bits. Where CAS
sends its relays as a byte, some of their settings look like CR or LF; such lines are refused. No check.

Sources: A&D AD-4404 p. 80, AD-4329A p. 43, AD-4403 p. 64, EK-L p. 28; CAS CI-400 p. 103, CI-150A p. 54,
CI-600D p. 74, NT-200 p. 48; Dini Argeo DGT4X p. 52, LTP p. 43; lines in the tests of four public programs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from firmware_bridges.lines import LineFramer
from firmware_bridges.weighbridge.answering import (
    UNITS,
    FramedDecoder,
    out_of_range,
    text_of,
    weighed,
)
from firmware_bridges.weighbridge.indicator import (
    Answer,
    IndicatorSettings,
    Refused,
    Shown,
    TextSettings,
)
from firmware_bridges.weighbridge.line_numbers import number_of

LONGEST = 40
CAS_LENGTH = 20  # without CR LF
LAMP = 7  # where CAS has its lamp byte
_LINE = re.compile(
    rb"([0-9]{2})? *(ST|US|QT|OL|UL|TL)(?: *, *(GS|NT|TR|PT|TW|TN|G|N|T))?"
    rb"([ +\-0-9.,]*)([a-zA-Z]*) *"
)
_ADDRESS = re.compile(r"([0-9]{2})?", re.ASCII)
_NET = {b"GS": False, b"G": False, b"NT": True, b"N": True}


@dataclass(frozen=True, slots=True)
class StGsSettings(TextSettings):
    """`address`: two digits, for Dini Argeo instruments that share a line."""

    address: str = field(
        default="", metadata={"doc": "only lines of this two-digit address", "chars": 2}
    )

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.address):
            raise ValueError("address: two digits")


def decoder(settings: IndicatorSettings) -> FramedDecoder:
    return FramedDecoder(LineFramer(LONGEST, data_bits=settings.data_bits), parse, settings)


def parse(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer | None:
    """One line with its CR."""
    found = _LINE.fullmatch(_without_cas_bytes(shown.rstrip(b"\r\n")))
    if found is None:
        return Refused("not-numeric", raw)
    address, state, mode, number, name = found.groups()
    wanted = settings.address.encode() if isinstance(settings, StGsSettings) else b""
    if (wanted and address not in (wanted, None)) or (mode and mode not in _NET):
        return None  # another instrument; a tare or a total
    net = _NET.get(mode) if mode else None
    text = number.strip(b" ").removeprefix(b",").removesuffix(b",").strip(b" ")
    weight = number_of(text, settings)
    unit = UNITS.get(name.decode("ascii").lower())
    if state == b"TL":
        return Refused("not-numeric", raw)
    blank = not text.strip(b".")
    if state == b"OL" and (
        blank or (isinstance(weight, Decimal) and settings.is_nonsense(weight, unit))
    ):
        return out_of_range(raw, settings, net=net, unit=unit)
    if not isinstance(weight, Decimal):
        return Refused(weight, raw)
    if unit is None:
        return Refused("no-unit", raw)
    return weighed(
        weight,
        raw,
        settings,
        unit=unit,
        stable=state in (b"ST", b"QT"),
        net=net,
        overload=state == b"OL",
        underload=state == b"UL",
    )


def _without_cas_bytes(line: bytes) -> bytes:
    """CAS puts its id, lamps and relays as bytes of any value between the text."""
    is_cas = len(line) == CAS_LENGTH and line[5:6] == line[8:9] == b"," and line[LAMP] & 0x80
    return line[:6] + line[9:17] + b" " + line[18:] if is_cas else line


def encode(shown: Shown) -> bytes:
    """ValueError when eight characters cannot show the weight."""
    state = "OL" if shown.overload else "UL" if shown.underload else "ST" if shown.stable else "US"
    sign = "-" if shown.weight < 0 else "+"
    digits = text_of(Shown(abs(shown.weight), shown.decimals), 8)
    mode = "NT" if shown.net else "GS"
    return f"{state},{mode},{sign}{digits}{shown.unit}\r\n".encode("ascii")
