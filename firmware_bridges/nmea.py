"""A satellite receiver's sentences: RMC and GGA of NMEA 0183, and what one second of them says.

Source: NMEA 0183 as quoted by receivers' manuals (u-blox M8 protocol specification UBX-13003221, chapter
31; SiRF NMEA reference manual 1050-0042): `$`, talker and formatter, fields parted by commas, `*` and the
XOR of what lies between as two hexadecimal digits, CR LF. Latitude is ddmm.mm, longitude dddmm.mm. The
standard's 82 characters are exceeded by receivers with more decimals. Sentences without a check sum are
refused: a wrong digit is another street.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import xor

from firmware_bridges.frames import BadFrame, Frame, Reason
from firmware_bridges.lines import LineFramer

LONGEST = 160
START = ord("$")
LEAST_FIELDS = 9  # RMC up to its date, GGA up to the altitude
NO_FIX, ESTIMATED, MANUAL, SIMULATED = 0, 6, 7, 8  # GGA, quality of the fix
NO_FIX_MODES = frozenset("NMS")  # RMC since 2.3: none, manual, simulator
ESTIMATED_MODE = "E"
CENTURY, PIVOT = (
    2000,
    1990,
)  # two digits of the year; a receiver of 1990 knows nothing later than 2089
KMH_PER_KNOT = 1.852
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Rmc:
    """Recommended minimum. `time_s` of the UTC day, `day` (year, month, day); degrees, None without a
    fix; `valid`: status A and no mode that says otherwise."""

    time_s: float | None
    valid: bool
    lat: float | None
    lon: float | None
    speed_kmh: float | None
    course_deg: float | None
    day: tuple[int, int, int] | None
    mode: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Gga:
    """Fix data. `quality` 0 = none, 1 satellites, 2 differential, 4 and 5 RTK, 6 reckoned; `hdop` without a
    unit; `altitude_m` above the sea."""

    time_s: float | None
    lat: float | None
    lon: float | None
    quality: int
    satellites: int | None
    hdop: float | None
    altitude_m: float | None
    raw: bytes


@dataclass(frozen=True, slots=True)
class OtherSentence:
    """Sound, and not about the place."""

    formatter: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class NmeaRefused:
    """Bytes that began like a sentence and are none that can be trusted."""

    reason: Reason
    raw: bytes


Sentence = Rmc | Gga | OtherSentence
Answer = Sentence | NmeaRefused


class NmeaDecoder:
    """Bytes in, sentences and refusals out; never raises, keeps less than one sentence."""

    def __init__(self) -> None:
        self._framer = LineFramer(LONGEST, start=START)

    def feed(self, data: bytes) -> list[Answer]:
        return [_answer(found) for found in self._framer.feed(data)]

    def flush(self) -> list[Answer]:
        return [_answer(found) for found in self._framer.flush()]


@dataclass(frozen=True, slots=True)
class Fix:
    """Everything said of one moment. `valid` False: the receiver does not know where it is, whatever
    coordinates it still sends. `reckoned`: carried on without satellites. `utc_ns` None: no date known."""

    valid: bool
    time_s: float | None = None
    utc_ns: int | None = None
    lat: float | None = None
    lon: float | None = None
    speed_kmh: float | None = None
    course_deg: float | None = None
    altitude_m: float | None = None
    hdop: float | None = None
    satellites: int | None = None
    reckoned: bool = False
    raw: bytes = b""


class Epochs:
    """Puts the sentences of one moment together. A moment is told as soon as it has what the one before
    had, and at the latest when the next begins; at most two sentences are kept."""

    def __init__(self) -> None:
        self._parts: list[Rmc | Gga] = []
        self._before: frozenset[type] = frozenset()
        self._told = False

    def take(self, sentence: Rmc | Gga) -> list[Fix]:
        """What is known now, in order; once in a receiver's life two at a time."""
        done = list[Fix]()
        if self._parts and self._is_next(sentence):
            done += [] if self._told else [fix_of(self._parts)]
            self._before = frozenset(map(type, self._parts))
            self._parts, self._told = [], False
        self._parts.append(sentence)
        complete = bool(self._before) and self._before <= frozenset(map(type, self._parts))
        if complete and not self._told:
            self._told = True
            done.append(fix_of(self._parts))
        return done

    def flush(self) -> list[Fix]:
        """The stream ended: what has not been told yet."""
        done = [] if self._told or not self._parts else [fix_of(self._parts)]
        self._parts = []
        return done

    def _is_next(self, sentence: Rmc | Gga) -> bool:
        """Without a time, as before the first fix, by the kind that comes again."""
        times = {one.time_s for one in self._parts}
        return sentence.time_s not in times or type(sentence) in map(type, self._parts)


