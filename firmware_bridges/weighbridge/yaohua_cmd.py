"""Yaohua XK3190 family, command mode: the indicator answers what it is asked.

Sources: XK3190-A9+ manual p. 11, XK3190-A23p p. 26, XK3190-DS1 p. 9; one captured answer.

    ask     02 | address 'A'-'Z' | command 'A'-'H' | XOR high | XOR low | 03
    answer  02 | address | command | data | XOR high | XOR low | 03

XOR over address, command and data, each half as an upper-case hexadecimal digit. Commands: A handshake
(6 bytes back), B gross, C tare, D net (14: sign, six digits, number of decimals), E truck number (11), F
cargo, G customer, H remark. A point among the digits, as Keli's relative of this mode sends it, needs no
number of decimals. DS1 answers 04 to a command it does not know; it stands outside frames and is told,
because a line where nothing else comes is not dead.
The frame names no unit and says nothing of motion. Answers of another address are other scales on the
same pair of wires: nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import reduce
from operator import xor
from typing import Literal

from firmware_bridges.frames import ETX, STX
from firmware_bridges.lines import LineFramer
from firmware_bridges.weighbridge.answering import (
    FramedDecoder,
    decimal_of,
    digits_of,
    weighed,
)
from firmware_bridges.weighbridge.indicator import Answer, IndicatorSettings, Refused, Shown

SHORTEST = 6
ANSWERED = 14
LONGEST = 24
MAX_DECIMALS = 4
GROSS, NET = b"B", b"D"
WEIGHTS = (GROSS, NET)
OTHERS = {b"A": SHORTEST, b"E": 11}  # answers whose length is documented and that are no weights
_ADDRESS = re.compile(r"[A-Z]")
_UNKNOWN, _UNKNOWN_7 = re.compile(rb"\x04"), re.compile(rb"[\x04\x84]")
_DATA = re.compile(rb"([+-][0-9]{6})([0-4])")
_POINTED = re.compile(rb"[+-][0-9]*\.[0-9]*")


@dataclass(frozen=True, slots=True)
class CommandSettings(IndicatorSettings):
    """`address`: a letter, as shown in the indicator's own settings."""

    address: str = field(
        default="A", metadata={"doc": "the indicator's address, a letter", "chars": 1}
    )
    ask_for: Literal["gross", "net"] = field(
        default="gross", metadata={"doc": "the weight that is asked for: gross or net"}
    )

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.address):
            raise ValueError("address: one letter from A to Z")


class CommandDecoder(FramedDecoder):
    """Frames, and the 04 that no frame contains: it ends whatever had begun."""

    def feed(self, data: bytes) -> list[Answer]:
        answers: list[Answer] = []
        before = 0
        for found in self._unknown.finditer(data):
            answers += super().feed(data[before : found.start()]) + self.flush()
            answers.append(Refused("unknown-command", found.group()))
            before = found.end()
        return answers + super().feed(data[before:])

    @property
    def _unknown(self) -> re.Pattern[bytes]:
        return _UNKNOWN_7 if self._settings.data_bits == 7 else _UNKNOWN


def decoder(settings: IndicatorSettings) -> CommandDecoder:
    framer = LineFramer(LONGEST, start=STX, ends=bytes((ETX,)), data_bits=settings.data_bits)
    return CommandDecoder(framer, parse, settings)


def parse(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer | None:
    """One frame, STX to ETX."""
    if len(shown) < SHORTEST:
        return Refused("length", raw)
    if shown[-3:-1] != _check(shown[1:-3]):
        return Refused("checksum", raw)
    address, command = shown[1:2], shown[2:3]
    if address != _known(settings).address.encode() or len(shown) == SHORTEST:
        return None  # another scale; a handshake; our own question, heard back
    if command not in WEIGHTS:
        expected = OTHERS.get(command, len(shown))
        return None if len(shown) == expected else Refused("length", raw)
    if len(shown) != ANSWERED:
        return Refused("length", raw)
    weight = _weight(shown[3:11], settings)
    if weight is None:
        return Refused("not-numeric", raw)
    return weighed(weight, raw, settings, unit=settings.unit, stable=None, net=command == NET)


def _weight(data: bytes, settings: IndicatorSettings) -> Decimal | None:
    if _POINTED.fullmatch(data):
        return decimal_of(data, settings)
    found = _DATA.fullmatch(data)
    if found is None:
        return None
    places = int(found.group(2)) if settings.decimals is None else settings.decimals
    return Decimal(int(found.group(1))).scaleb(-places)


def _known(settings: IndicatorSettings) -> CommandSettings:
    return settings if isinstance(settings, CommandSettings) else CommandSettings()


def _check(body: bytes) -> bytes:
    return b"%02X" % reduce(xor, body, 0)


def _framed(body: bytes) -> bytes:
    return bytes((STX,)) + body + _check(body) + bytes((ETX,))


def encode(shown: Shown) -> bytes:
    """The answer of address A to B (D for a net weight). ValueError when six digits cannot show it."""
    number = digits_of(shown, 6, most_decimals=MAX_DECIMALS)
    command = NET if shown.net else GROSS
    data = f"{'-' if number < 0 else '+'}{abs(number):06d}{shown.decimals}".encode("ascii")
    return _framed(b"A" + command + data)


def poll(settings: IndicatorSettings) -> bytes:
    """Send the gross weight, or the net one."""
    known = _known(settings)
    return _framed(known.address.encode() + (NET if known.ask_for == "net" else GROSS))
