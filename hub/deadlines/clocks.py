"""The four clocks that an order's time is told by. Each is a pair of functions that agree:

`between(begin, end)` is how far the clock moves, `after(begin, ticks)` the earliest instant at which it
has moved that far. Spans are half-open; a clock that stands still at `begin` moves at the next working
moment.

| unit           | the clock moves                              | one unit                          |
|----------------|----------------------------------------------|-----------------------------------|
| `urgent-hour`  | always                                       | an hour                           |
| `working-hour` | while the unit works                         | an hour                           |
| `working-day`  | while the unit works, at each day's own rate | that day's own hours, long or not |
| `calendar-day` | with the unit's wall clock                   | from a time of day to the same    |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import ClassVar, Literal, Protocol

from hub.deadlines.calendars import Calendar, Span, ordinal_of, spans_of
from hub.deadlines.zones import DAY_NS, HOUR_NS, instant_of, wall_of

Unit = Literal["urgent-hour", "working-hour", "working-day", "calendar-day"]


class Clock(Protocol):
    """`rule` names the arithmetic and changes with it; `unit_ticks` are the ticks of one unit."""

    rule: ClassVar[str]
    unit_ticks: ClassVar[int]

    def between(self, begin_ns: int, end_ns: int) -> Fraction:
        """Ticks; 0 where end <= begin."""
        ...

    def after(self, begin_ns: int, ticks: Fraction) -> int:
        """`begin_ns` itself for no ticks. OverflowError beyond the year 9999."""
        ...


@dataclass(frozen=True, slots=True)
class UrgentHours:
    rule: ClassVar[str] = "urgent-hour/1"
    unit_ticks: ClassVar[int] = HOUR_NS

    def between(self, begin_ns: int, end_ns: int) -> Fraction:
        return Fraction(max(0, end_ns - begin_ns))

    def after(self, begin_ns: int, ticks: Fraction) -> int:
        return begin_ns + ceil(ticks)


@dataclass(frozen=True, slots=True)
class WorkingHours:
    calendar: Calendar
    rule: ClassVar[str] = "working-hour/1"
    unit_ticks: ClassVar[int] = HOUR_NS

    def between(self, begin_ns: int, end_ns: int) -> Fraction:
        days = _days(self.calendar, begin_ns, end_ns)
        return Fraction(sum(_within(spans, begin_ns, end_ns) for spans in days))

    def after(self, begin_ns: int, ticks: Fraction) -> int:
        left = ceil(ticks)
        if left <= 0:
            return begin_ns
        for spans in _days(self.calendar, begin_ns):
            worked = _worked(spans, begin_ns)
            today = _length(spans) - worked
            if left <= today:
                return _moment(spans, worked + left)
            left -= today
        raise OverflowError("later than any calendar goes")


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """A day is done in proportion: half of a short day is half a day."""

    calendar: Calendar
    rule: ClassVar[str] = "working-day/1"
    unit_ticks: ClassVar[int] = 1

    def between(self, begin_ns: int, end_ns: int) -> Fraction:
        whole, parts = 0, Fraction(0)
        for spans in _days(self.calendar, begin_ns, end_ns):
            done, length = _within(spans, begin_ns, end_ns), _length(spans)
            if done == length:
                whole += bool(spans)
            elif done:
                parts += Fraction(done, length)
        return whole + parts

    def after(self, begin_ns: int, ticks: Fraction) -> int:
        left = ticks
        if left <= 0:
            return begin_ns
        for spans in _days(self.calendar, begin_ns):
            if not spans:
                continue
            worked, length = _worked(spans, begin_ns), _length(spans)
            today = Fraction(length - worked, length)
            if left <= today:
                return _moment(spans, worked + ceil(left * length))
            left -= today
        raise OverflowError("later than any calendar goes")


@dataclass(frozen=True, slots=True)
class CalendarDays:
    calendar: Calendar
    rule: ClassVar[str] = "calendar-day/1"
    unit_ticks: ClassVar[int] = DAY_NS

    def between(self, begin_ns: int, end_ns: int) -> Fraction:
        zone = self.calendar.zone
        return Fraction(max(0, wall_of(zone, end_ns) - wall_of(zone, begin_ns)))

    def after(self, begin_ns: int, ticks: Fraction) -> int:
        if ticks <= 0:
            return begin_ns
        zone = self.calendar.zone
        return instant_of(zone, wall_of(zone, begin_ns) + ceil(ticks))


_WITH_CALENDAR: dict[Unit, type[WorkingHours | WorkingDays | CalendarDays]] = {
    "working-hour": WorkingHours,
    "working-day": WorkingDays,
    "calendar-day": CalendarDays,
}


def clock_of(unit: Unit, calendar: Calendar | None) -> Clock:
    """ValueError for a unit that needs a calendar and has none."""
    if unit == "urgent-hour":
        return UrgentHours()
    if calendar is None:
        raise ValueError(f"{unit}: expected the calendar of the unit that answers for the order")
    return _WITH_CALENDAR[unit](calendar)


def _days(
    calendar: Calendar, begin_ns: int, end_ns: int | None = None
) -> Iterator[tuple[Span, ...]]:
    last = 3_652_058 if end_ns is None else ordinal_of(calendar, end_ns)  # 9999-12-30
    for ordinal in range(ordinal_of(calendar, begin_ns), last + 1):
        yield spans_of(calendar, ordinal)


def _length(spans: tuple[Span, ...]) -> int:
    return sum(end - begin for begin, end in spans)


def _worked(spans: tuple[Span, ...], until_ns: int) -> int:
    return sum(max(0, min(end, until_ns) - begin) for begin, end in spans)


def _within(spans: tuple[Span, ...], begin_ns: int, end_ns: int) -> int:
    return max(0, _worked(spans, end_ns) - _worked(spans, begin_ns))


def _moment(spans: tuple[Span, ...], worked_ns: int) -> int:
    """The instant at which so much of the day, more than nothing, has been worked."""
    left = worked_ns
    for begin, end in spans:
        if left <= end - begin:
            return begin + left
        left -= end - begin
    return spans[-1][1]
