"""What the platform says to a terminal, in the layout the terminal itself uses.

Source: JT/T 808-2013 and -2019, chapter 8. `header` is that of the message answered, `serial` ours.
"""

from __future__ import annotations

from collections.abc import Sequence

from firmware_bridges.jt808.framing import sealed
from firmware_bridges.jt808.header import LENGTH, Header, header_bytes

OK, FAILED, WRONG, UNSUPPORTED, ALARM_HANDLED = range(5)
REGISTERED, CAR_KNOWN, NO_CAR, TERMINAL_KNOWN, NO_TERMINAL = range(5)
URGENT, ON_DISPLAY, TTS, ON_ADVERTISEMENT = 0x01, 0x04, 0x08, 0x10


def message_to(header: Header, number: int, body: bytes, serial: int) -> bytes:
    """Any message to the terminal that sent `header`."""
    head = header_bytes(
        number,
        len(body),
        header.terminal_as_sent,
        serial,
        version=header.version,
        protocol=header.protocol if header.protocol is not None else 1,
    )
    return sealed(head + body)


def general_reply(header: Header, result: int, serial: int) -> bytes:
    """0x8001."""
    body = header.serial.to_bytes(2, "big") + header.id.to_bytes(2, "big") + bytes((result,))
    return message_to(header, 0x8001, body, serial)


def registration_reply(header: Header, result: int, serial: int, code: str = "") -> bytes:
    """0x8100; the code only with result 0."""
    body = header.serial.to_bytes(2, "big") + bytes((result,))
    return message_to(
        header, 0x8100, body + (b"" if result else code.encode("gbk", "replace")), serial
    )


def resend_request(header: Header, first: int, indexes: Sequence[int], serial: int) -> bytes:
    """0x8003, for as many as fit one message. The count is a BYTE in 2013 and a WORD in 2019."""
    indexes = indexes[: 255 if header.version == 2019 else 127]
    count = len(indexes).to_bytes(2 if header.version == 2019 else 1, "big")
    listed = b"".join(index.to_bytes(2, "big") for index in indexes)
    return message_to(header, 0x8003, first.to_bytes(2, "big") + count + listed, serial)


def text_message(header: Header, text: str, serial: int, *, flags: int = TTS) -> bytes:
    """0x8300. 2019 adds the kind of text (1 = notice). ValueError when it is too long."""
    data = text.encode("gbk", "replace")
    before = bytes((flags, 1)) if header.version == 2019 else bytes((flags,))
    most = LENGTH - len(before)
    if len(data) > most:
        raise ValueError(f"a text of at most {most} bytes in GBK, not {len(data)}")
    return message_to(header, 0x8300, before + data, serial)


def time_reply(header: Header, bcd_utc: bytes, serial: int) -> bytes:
    """0x8004 (2019): the platform's time in UTC."""
    return message_to(header, 0x8004, bcd_utc, serial)


def location_query(header: Header, serial: int) -> bytes:
    """0x8201."""
    return message_to(header, 0x8201, b"", serial)
