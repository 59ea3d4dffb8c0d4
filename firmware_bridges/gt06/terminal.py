"""What a GT06 terminal says, for simulators."""

from __future__ import annotations

import struct

from firmware_bridges.gt06.framing import packet
from firmware_bridges.gt06.packets import ALARM_NAMES, HEARTBEAT, LOGIN

_GPS = struct.Struct(">6sBIIBH")
_DEGREE = 1_800_000


class Gt06Voice:
    """A terminal's side: counts its serials. `imei`: up to 16 digits."""

    def __init__(self, imei: str, serial: int = 0) -> None:
        self.imei = imei.rjust(16, "0")
        self._serial = serial

    def say(self, kind: int, content: bytes, *, long: bool = False) -> tuple[int, bytes]:
        """(serial, packet)."""
        self._serial = self._serial + 1 & 0xFFFF
        return self._serial, packet(kind, content, self._serial, long=long)

    def login(self) -> tuple[int, bytes]:
        return self.say(LOGIN, bytes.fromhex(self.imei))

    def heartbeat(self, *, voltage: int = 6, gsm: int = 4, info: int = 0x44) -> tuple[int, bytes]:
        return self.say(HEARTBEAT, bytes((info, voltage, gsm, 0, 1)))

    def location(self, content: bytes) -> tuple[int, bytes]:
        """`content` as `gps_bytes` makes it."""
        return self.say(0x12, content + bytes.fromhex("01cc00287d001f71"))

    def alarm(self, content: bytes, name: str) -> tuple[int, bytes]:
        code = next(number for number, known in ALARM_NAMES.items() if known == name)
        return self.say(
            0x16, content + bytes.fromhex("0901cc00287d001f71") + bytes((0x44, 6, 4, code, 1))
        )


def gps_bytes(
    *,
    time: tuple[int, int, int, int, int, int],
    lat: float,
    lon: float,
    speed_kmh: int,
    course_deg: int,
    fix: bool,
    live: bool,
    satellites: int,
) -> bytes:
    """18 bytes; `time` as year after 2000, month, day, hour, minute, second of the terminal's clock."""
    course = course_deg % 360 | (0x0400 if lat >= 0 else 0) | (0x0800 if lon < 0 else 0)
    course |= (0x1000 if fix else 0) | (0 if live else 0x2000)
    return _GPS.pack(
        bytes(time),
        0xC0 | min(satellites, 15),
        round(abs(lat) * _DEGREE),
        round(abs(lon) * _DEGREE),
        min(speed_kmh, 255),
        course,
    )