def fix_of(parts: Sequence[Rmc | Gga]) -> Fix:
    """Of one moment; the later one's word counts where both have one."""
    rmc = next((one for one in reversed(parts) if isinstance(one, Rmc)), None)
    gga = next((one for one in reversed(parts) if isinstance(one, Gga)), None)
    placed: Rmc | Gga | None = gga if gga is not None and gga.lat is not None else rmc
    time_s = next((one.time_s for one in parts if one.time_s is not None), None)
    valid = placed is not None and placed.lat is not None
    if rmc is not None:
        valid = valid and rmc.valid
    if gga is not None:
        valid = valid and gga.quality not in (NO_FIX, MANUAL, SIMULATED)
    return Fix(
        valid=valid,
        time_s=time_s,
        utc_ns=_utc_ns(rmc.day, time_s) if rmc is not None else None,
        lat=placed.lat if placed else None,
        lon=placed.lon if placed else None,
        speed_kmh=rmc.speed_kmh if rmc else None,
        course_deg=rmc.course_deg if rmc else None,
        altitude_m=gga.altitude_m if gga else None,
        hdop=gga.hdop if gga else None,
        satellites=gga.satellites if gga else None,
        reckoned=bool((gga and gga.quality == ESTIMATED) or (rmc and rmc.mode == ESTIMATED_MODE)),
        raw=b"".join(one.raw for one in parts),
    )


def checksum(body: bytes) -> int:
    """XOR of all bytes between `$` and `*`."""
    return reduce(xor, body, 0)


def encode(body: str) -> bytes:
    """A whole sentence, for simulators: `body` is what stands between `$` and `*`. ValueError for what no
    sentence can hold."""
    content = body.encode("ascii")
    if any(byte < 0x20 or byte > 0x7E or byte in b"$*!\\" for byte in content):
        raise ValueError(f"printable ASCII without $ * ! \\, got {body!r}")
    return b"$" + content + b"*%02X\r\n" % checksum(content)


def rmc_body(
    utc: datetime, lat: float, lon: float, *, valid: bool, speed_kmh: float = 0.0,
    course_deg: float = 0.0, talker: str = "GN",
) -> str:  # fmt: skip
    """Between `$` and `*`, for simulators; without a fix the fields stay empty, as receivers do."""
    place = f"{_degrees(lat, 2)},{'NS'[lat < 0]},{_degrees(lon, 3)},{'EW'[lon < 0]}"
    motion = f"{speed_kmh / KMH_PER_KNOT:.3f},{course_deg % 360:.2f}"
    fields = (
        _clock(utc), "A" if valid else "V", place if valid else ",,,", motion if valid else ",",
        f"{utc:%d%m%y}", "", "", "A" if valid else "N",
    )  # fmt: skip
    return f"{talker}RMC,{','.join(fields)}"


def gga_body(
    utc: datetime, lat: float, lon: float, *, valid: bool, satellites: int = 12,
    hdop: float = 0.8, altitude_m: float = 20.0, talker: str = "GN",
) -> str:  # fmt: skip
    """Between `$` and `*`, for simulators."""
    if not valid:
        return f"{talker}GGA,{_clock(utc)},,,,,0,00,99.99,,,,,,"
    place = f"{_degrees(lat, 2)},{'NS'[lat < 0]},{_degrees(lon, 3)},{'EW'[lon < 0]}"
    rest = f"1,{satellites:02d},{hdop:.2f},{altitude_m:.1f},M,-5.0,M,,"
    return f"{talker}GGA,{_clock(utc)},{place},{rest}"


def _answer(found: Frame | BadFrame) -> Answer:
    if isinstance(found, BadFrame):
        return NmeaRefused(found.reason, found.raw)
    raw = found.raw
    body, star, check = raw[1:].rstrip(b"\r\n").rpartition(b"*")
    if not star or len(check) != 2:
        return NmeaRefused("length", raw)
    if check.upper() != b"%02X" % checksum(body):
        return NmeaRefused("checksum", raw)
    name, *fields = body.decode("ascii", "replace").split(",")
    if name[2:] in ("RMC", "GGA") and len(fields) < LEAST_FIELDS:
        return NmeaRefused("length", raw)
    try:
        if name[2:] == "RMC":
            return _rmc(fields, raw)
        if name[2:] == "GGA":
            return _gga(fields, raw)
    except ValueError:
        return NmeaRefused("not-numeric", raw)
    return OtherSentence(name[2:] if not name.startswith("P") else name, raw)


