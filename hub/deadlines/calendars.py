"""When a unit works: its zone, its week, the days that differ, and how far ahead that is known.

A calendar is a value. Whatever changes what it would answer changes its `version`, which is stored with
every time computed by it.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from hub.deadlines.zones import DAY_NS, SECOND_NS, instant_of, wall_of

EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE_NS = 60 * SECOND_NS
Kind = Literal["holiday", "workday"]
Hours = tuple[tuple[int, int], ...]
"""Half-open spans of one day in minutes after midnight, in order, not touching; 1440 is midnight."""
Span = tuple[int, int]
"""Half-open, UTC nanoseconds."""


@dataclass(frozen=True, slots=True)
class Week:
    """Hours of Monday to Sunday, from a day on until the next week of the calendar begins."""

    since: date
    hours: tuple[Hours, ...]


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that is not as its weekday. A workday has the hours of weekday `works_as` (0 = Monday)."""

    kind: Kind
    name: str
    source: str
    works_as: int = 0


@dataclass(frozen=True, slots=True)
class OfficialYear:
    """One year of one region as published: every day not listed is as its weekday."""

    region: str
    year: int
    days: Mapping[date, SpecialDay]


@dataclass(frozen=True, eq=False)
class Calendar:
    """`years` are the years whose holidays are known; None = this unit observes none, all are known.
    `until` = the first day that the calendar is no longer valid for. ValueError for one that could never
    give an answer."""

    name: str
    zone: ZoneInfo
    weeks: tuple[Week, ...]
    days: Mapping[date, SpecialDay] = field(default_factory=dict)
    years: frozenset[int] | None = None
    until: date | None = None
    version: str = field(init=False)

    def __post_init__(self) -> None:
        if not self.weeks or not all(any(week.hours) for week in self.weeks):
            raise ValueError(f"calendar {self.name}: expected weeks that have working hours")
        starts = [week.since for week in self.weeks]
        if starts != sorted(set(starts)):
            raise ValueError(f"calendar {self.name}: expected weeks in order of their first day")
        for day, special in self.days.items():
            if special.kind == "workday" and not self._week(day).hours[special.works_as]:
                raise ValueError(
                    f"calendar {self.name}: {day} works as {WEEKDAYS[special.works_as]}, "
                    "which has no hours: expected works_as = a weekday that has some"
                )
        object.__setattr__(self, "version", f"{self.name}@{self._digest()}")

    def _digest(self) -> str:
        days = sorted((str(day), one.kind, one.works_as) for day, one in self.days.items())
        weeks = [(str(week.since), week.hours) for week in self.weeks]
        years = None if self.years is None else sorted(self.years)
        said = repr((self.zone.key, weeks, days, years, str(self.until)))
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    def _week(self, day: date) -> Week:
        at = bisect_right(self.weeks, day, key=lambda week: week.since)
        return self.weeks[max(at - 1, 0)]

    def hours_of(self, day: date) -> Hours:
        """Empty on a day off."""
        special = self.days.get(day)
        if special is None:
            return self._week(day).hours[day.weekday()]
        return () if special.kind == "holiday" else self._week(day).hours[special.works_as]

    def knows(self, first: date, last: date) -> bool:
        """Whether all days from `first` to `last` are within what is published and valid."""
        valid = self.weeks[0].since <= first and (self.until is None or last < self.until)
        years = range(first.year, last.year + 1)
        return valid and (self.years is None or all(year in self.years for year in years))

    def known_until(self, today: date) -> date | None:
        """The first day, from `today` on, that is not known; None = no end is in sight."""
        if not self.knows(today, today):
            return today
        ends = [] if self.until is None else [self.until]
        if self.years is not None:
            year = today.year
            while year in self.years:
                year += 1
            ends.append(date(year, 1, 1))
        return min(ends, default=None)


def with_official(
    calendar: Calendar, official: Iterable[OfficialYear], own: Mapping[date, SpecialDay]
) -> Calendar:
    """The calendar with a region's published years; the unit's own days stand above them."""
    listed = list(official)
    days = {day: special for year in listed for day, special in year.days.items()}
    return Calendar(
        name=calendar.name,
        zone=calendar.zone,
        weeks=calendar.weeks,
        days=days | dict(own),
        years=frozenset(year.year for year in listed),
        until=calendar.until,
    )


@lru_cache(maxsize=16_384)
def spans_of(calendar: Calendar, ordinal: int) -> tuple[Span, ...]:
    """The instants at which a day's work begins and stops; a span inside a leap of the clock is none."""
    midnight_wall = (ordinal - EPOCH_ORDINAL) * DAY_NS
    found = []
    for begin, end in calendar.hours_of(date.fromordinal(ordinal)):
        begin_ns = instant_of(calendar.zone, midnight_wall + begin * MINUTE_NS)
        end_ns = instant_of(calendar.zone, midnight_wall + end * MINUTE_NS)
        if begin_ns < end_ns:
            found.append((begin_ns, end_ns))
    return tuple(found)


def ordinal_of(calendar: Calendar, utc_ns: int) -> int:
    """The unit's own date at an instant, as date.toordinal() counts."""
    return wall_of(calendar.zone, utc_ns) // DAY_NS + EPOCH_ORDINAL


def day_of(calendar: Calendar, utc_ns: int) -> date:
    return date.fromordinal(ordinal_of(calendar, utc_ns))


@dataclass(frozen=True, slots=True)
class CalendarAlarm:
    """One row for whoever looks after calendars: `calendar` ends before `today` + `days`."""

    calendar: str
    known_until: date
    days_left: int
    text: str


def alarms(calendars: Sequence[Calendar], today: date, days: int = 45) -> list[CalendarAlarm]:
    """A row per calendar that is known until less than `days` ahead, the soonest first."""
    rows = []
    for calendar in calendars:
        until = calendar.known_until(today)
        if until is not None and until < today + timedelta(days=days):
            left = (until - today).days
            text = (
                f"calendar {calendar.name} is known until {until}, {left} days from now: import the "
                "next year's official calendar, or times beyond it are computed by weekday alone"
            )
            rows.append(CalendarAlarm(calendar.name, until, left, text))
    return sorted(rows, key=lambda row: (row.days_left, row.calendar))
