"""One GT06 packet understood.

Two steps, because login and heartbeat must be acknowledged within 5 s whatever their content is:
`parse` gives type and serial (enough for `ack`), `understand` the content. Sources: Concox GT06
protocol 1.8 chapter 5, JM-VL03 protocol 1.1.2, captures in traccar's Gt06ProtocolDecoderTest.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

from firmware_bridges.gt06.framing import BadFrame, Frame, Reason, packet
from firmware_bridges.gt06.radio import (
    Cell,
    Neighbours,
    cell_4g_of,
    cell_of,
    cells_of,
    utc_s,
    wifi_of,
)

LOGIN, HEARTBEAT, HEARTBEAT_LONG, TIME_REQUEST = 0x01, 0x13, 0x23, 0x8A
TEXT_REPLY, LONG_TEXT, COMMAND, INFORMATION = 0x15, 0x21, 0x80, 0x94
GPS = 0x10
LOCATIONS = frozenset((0x10, 0x11, 0x12, 0x1F, 0x22, 0x2D, 0x31, 0x32, 0x37, 0x38, 0xA0))
ALARMS = frozenset((0x16, 0x26, 0x27, 0x19, 0x95, 0xA4))
CELLS = frozenset((0x18, 0x24, 0x28, 0x2C, 0xA1))
_NO_GPS = frozenset((0x19, 0x95))
_GPS = struct.Struct(">6sBIIBH")
_DEGREE = 1_800_000  # 1/30,000 of a minute
_NORTH, _WEST, _FIXED, _STORED = 0x0400, 0x0800, 0x1000, 0x2000
ALARM_NAMES = {
    0x01: "sos",
    0x02: "power-cut",
    0x03: "vibration",
    0x04: "fence-entered",
    0x05: "fence-left",
    0x06: "overspeed",
    0x09: "displacement",
    0x0E: "low-battery",
    0x0F: "low-battery-protection",
    0x13: "removed",
    0x14: "door",
    0x19: "low-battery",
}

INFO_ALARMS = {1: "vibration", 2: "power-cut", 3: "low-battery", 4: "sos", 7: "removed"}


class Packet(NamedTuple):
    """`serial` None and `content` from the time on for Wi-Fi packets. `lenient`: its CRC was wrong."""

    type: int
    serial: int | None
    content: bytes
    long: bool
    raw: bytes
    lenient: bool = False

    @property
    def name(self) -> str:
        return name_of(self.type)


class Refused(NamedTuple):
    reason: Reason
    raw: bytes


class Login(NamedTuple):
    """`imei` as sent: 16 digits, the first a 0. `zone_s` where the terminal tells it."""

    imei: str
    model: str | None
    zone_s: int | None

    @property
    def terminal(self) -> str:
        return self.imei.lstrip("0") or "0"


class Fix(NamedTuple):
    """`utc_s` with the zone it was read by; None when it is no time. `live` False: from memory."""

    utc_s: int | None
    lat: float | None
    lon: float | None
    speed_kmh: int
    course_deg: int
    fix: bool
    live: bool
    satellites: int


class Status(NamedTuple):
    """`voltage`: battery, 0 (empty) to 6 (full), per cent in some models; `volts` where measured."""

    info: int
    voltage: int | None
    volts: float | None
    gsm: int
    alarm: int

    @property
    def alarm_name(self) -> str | None:
        """From its own byte, else from bits 3-5 of the terminal information."""
        if self.alarm:
            return ALARM_NAMES.get(self.alarm, f"alarm-{self.alarm:02X}")
        return INFO_ALARMS.get(self.info >> 3 & 7)

    @property
    def charging(self) -> bool:
        return bool(self.info & 0x04)

    @property
    def acc_on(self) -> bool:
        return bool(self.info & 0x02)


class Located(NamedTuple):
    """A location or an alarm. `rest`: what follows and is not read."""

    fix: Fix | None
    cell: Cell | None
    status: Status | None
    rest: bytes


class Text(NamedTuple):
    text: str


class Information(NamedTuple):
    """0x94 by its subtype: `volts` (00), `imei`, `imsi`, `iccid` (0A); `data` of all others."""

    subtype: int
    volts: float | None
    imei: str | None
    imsi: str | None
    iccid: str | None
    data: bytes


class Unknown(NamedTuple):
    data: bytes


Body = Login | Located | Status | Neighbours | Text | Information | Unknown


def name_of(kind: int) -> str:
    fixed = {
        LOGIN: "login",
        HEARTBEAT: "heartbeat",
        HEARTBEAT_LONG: "heartbeat",
        TIME_REQUEST: "time-request",
        TEXT_REPLY: "text",
        LONG_TEXT: "text",
        COMMAND: "command",
        INFORMATION: "information",
        0x17: "wifi",
        0x69: "wifi",
    }
    if kind in fixed:
        return fixed[kind]
    if kind in LOCATIONS:
        return "location"
    if kind in ALARMS:
        return "alarm"
    return "lbs" if kind in CELLS else "unknown"


def parse(frame: Frame | BadFrame, *, lenient: bool = False) -> Packet | Refused:
    """With `lenient` a wrong CRC is overlooked, and said."""
    if isinstance(frame, BadFrame):
        return Refused(frame.reason, frame.raw)
    if not frame.checked and not lenient:
        return Refused("checksum", frame.raw)
    raw, at = frame.raw, frame.head
    if frame.wifi:
        return Packet(raw[at], None, raw[2:3] + raw[at + 1 : -2], long=False, raw=raw)
    serial = raw[-6] << 8 | raw[-5]
    return Packet(raw[at], serial, raw[at + 1 : -6], at == 4, raw, not frame.checked)


def ack(found: Packet) -> bytes:
    """The answer to a login, a heartbeat or an alarm: same type, same serial, nothing else."""
    return packet(found.type, b"", found.serial or 0)


def time_reply(found: Packet, utc: tuple[int, int, int, int, int, int]) -> bytes:
    """The answer to 0x8A: year after 2000, month, day, hour, minute, second, in UTC."""
    return packet(TIME_REQUEST, bytes(utc), found.serial or 0)


def command(text: str, serial: int, flag: int = 0) -> bytes:
    """0x80: an order in the terminal's own words."""
    data = flag.to_bytes(4, "big") + text.encode("ascii", "replace")
    return packet(COMMAND, bytes((len(data),)) + data + b"\x00\x02", serial)


