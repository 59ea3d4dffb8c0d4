"""Keli XK3118K9 and K9-R, command mode: Yaohua's frames, with the point written into the weight.

Source: XK3118K9-R manual p. 10 (easymanua.ls/keli/xk3118k9-r). No captured frame was at hand.

    ask     02 | address 'A'-'Z' | command 'A'-'I' | XOR high | XOR low | 03
    answer  02 | address | command | data | XOR high | XOR low | 03

XOR over address, command and data; each half of it as an upper-case hexadecimal digit. Commands: A
handshake, B gross, C tare, D net, E vehicle, F cargo; G to I answer without data. The data of B, C and
D is a sign and "6 digit and one radix point", 14 bytes in all. That is read as a point among the digits;
where there is none, the last character is the number of decimals, as Yaohua's indicators send it. Not
verified on an indicator which of the two a K9 sends. The frame names no unit and says nothing of motion.

Answers of another address than the one set are other scales on the same pair of wires: nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import reduce
from operator import xor

from firmware_bridges.frames import ETX, STX
from firmware_bridges.lines import LineFramer
from firmware_bridges.weighbridge.answering import FramedDecoder, decimal_of, digits_of, weighed
from firmware_bridges.weighbridge.indicator import Answer, IndicatorSettings, Refused, Shown

ASKED = 6  # bytes of a question, and of an answer without data
ANSWERED = 14
LONGEST = 24
MAX_DECIMALS = 4
GROSS, TARE, NET = b"B", b"C", b"D"
_ADDRESS = re.compile(r"[A-Z]")
_POINTED = re.compile(rb"[+-][0-9]*\.[0-9]*")
_COUNTED = re.compile(rb"([+-][0-9]{6})([0-4])")


@dataclass(frozen=True, slots=True)
class KeliSettings(IndicatorSettings):
    """`address`: a letter, as shown in the indicator's own settings."""

    address: str = field(
        default="A", metadata={"doc": "the indicator's address, a letter", "chars": 1}
    )

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.address):
            raise ValueError("address: one letter from A to Z")


def decoder(settings: IndicatorSettings) -> FramedDecoder:
    framer = LineFramer(LONGEST, start=STX, ends=bytes((ETX,)), data_bits=settings.data_bits)
    return FramedDecoder(framer, parse, settings)


def parse(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer | None:
    """One frame, STX to ETX."""
    if len(shown) < ASKED:
        return Refused("length", raw)
    if shown[-3:-1] != _check(shown[1:-3]):
        return Refused("checksum", raw)
    address, command = shown[1:2], shown[2:3]
    if address != _address(settings) or command not in (GROSS, NET):
        return None
    if len(shown) != ANSWERED:  # our own question, heard back, or a gross weight of no known form
        return None if len(shown) == ASKED else Refused("length", raw)
    weight = _weight(shown[3:11], settings)
    if weight is None:
        return Refused("not-numeric", raw)
    return weighed(weight, raw, settings, unit=settings.unit, stable=None, net=command == NET)


def _weight(data: bytes, settings: IndicatorSettings) -> Decimal | None:
    if _POINTED.fullmatch(data):
        return decimal_of(data, settings)
    found = _COUNTED.fullmatch(data)
    if found is None:
        return None
    places = int(found.group(2)) if settings.decimals is None else settings.decimals
    return Decimal(int(found.group(1))).scaleb(-places)


def _check(body: bytes) -> bytes:
    return b"%02X" % reduce(xor, body, 0)


def _framed(body: bytes) -> bytes:
    return bytes((STX,)) + body + _check(body) + bytes((ETX,))


def encode(shown: Shown) -> bytes:
    """The answer of address A to B (D for a net weight), point among the digits. ValueError when six
    digits cannot show the weight."""
    number = digits_of(shown, 6, most_decimals=MAX_DECIMALS)
    digits = f"{abs(number):06d}"
    whole, decimals = digits[: 6 - shown.decimals], digits[6 - shown.decimals :]
    command = NET if shown.net else GROSS
    sign = "-" if number < 0 else "+"
    return _framed(b"A" + command + f"{sign}{whole}.{decimals}".encode("ascii"))


def poll(settings: IndicatorSettings) -> bytes:
    """Send the gross weight."""
    return _framed(_address(settings) + GROSS)


def _address(settings: IndicatorSettings) -> bytes:
    known = settings if isinstance(settings, KeliSettings) else KeliSettings()
    return known.address.encode()
