"""Positions that badges and phones publish as JSON: one object, or an array of them, per message.

There is no standard. What a field is called is a setting (`BadgeFields`, dotted names reach inside);
the defaults are those of many makers, and `OWNTRACKS` are those of the OwnTracks booklet
(owntracks.org/booklet/tech/json, `_type=location`). Numbers may come as text. A field that is missing
or makes no sense is None; an object without a name and without any position, time or alarm is refused.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

MAX_BYTES = 64 * 1024
MAX_REPORTS = 500
# Seconds since 1970 reach this in the year 5138, milliseconds passed it in 1973.
_MILLISECONDS_FROM = 10**11
_LATEST_S = 4_102_444_800  # 2100-01-01: later is no time of a badge
_YES = ("1", "true", "yes", "on", "y")
_LEVEL = re.compile(r"[^+#/{}\x00]{1,64}")
_NAME = re.compile(r"[!-~]{1,64}")

Reason = Literal["too-long", "not-json", "shape", "topic", "no-name", "empty"]


@dataclass(frozen=True, slots=True)
class BadgeFields:
    """Where things are in an object; empty = it is not sent. `fix`: true or at least 1 when the
    position is valid. `speed` times `speed_factor` is km/h (3.6 for m/s)."""

    terminal: str = "id"
    latitude: str = "lat"
    longitude: str = "lon"
    time: str = "time"
    accuracy_m: str = "accuracy"
    battery: str = "battery"
    speed: str = "speed"
    speed_factor: float = 1.0
    course_deg: str = "course"
    altitude_m: str = "altitude"
    fix: str = "fix"
    sos: str = "sos"


OWNTRACKS = BadgeFields(
    terminal="",
    time="tst",
    accuracy_m="acc",
    battery="batt",
    speed="vel",
    course_deg="cog",
    altitude_m="alt",
    fix="",
    sos="",
)


@dataclass(frozen=True, slots=True)
class BadgeReport:
    """`battery` in percent. `at_ns` UTC."""

    terminal: str
    at_ns: int | None
    lon: float | None
    lat: float | None
    accuracy_m: float | None = None
    battery: float | None = None
    speed_kmh: float | None = None
    course_deg: float | None = None
    altitude_m: float | None = None
    fix: bool | None = None
    sos: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A message, or one object of it, that says nothing about a badge."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class TopicPattern:
    """`badges/{id}/position`: `{id}` is a level that names the badge, `+` any level."""

    levels: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> TopicPattern:
        """ValueError says what was expected."""
        levels = tuple(text.split("/"))
        known = all(one in ("{id}", "+") or _LEVEL.fullmatch(one) for one in levels)
        if not known or levels.count("{id}") > 1:
            raise ValueError('levels with at most one {id}, such as "badges/{id}/position"')
        return cls(levels)

    @property
    def subscription(self) -> str:
        return "/".join("+" if one == "{id}" else one for one in self.levels)

    def names(self, topic: str) -> str | None:
        """What stands at `{id}`, empty when the pattern has none; None for another topic."""
        levels = topic.split("/")
        if len(levels) != len(self.levels):
            return None
        found = ""
        for wanted, level in zip(self.levels, levels, strict=True):
            if wanted == "{id}":
                found = level
            elif wanted not in ("+", level):
                return None
        return found


def parse_badges(
    payload: bytes,
    named: str,
    fields: BadgeFields = BadgeFields(),
    *,
    utc_offset_h: float | None = None,
) -> list[BadgeReport | Refused]:
    """Everything one message says. `named`: the badge's name in the topic, empty when it has none.
    `utc_offset_h`: where times without a zone are written; None = such times are none."""
    if len(payload) > MAX_BYTES:
        return [Refused("too-long")]
    try:
        said = json.loads(payload, parse_constant=_no_constant)
    except (ValueError, RecursionError):  # also bytes that are no UTF-8, numbers of 5,000 digits
        return [Refused("not-json")]
    objects = said if isinstance(said, list) else [said]
    if len(objects) > MAX_REPORTS:
        return [Refused("too-long")]
    return [_report(one, named, fields, utc_offset_h) for one in objects]


def _report(
    said: object, named: str, fields: BadgeFields, utc_offset_h: float | None
) -> BadgeReport | Refused:
    if not isinstance(said, dict):
        return Refused("shape")
    terminal = _terminal(said, named, fields)
    if terminal is None:
        return Refused("no-name")
    lat = _number(said, fields.latitude, -90, 90)
    lon = _number(said, fields.longitude, -180, 180)
    placed = lat is not None and lon is not None
    speed = _number(said, fields.speed, 0, 10_000)
    report = BadgeReport(
        terminal=terminal,
        at_ns=_time(_at(said, fields.time), utc_offset_h),
        lon=lon if placed else None,
        lat=lat if placed else None,
        accuracy_m=_number(said, fields.accuracy_m, 0, 1_000_000),
        battery=_number(said, fields.battery, 0, 100),
        speed_kmh=None if speed is None else speed * fields.speed_factor,
        course_deg=_number(said, fields.course_deg, 0, 360),
        altitude_m=_number(said, fields.altitude_m, -1_000, 20_000),
        fix=_flag(_at(said, fields.fix)),
        sos=_flag(_at(said, fields.sos)) is True,
    )
    if not placed and report.at_ns is None and report.battery is None and not report.sos:
        return Refused("empty")
    return report


def _terminal(said: Mapping[str, Any], named: str, fields: BadgeFields) -> str | None:
    """Without leading zeros, so that it is one badge however it was padded."""
    name = _at(said, fields.terminal) if fields.terminal else None
    if name is None or isinstance(name, bool):
        name = named
    text = str(name) if isinstance(name, str | int) else ""
    return (text.lstrip("0") or "0") if _NAME.fullmatch(text) else None


def _at(said: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted name; None where there is none."""
    found: Any = said
    for step in path.split(".") if path else ():
        found = found.get(step) if isinstance(found, dict) else None
    return found if path else None


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and (len(value) > 40 or not value.isascii() or "_" in value):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _number(said: Mapping[str, Any], path: str, least: float, most: float) -> float | None:
    number = _decimal(_at(said, path))
    if number is None or not least <= number <= most:
        return None
    return float(number)


def _flag(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return None if math.isnan(value) else value >= 1
    if isinstance(value, str) and value:
        return value.strip().lower() in _YES
    return None


def _time(value: object, utc_offset_h: float | None) -> int | None:
    """Seconds or milliseconds since 1970, or RFC 3339."""
    number = _decimal(value)
    if number is not None:
        seconds = number if abs(number) < _MILLISECONDS_FROM else number / 1000
        return int(seconds * 10**9) if 0 < seconds < _LATEST_S else None
    if not isinstance(value, str) or not 10 < len(value) <= 40:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            if utc_offset_h is None:
                return None
            moment = moment.replace(tzinfo=timezone(timedelta(hours=utc_offset_h)))
        passed = moment - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    seconds_ns = (passed.days * 86_400 + passed.seconds) * 10**9 + passed.microseconds * 1_000
    return seconds_ns if 0 < seconds_ns < _LATEST_S * 10**9 else None


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON (RFC 8259 section 6)")
