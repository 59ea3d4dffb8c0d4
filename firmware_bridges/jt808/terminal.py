"""What a terminal says, for simulators: the same layouts the other way round."""

from __future__ import annotations

from collections.abc import Sequence

from firmware_bridges.jt808 import messages
from firmware_bridges.jt808.bodies import Authentication, Registration
from firmware_bridges.jt808.framing import sealed
from firmware_bridges.jt808.header import header_bytes
from firmware_bridges.jt808.text import padded

MOST_BODY = 1_000  # larger ones go in parts; the header could say 1,023


class TerminalVoice:
    """A terminal's side: counts its serials, writes in the layout of its `version`."""

    def __init__(self, terminal: str, version: int = 2013, serial: int = 0) -> None:
        self.terminal, self.version = terminal, version
        self._serial = serial

    def frames(self, number: int, body: bytes = b"") -> list[tuple[int, bytes]]:
        """(serial, frame) for each part; one part unless the body is too long."""
        pieces = [body[at : at + MOST_BODY] for at in range(0, len(body), MOST_BODY)] or [b""]
        made = []
        for index, piece in enumerate(pieces, 1):
            serial, self._serial = self._serial, self._serial + 1 & 0xFFFF
            part = (len(pieces), index) if len(pieces) > 1 else None
            head = header_bytes(
                number, len(piece), self.terminal, serial, version=self.version, part=part
            )
            made.append((serial, sealed(head + piece)))
        return made

    def registration(self, told: Registration) -> list[tuple[int, bytes]]:
        sizes = {2011: (5, 8, 7), 2013: (5, 20, 7), 2019: (11, 30, 30)}[told.layout]
        fields = (told.maker, told.model, told.device)
        body = told.province.to_bytes(2, "big") + told.city.to_bytes(2, "big")
        body += b"".join(padded(text, size) for text, size in zip(fields, sizes, strict=True))
        body += bytes((told.plate_colour,)) + told.plate.encode("gbk")
        return self.frames(messages.REGISTRATION, body)

    def authentication(self, told: Authentication) -> list[tuple[int, bytes]]:
        code = told.code.encode("gbk")
        if self.version != 2019:
            return self.frames(messages.AUTHENTICATION, code)
        tail = padded(told.imei or "", 15) + padded(told.software or "", 20)
        return self.frames(messages.AUTHENTICATION, bytes((len(code),)) + code + tail)

    def heartbeat(self) -> list[tuple[int, bytes]]:
        return self.frames(messages.HEARTBEAT)

    def logout(self) -> list[tuple[int, bytes]]:
        return self.frames(messages.LOGOUT)

    def location(self, body: bytes) -> list[tuple[int, bytes]]:
        """`body` as `location_bytes` makes it."""
        return self.frames(messages.LOCATION, body)

    def batch(self, bodies: Sequence[bytes], *, blind_spot: bool) -> list[tuple[int, bytes]]:
        listed = b"".join(len(one).to_bytes(2, "big") + one for one in bodies)
        body = len(bodies).to_bytes(2, "big") + bytes((int(blind_spot),)) + listed
        return self.frames(messages.BATCH, body)

    def general_reply(self, serial: int, number: int, result: int) -> list[tuple[int, bytes]]:
        body = serial.to_bytes(2, "big") + number.to_bytes(2, "big") + bytes((result,))
        return self.frames(messages.GENERAL_REPLY, body)
