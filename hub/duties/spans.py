"""Time from one doing to the next: amounts of hours, or of days, weeks, months, years of one zone.

Whole days and more are counted by date: what was done on a day is due again by the *end* of the day that
many days, weeks or months later. A month later is the same day of the month, or that month's last day
where it has no such day: 31 January + 1 month = 28 (29) February, and 28 February + 1 month = 28 March.
Counted from the day it was done, so a short month is not made up for later. Hours are counted exactly.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

from hub.deadlines.calendars import EPOCH_ORDINAL
from hub.deadlines.zones import DAY_NS, HOUR_NS, instant_of, wall_of

Unit = Literal["hours", "days", "weeks", "months", "years"]
UNITS: tuple[Unit, ...] = get_args(Unit)
MOST = {"hours": 8784, "days": 7320, "weeks": 1040, "months": 240, "years": 20}
WHAT = f"an amount and its unit, such as 12 months; units are {', '.join(UNITS)}"
_TEXT = re.compile(r"([1-9]\d{0,4}) (hour|day|week|month|year)s?", re.ASCII)


class Span(NamedTuple):
    amount: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.amount} {self.unit.removesuffix('s') if self.amount == 1 else self.unit}"


def span_of(text: str) -> Span:
    """`12 months`, `1 day`. ValueError with what was expected."""
    match = _TEXT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r}: expected {WHAT}")
    unit = next(unit for unit in UNITS if unit.startswith(match[2]))
    if int(match[1]) > MOST[unit]:
        raise ValueError(f"{text!r}: expected at most {MOST[unit]} {unit}")
    return Span(int(match[1]), unit)


def due_after(zone: ZoneInfo, done_ns: int, span: Span) -> int:
    """The instant from which it is late (UTC ns): the midnight behind the last day, or so many hours on."""
    if span.unit == "hours":
        return done_ns + span.amount * HOUR_NS
    return day_end(zone, day_after(day_of(zone, done_ns), span))


def later(zone: ZoneInfo, due_ns: int, span: Span) -> int:
    """A due instant put off: the span counts from the last day of the old one."""
    if span.unit == "hours":
        return due_ns + span.amount * HOUR_NS
    return due_after(zone, due_ns - 1, span)


def day_after(day: date, span: Span) -> date:
    """OverflowError beyond the year 9999. Not for hours."""
    match span.unit:
        case "days":
            return day + timedelta(days=span.amount)
        case "weeks":
            return day + timedelta(weeks=span.amount)
        case "months":
            return _months_after(day, span.amount)
        case _:
            return _months_after(day, 12 * span.amount)


def day_of(zone: ZoneInfo, utc_ns: int) -> date:
    return date.fromordinal(EPOCH_ORDINAL + wall_of(zone, utc_ns) // DAY_NS)


@lru_cache(maxsize=16_384)
def day_end(zone: ZoneInfo, day: date) -> int:
    """The first instant of the next day."""
    return instant_of(zone, (day.toordinal() + 1 - EPOCH_ORDINAL) * DAY_NS)


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > 9999:
        raise OverflowError("later than any calendar goes")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
