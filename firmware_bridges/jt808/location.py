"""The body of 0x0200: 28 bytes, then items. The 28 bytes survive any bad item.

    alarm DWORD | status DWORD | latitude DWORD 1e-6° | longitude DWORD | altitude WORD m |
    speed WORD 0.1 km/h | direction WORD ° | time BCD[6] local | {id BYTE, length BYTE, value}*

Source: JT/T 808-2013 8.18, JT/T 808-2019 8.12.
"""

from __future__ import annotations

import struct
from calendar import timegm
from typing import NamedTuple

from firmware_bridges.jt808.bits import alarm_names, load_of, status_names

SIZE = 28
GMT8_S = 8 * 3600
_FIXED = struct.Struct(">IIIIHHH6s")
_MICRO = 1e-6
_MOST_LAT, _MOST_LON = 90_000_000, 180_000_000
_FIX, _SOUTH, _WEST = 2, 4, 8
# A digit pair above 9 makes the whole number larger than any calendar's.
_BCD = tuple(
    (byte >> 4) * 10 + (byte & 15) if byte >> 4 < 10 and byte & 15 < 10 else 255
    for byte in range(256)
)
Item = tuple[int, bytes]


class Location(NamedTuple):
    """`items` in their order; `rest`: bytes behind the last whole item, not understood."""

    alarm: int
    status: int
    raw_lat: int
    raw_lon: int
    altitude_m: int
    speed_tenths: int
    course_deg: int
    time: bytes
    items: tuple[Item, ...]
    rest: bytes

    @property
    def fix(self) -> bool:
        return bool(self.status & _FIX)

    @property
    def lat(self) -> float | None:
        """Degrees, south negative; None when there is no such latitude."""
        if self.raw_lat > _MOST_LAT:
            return None
        value = round(self.raw_lat * _MICRO, 6)
        return -value if self.status & _SOUTH else value

    @property
    def lon(self) -> float | None:
        """Degrees, west negative; None when there is no such longitude."""
        if self.raw_lon > _MOST_LON:
            return None
        value = round(self.raw_lon * _MICRO, 6)
        return -value if self.status & _WEST else value

    @property
    def speed_kmh(self) -> float:
        return self.speed_tenths / 10

    @property
    def alarms(self) -> list[str]:
        return alarm_names(self.alarm)

    @property
    def states(self) -> list[str]:
        return status_names(self.status)

    @property
    def load(self) -> str:
        return load_of(self.status)

    @property
    def raw(self) -> bytes:
        """The bytes it was read from."""
        listed = b"".join(bytes((number, len(value))) + value for number, value in self.items)
        return _FIXED.pack(*self[:8]) + listed + self.rest

    def utc_s(self, zone_s: int = GMT8_S) -> int | None:
        """Seconds since 1970 for a terminal whose clock runs `zone_s` ahead of UTC; None when the
        six bytes are no time."""
        return utc_s(self.time, zone_s)


def parse_location(body: bytes) -> Location | None:
    """None when shorter than its fixed part."""
    if len(body) < SIZE:
        return None
    items: list[Item] = []
    at, end = SIZE, len(body)
    while at + 2 <= end:
        stop = at + 2 + body[at + 1]
        if stop > end:
            break
        items.append((body[at], body[at + 2 : stop]))
        at = stop
    # tuple.__new__ spares the generated constructor a second unpacking of ten arguments
    return tuple.__new__(Location, (*_FIXED.unpack_from(body), tuple(items), body[at:]))


_days: dict[bytes, int] = {}  # at most one entry for each valid date of a century


def utc_s(bcd: bytes, zone_s: int = GMT8_S) -> int | None:
    """YYMMDDhhmmss of this century as seconds since 1970; None when it is no time."""
    hour, minute, second = _BCD[bcd[3]], _BCD[bcd[4]], _BCD[bcd[5]]
    if hour > 23 or minute > 59 or second > 59:
        return None
    day = bcd[:3]
    start = _days.get(day)
    if start is None:
        start = _day(day)
        if start is None:
            return None
        _days[day] = start
    return start + hour * 3600 + minute * 60 + second - zone_s


def _day(bcd: bytes) -> int | None:
    year, month, day = (_BCD[byte] for byte in bcd)
    if year > 99 or not 1 <= month <= 12:
        return None
    leap = year % 4 == 0  # 2000 to 2099
    longest = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
    if not 1 <= day <= longest:
        return None
    return timegm((2000 + year, month, day, 0, 0, 0))


def bcd_time(utc: int, zone_s: int = GMT8_S) -> bytes:
    """For simulators: the six bytes of a moment."""
    days, rest = divmod(utc + zone_s, 86_400)
    year, month, day = _civil(days)
    parts = (year % 100, month, day, rest // 3600, rest // 60 % 60, rest % 60)
    return bytes(part // 10 << 4 | part % 10 for part in parts)


def _civil(days: int) -> tuple[int, int, int]:
    """Days since 1970 as a date (Gregorian, by eras of 400 years from a first of March)."""
    days += 719_468
    era, day_of_era = divmod(days, 146_097)
    year = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    return year + era * 400 + (month <= 2), month, day


def location_bytes(
    *,
    alarm: int,
    status: int,
    lat: float,
    lon: float,
    altitude_m: int,
    speed_kmh: float,
    course_deg: int,
    time: bytes,
    items: tuple[Item, ...] = (),
) -> bytes:
    """The body for simulators; hemispheres go into the status."""
    status |= (_SOUTH if lat < 0 else 0) | (_WEST if lon < 0 else 0)
    fixed = _FIXED.pack(
        alarm,
        status,
        round(abs(lat) * 1e6),
        round(abs(lon) * 1e6),
        altitude_m,
        round(speed_kmh * 10),
        course_deg,
        time,
    )
    return fixed + b"".join(bytes((number, len(value))) + value for number, value in items)
