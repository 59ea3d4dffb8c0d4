"""The header of a JT/T 808 message; its version is told message by message (bit 14).

    2011/2013   id WORD | properties WORD | phone BCD[6]  | serial WORD | [total WORD, index WORD]
    2019        id WORD | properties WORD | version BYTE | phone BCD[10] | serial WORD | [...]

Properties: bits 0-9 length of the body, 10-12 encryption, 13 sub-packets, 14 = 2019 layout.
Source: JT/T 808-2013 4.4.3, JT/T 808-2019 4.4.3.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

_OLD = struct.Struct(">HH6sH")
_NEW = struct.Struct(">HHB10sH")
_PART = struct.Struct(">HH")
LENGTH, ENCRYPTION, PARTS, NEW = 0x03FF, 0x1C00, 0x2000, 0x4000
OLD_DIGITS, NEW_DIGITS = 12, 20


class Header(NamedTuple):
    """`terminal_as_sent`: all its digits (a terminal that packs its IMEI there sends hex digits);
    `terminal` without leading zeros. `parts` and `part` are 1 for a message in one piece."""

    id: int
    length: int
    encrypted: bool
    version: int
    protocol: int | None
    terminal_as_sent: str
    serial: int
    parts: int
    part: int

    @property
    def terminal(self) -> str:
        return self.terminal_as_sent.lstrip("0") or "0"


def parse_header(data: bytes) -> tuple[Header, int] | None:
    """The header and where the body begins; None when `data` is too short for it."""
    if len(data) < _OLD.size:
        return None
    properties = data[2] << 8 | data[3]
    protocol: int | None = None
    if properties & NEW:
        if len(data) < _NEW.size:
            return None
        number, _, protocol, phone, serial = _NEW.unpack_from(data)
        at = _NEW.size
    else:
        number, _, phone, serial = _OLD.unpack_from(data)
        at = _OLD.size
    total = index = 1
    if properties & PARTS:
        if len(data) < at + _PART.size:
            return None
        total, index = _PART.unpack_from(data, at)
        at += _PART.size
    return (
        Header(
            number,
            properties & LENGTH,
            bool(properties & ENCRYPTION),
            2019 if properties & NEW else 2013,
            protocol,
            phone.hex(),
            serial,
            total,
            index,
        ),
        at,
    )


def header_bytes(
    number: int,
    length: int,
    terminal: str,
    serial: int,
    *,
    version: int,
    part: tuple[int, int] | None = None,
    protocol: int = 1,
) -> bytes:
    """The header as sent; ValueError when the terminal's number does not fit. `part`: (total, index)."""
    digits = NEW_DIGITS if version == 2019 else OLD_DIGITS
    if len(terminal) > digits or length > LENGTH:
        raise ValueError(
            f"terminal {terminal!r} or length {length} does not fit a {version} header"
        )
    phone = bytes.fromhex(terminal.rjust(digits, "0"))
    properties = length | (PARTS if part else 0) | (NEW if version == 2019 else 0)
    if version == 2019:
        head = _NEW.pack(number, properties, protocol, phone, serial)
    else:
        head = _OLD.pack(number, properties, phone, serial)
    return head + (_PART.pack(*part) if part else b"")