def _rmc(fields: Sequence[str], raw: bytes) -> Rmc:
    """time, status, lat, N/S, lon, E/W, knots, course, ddmmyy, variation, E/W[, mode[, status]]"""
    lat, lon = _place(fields[2:6])
    mode = fields[11] if len(fields) > 11 else ""
    knots = _number(fields[6])
    return Rmc(
        time_s=_time_s(fields[0]),
        valid=fields[1] == "A" and mode not in NO_FIX_MODES,
        lat=lat,
        lon=lon,
        speed_kmh=None if knots is None else knots * KMH_PER_KNOT,
        course_deg=_number(fields[7]),
        day=_day(fields[8]),
        mode=mode,
        raw=raw,
    )


def _gga(fields: Sequence[str], raw: bytes) -> Gga:
    """time, lat, N/S, lon, E/W, quality, satellites, HDOP, altitude, M, ..."""
    lat, lon = _place(fields[1:5])
    satellites, altitude = _number(fields[6]), _number(fields[8])
    return Gga(
        time_s=_time_s(fields[0]),
        lat=lat,
        lon=lon,
        quality=int(_number(fields[5]) or 0),
        satellites=None if satellites is None else int(satellites),
        hdop=_number(fields[7]),
        altitude_m=altitude,
        raw=raw,
    )


def _number(text: str) -> float | None:
    """None for an empty field; ValueError for anything but digits with at most a sign and a point."""
    if not text:
        return None
    if not set(text) <= set("0123456789.-"):
        raise ValueError(text)
    return float(text)


def _place(fields: Sequence[str]) -> tuple[float | None, float | None]:
    """(lat, lon); both None where a field is empty. ValueError for what is no place on earth."""
    lat, north, lon, east = fields
    if not (lat and north and lon and east):
        return None, None
    if north not in "NS" or east not in "EW":
        raise ValueError(fields)
    found = (
        _angle(lat, 2) * (-1 if north == "S" else 1),
        _angle(lon, 3) * (-1 if east == "W" else 1),
    )
    if abs(found[0]) > 90 or abs(found[1]) > 180:
        raise ValueError(fields)
    return found


def _angle(text: str, digits: int) -> float:
    degrees, minutes = text[:digits], _number(text[digits:])
    if not (degrees.isascii() and degrees.isdigit()) or minutes is None or not 0 <= minutes < 60:
        raise ValueError(text)
    return int(degrees) + minutes / 60


def _time_s(text: str) -> float | None:
    """hhmmss[.ss]; 60 is a leap second."""
    if not text:
        return None
    if not (text[:6].isascii() and text[:6].isdigit()):
        raise ValueError(text)
    hours, minutes, seconds = int(text[:2]), int(text[2:4]), _number(text[4:])
    if seconds is None or hours > 23 or minutes > 59 or not 0 <= seconds < 61:
        raise ValueError(text)
    return hours * 3600 + minutes * 60 + seconds


def _day(text: str) -> tuple[int, int, int] | None:
    if not text:
        return None
    if len(text) != 6 or not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    year = CENTURY + int(text[4:])
    year -= 100 if year >= PIVOT + 100 else 0
    datetime(year, int(text[2:4]), int(text[:2]), tzinfo=UTC)  # ValueError for the 31st of February
    return year, int(text[2:4]), int(text[:2])


def _utc_ns(day: tuple[int, int, int] | None, time_s: float | None) -> int | None:
    if day is None or time_s is None:
        return None
    since = datetime(*day, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(microseconds=1) * 1000 + round(time_s * 1e9)


def _clock(utc: datetime) -> str:
    return f"{utc:%H%M%S}.{utc.microsecond // 1000:03d}"


def _degrees(angle: float, digits: int) -> str:
    """ddmm.mmmmm; rounded before it is parted, so that there are never 60 minutes."""
    total = round(abs(angle) * 60, 5)
    return f"{int(total // 60):0{digits}d}{total % 60:08.5f}"