def understand(found: Packet, zone_s: int = 0) -> Body | None:
    """None when the content is too short for its type."""
    kind, data = found.type, found.content
    if found.serial is None:
        return wifi_of(data, zone_s)
    if kind in LOCATIONS:
        return _location(kind, data, zone_s)
    if kind in ALARMS:
        return _alarm(kind, data, zone_s)
    if kind in CELLS and kind != 0xA1:
        return cells_of(data, zone_s)
    return _PLAIN.get(kind, Unknown)(data)


def _login(data: bytes) -> Login | None:
    if len(data) < 8:
        return None
    model = data[8:10].hex() if len(data) >= 12 else None
    zone_s = None
    if len(data) >= 12:
        word = data[10] << 8 | data[11]
        hours, minutes = divmod(word >> 4, 100)
        zone_s = (hours * 3600 + minutes * 60) * (-1 if word & 8 else 1)
        if hours > 14 or minutes > 59:
            zone_s = None
    return Login(data[:8].hex(), model, zone_s)


def gps(data: bytes, zone_s: int) -> Fix | None:
    """18 bytes: time, length and satellites, latitude, longitude, speed, course with its flags."""
    if len(data) < _GPS.size:
        return None
    time, sky, lat, lon, speed, course = _GPS.unpack_from(data)
    south, west = not course & _NORTH, bool(course & _WEST)
    return Fix(
        utc_s(time, zone_s),
        _degrees(lat, 90, negative=south),
        _degrees(lon, 180, negative=west),
        speed,
        course & 0x03FF,
        bool(course & _FIXED),
        not course & _STORED,
        sky & 0x0F,
    )


def _degrees(raw: int, most: int, *, negative: bool) -> float | None:
    if raw > most * _DEGREE:
        return None
    value = round(raw / _DEGREE, 6)
    return -value if negative else value


def _location(kind: int, data: bytes, zone_s: int) -> Located | None:
    fix = gps(data, zone_s)
    if fix is None:
        return None
    rest = data[_GPS.size :]
    if kind == GPS:
        return Located(fix, None, None, rest)
    if kind == 0xA0:
        cell, size = cell_4g_of(rest)
        return Located(fix, cell, None, rest[size:])
    cell = cell_of(rest)
    return Located(fix, cell, None, rest[8:] if cell else rest)


def _alarm(kind: int, data: bytes, zone_s: int) -> Located | None:
    fix, rest = None, data
    if kind not in _NO_GPS:
        fix = gps(data, zone_s)
        if fix is None:
            return None
        rest = data[_GPS.size :]
    if kind == 0x95:
        return Located(None, None, None, data)
    if kind == 0x19:
        return Located(None, cell_of(rest), _status(rest[8:]), b"")
    size = rest[0] if rest else 0  # of the cell part, itself included
    if not size or size > len(rest):
        return Located(fix, None, None, rest)
    cell = cell_of(rest[1:size]) if kind != 0xA4 else cell_4g_of(rest[1:size])[0]
    return Located(fix, cell, _status(rest[size:]), rest[size + 5 :])


def _status(data: bytes) -> Status | None:
    if len(data) < 4:
        return None
    return Status(data[0], data[1], None, data[2], data[3])


def _long_status(data: bytes) -> Status | None:
    if len(data) < 5:
        return None
    return Status(data[0], None, (data[1] << 8 | data[2]) / 100, data[3], data[4])


def _text(data: bytes) -> Text | None:
    """0x15: length, server flag 4, text, language 2."""
    if len(data) < 5:
        return None
    return Text(data[5 : 1 + data[0]].decode("ascii", "replace").rstrip("\x00"))


def _long_text(data: bytes) -> Text | None:
    """0x21: server flag 4, coding (1 ASCII, 2 UTF-16), text."""
    if len(data) < 5:
        return None
    return Text(data[5:].decode("utf-16-be" if data[4] == 2 else "ascii", "replace"))


def _information(data: bytes) -> Information | None:
    if not data:
        return None
    kind, rest = data[0], data[1:]
    if kind == 0 and len(rest) >= 2:
        return Information(kind, (rest[0] << 8 | rest[1]) / 100, None, None, None, rest)
    if kind == 0x0A and len(rest) >= 26:
        numbers = rest[:8].hex(), rest[8:16].hex(), rest[16:26].hex()
        return Information(kind, None, *numbers, rest)
    return Information(kind, None, None, None, None, rest)


_PLAIN: dict[int, Callable[[bytes], Body | None]] = {
    LOGIN: _login,
    HEARTBEAT: _status,
    HEARTBEAT_LONG: _long_status,
    TEXT_REPLY: _text,
    LONG_TEXT: _long_text,
    INFORMATION: _information,
}
