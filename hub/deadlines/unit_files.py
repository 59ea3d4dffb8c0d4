"""A unit's calendar as TOML, for example `office.toml`; the file's name is the calendar's.

zone = "Asia/Shanghai"
units = ["north", "south"]       # the calendar of these units, and of units below without their own
official = "cn"                  # observes the years cn-*.csv; without it, no holidays at all
until = 2028-01-01               # optional: no longer valid from this day on

[[weeks]]                        # hours from `since` until the next [[weeks]]; a day not named is off
since = 2024-01-01
mon = ["08:30-12:00", "14:30-18:00"]

[[days]]                         # optional: this unit's own; stands above the official year
date = 2026-03-12
kind = "holiday"
name = "own day"
source = "notice 3/2026"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from hub.deadlines.calendars import WEEKDAYS, Calendar, Hours, Kind, SpecialDay, Week
from hub.deadlines.faults import CalendarRefused, Fault

NAME = re.compile(r"([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\.toml", re.ASCII)
_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
_REGION = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", re.ASCII)


class _Week(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    since: date
    mon: list[str] = []
    tue: list[str] = []
    wed: list[str] = []
    thu: list[str] = []
    fri: list[str] = []
    sat: list[str] = []
    sun: list[str] = []


class _Day(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    date: date
    kind: Kind
    name: str
    source: str
    works_as: str = "mon"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zone: str
    units: list[str]
    weeks: list[_Week]
    official: str | None = None
    until: date | None = None
    days: list[_Day] = []


@dataclass(frozen=True, slots=True)
class UnitCalendar:
    """`calendar` has no official days yet; `region` names the years it observes, None = none."""

    calendar: Calendar
    units: tuple[str, ...]
    region: str | None
    own_days: dict[date, SpecialDay]


def read_unit_calendar(file_name: str, content: bytes) -> UnitCalendar:
    """CalendarRefused with file, line and expectation."""
    named = NAME.fullmatch(file_name)
    if named is None:
        raise CalendarRefused([Fault(file_name, 0, "expected a name like office.toml")])
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CalendarRefused([Fault(file_name, line, "expected UTF-8")]) from error
    try:
        read = msgspec.convert(tomllib.loads(text), _File)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at.group(1)) if at else 0
        raise CalendarRefused([Fault(file_name, line, f"expected TOML: {error}")]) from error
    except msgspec.ValidationError as error:
        raise CalendarRefused([_placed(file_name, text, str(error))]) from error
    return _built(file_name, text, named.group(1), read)


def _built(file_name: str, text: str, name: str, read: _File) -> UnitCalendar:
    faults: list[Fault] = []

    def refuse(path: str, expectation: str) -> None:
        faults.append(Fault(file_name, line_of(text, path), expectation))

    zone = _zone(read.zone, refuse)
    weeks = tuple(_week(n, week, refuse) for n, week in enumerate(read.weeks))
    days: dict[date, SpecialDay] = {}
    for n, day in enumerate(read.days):
        if day.date in days:
            refuse(f"$.days[{n}].date", f"{day.date} again: expected each date once")
        if day.works_as not in WEEKDAYS:
            refuse(f"$.days[{n}].works_as", f"expected one of {', '.join(WEEKDAYS)}")
            continue
        days[day.date] = SpecialDay(day.kind, day.name, day.source, WEEKDAYS.index(day.works_as))
    if read.official is not None and not _REGION.fullmatch(read.official):
        refuse("$.official", f"{read.official!r}: expected a region like cn")
    if faults or zone is None:
        raise CalendarRefused(sorted(faults, key=lambda fault: fault.line))
    try:
        calendar = Calendar(name=name, zone=zone, weeks=weeks, days=days, until=read.until)
    except ValueError as error:
        named = [f"$.days[{n}]" for n, day in enumerate(read.days) if str(day.date) in str(error)]
        line = line_of(text, next(iter(named), "$.weeks[0]"))
        raise CalendarRefused([Fault(file_name, line, str(error))]) from error
    return UnitCalendar(calendar, tuple(read.units), read.official, days)


Refuse = Callable[[str, str], None]


def _zone(name: str, refuse: Refuse) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        refuse("$.zone", f"{name!r}: expected an IANA zone like Asia/Shanghai")
        return None


def _week(n: int, week: _Week, refuse: Refuse) -> Week:
    hours: list[Hours] = []
    for weekday in WEEKDAYS:
        read = _hours(getattr(week, weekday))
        if isinstance(read, str):
            refuse(f"$.weeks[{n}].{weekday}", read)
            read = ()
        hours.append(read)
    return Week(week.since, tuple(hours))


def _hours(texts: list[str]) -> Hours | str:
    """Minutes after midnight, or what was expected."""
    spans: list[tuple[int, int]] = []
    for text in texts:
        match = _SPAN.fullmatch(text)
        if match is None:
            return f"{text!r}: expected hours like 08:30-12:00"
        h1, m1, h2, m2 = (int(group) for group in match.groups())
        begin, end = h1 * 60 + m1, h2 * 60 + m2
        if not begin < end <= 1440:
            return f"{text!r}: expected an end behind the begin; a night is 22:00-24:00 and 00:00-06:00"
        if spans and begin <= spans[-1][1]:
            return f"{text!r}: expected hours in order that do not touch"
        spans.append((begin, end))
    return tuple(spans)


def _placed(file_name: str, text: str, said: str) -> Fault:
    what, _, path = said.partition(" - at `")
    unknown = re.search(r"unknown field `(.+?)`", what)
    path = path.rstrip("`") or "$"
    if unknown:
        path = f"{path}.{unknown.group(1)}"
    return Fault(file_name, line_of(text, path), what)


def line_of(text: str, path: str) -> int:
    """The line of a msgspec path such as `$.weeks[1].mon[0]` in a file laid out as above: of its key,
    else of its table's head; 0 when neither is there."""
    parts = re.findall(r"(\w+)(?:\[(\d+)\])?", path.removeprefix("$"))
    keys = [name for name, _ in parts]
    table, number = "", 0
    if parts and parts[0][0] in {"weeks", "days"} and parts[0][1]:
        table, number = keys.pop(0), int(parts[0][1]) + 1
    found, current, count = 0, "", {"weeks": 0, "days": 0}
    for n, line in enumerate(text.splitlines(), 1):
        head = re.match(r"\s*\[\[\s*(\w+)\s*\]\]", line)
        if head:
            current = head.group(1)
            count[current] = count.get(current, 0) + 1
        here = current == table and (not table or count[table] == number)
        if here and head:
            found = n
        if here and keys and re.match(rf"\s*\"?{re.escape(keys[0])}\"?\s*=", line):
            return n
    return found
