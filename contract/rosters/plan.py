"""Rows into what they mean: people, badges, patterns, the calendar. Rows are judged one by one here; what
two rows mean together is judged in `checking`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contract.rosters.cells import DAY_MIN, bound, clock, day, moment, parts, utc_ns, weekday, yes
from contract.rosters.cells import weekdays as weekdays_of
from contract.rosters.mistakes import Mistake, near
from contract.rosters.rows import Roster, Row

T = TypeVar("T")
PUBLIC, NO_CALENDAR = "public", "none"
HOLIDAY = -1
FIRST, LAST = date(1, 1, 3), date(9999, 12, 29)
LONGEST_DAYS = 800
_SCIENTIFIC = re.compile(r"\d([.,]\d+)?E\+\d+")  # what a spreadsheet makes of long numbers
NEVER_NS, FOR_EVER_NS = -(2**62), 2**62


class Audit(NamedTuple):
    """Who changed this row and when (UTC ns), and whether somebody else approved that."""

    edited_ns: int | None = None
    approved: bool = False

    def after(self, start_ns: int) -> bool:
        return self.edited_ns is not None and self.edited_ns > start_ns


class Person(NamedTuple):
    row: Row
    name: str | None
    group: str | None
    crew: str | None
    vehicle: str | None


class Holder(NamedTuple):
    """`badge` is `person`'s from `start_ns` up to, not including, `end_ns`."""

    row: Row
    badge: str
    person: str
    start_ns: int
    end_ns: int
    audit: Audit


class Pattern(NamedTuple):
    """Work of one stretch a day: every week on `days` (a `weekly` row) or once (`first` = `last`).
    Minutes since midnight of the day it begins on."""

    row: Row
    days: frozenset[int]
    first: date
    last: date
    start_min: int
    end_min: int
    breaks: tuple[tuple[int, int], ...]
    areas: tuple[str, ...]
    crew: str | None
    vehicle: str | None
    calendar: str
    audit: Audit


class DayChange(NamedTuple):
    """`works_as`: the weekday whose work is done, or HOLIDAY."""

    row: Row
    works_as: int
    audit: Audit


class Substitute(NamedTuple):
    row: Row
    person: str
    on: date
    number: int | None
    by: str
    audit: Audit


class Leave(NamedTuple):
    row: Row
    person: str
    first: date
    last: date
    audit: Audit


@dataclass
class Plan:
    """Everything of all the files of one roster. Weekly patterns and single days are by person and by
    group; `changes` by calendar and day."""

    zone: ZoneInfo
    mistakes: list[Mistake] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    holders: list[Holder] = field(default_factory=list)
    weekly: dict[tuple[str, str], list[Pattern]] = field(default_factory=lambda: defaultdict(list))
    days: dict[tuple[str, str, date], list[Pattern]] = field(
        default_factory=lambda: defaultdict(list)
    )
    changes: dict[tuple[str, date], DayChange] = field(default_factory=dict)
    calendars: set[str] = field(default_factory=lambda: {PUBLIC, NO_CALENDAR})
    substitutes: list[Substitute] = field(default_factory=list)
    leaves: list[Leave] = field(default_factory=list)


def plan_of(rosters: Iterable[Roster]) -> Plan:
    """All that could be understood; the rest is in its `mistakes`."""
    given = list(rosters)
    rows = [row for roster in given for row in roster.rows]
    plan = Plan(ZoneInfo("UTC"), [mistake for roster in given for mistake in roster.mistakes])
    _zone(plan, rows, given)
    _repeated(plan, rows)
    by_what: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_what[row.what].append(row)
    # The order matters: who is there is known before what he does is read.
    for what, read in _READERS.items():
        for row in by_what[what]:
            read(plan, _Cells(row, plan))
    for row in rows:
        if row.what in ("holiday", "workday"):
            name = row.cells.get("calendar", PUBLIC)
            if name not in plan.calendars:
                hint = near(name, plan.calendars)
                plan.mistakes.append(
                    row.mistake("calendar", f"no weekly row has the calendar {name!r}{hint}")
                )
    return plan


class _Cells:
    """One row's cells; what cannot be read is None and told."""

    def __init__(self, row: Row, plan: Plan) -> None:
        self.row, self._plan, self._before = row, plan, len(plan.mistakes)

    def __call__(self, key: str, read: Callable[[str], T]) -> T | None:
        text = self.row.cells.get(key)
        if text is None:
            return None
        try:
            return read(text)
        except ValueError as error:
            self.wrong(key, str(error))
            return None

    def text(self, key: str) -> str:
        return self.row.cells.get(key, "")

    def wrong(self, key: str, expected: str) -> None:
        self._plan.mistakes.append(self.row.mistake(key, expected))

    @property
    def good(self) -> bool:
        return len(self._plan.mistakes) == self._before

    def known_person(self, key: str = "person") -> str:
        name = self.text(key)
        if name and name not in self._plan.people:
            self.wrong(key, f"no person row {name!r}{near(name, self._plan.people)}")
        return name

    def audit(self) -> Audit:
        zone = self._plan.zone
        edited_ns = self("edited_at", lambda text: moment(text, zone))
        by, approver = self.text("edited_by"), self.text("approved_by")
        if self.text("edited_at") and not by:
            self.wrong("edited_by", "missing: `edited_at` needs who it was")
        if (by or approver) and not self.text("edited_at"):
            self.wrong("edited_at", "missing: when was this row changed?")
        if approver and approver == by:
            self.wrong("approved_by", f"another person than edited_by ({by}) approves")
        if edited_ns is not None and not self.text("reason"):
            self.wrong("reason", "missing: a change needs its reason")
        return Audit(edited_ns, bool(approver) and approver != by)


def _zone(plan: Plan, rows: list[Row], given: list[Roster]) -> None:
    named = [row for row in rows if row.what == "zone"]
    if not named and (rows or not any(roster.planned for roster in given)):
        origin = given[0].origin if given else ""
        expected = "a time zone is missing: one row with `what` zone and `zone` Asia/Shanghai"
        plan.mistakes.append(Mistake(origin, "", "zone", expected))
    for row in named:
        try:
            zone = ZoneInfo(row.cells["zone"])
        except (ZoneInfoNotFoundError, ValueError, OSError):
            expected = f"an IANA time zone such as Asia/Shanghai, found {row.cells['zone']!r}"
            plan.mistakes.append(row.mistake("zone", expected))
            continue
        if row is not named[0] and row.cells != named[0].cells:
            first = f"{named[0].file} {named[0].place}"
            plan.mistakes.append(row.mistake("zone", f"one zone for all; {first} has another"))
        plan.zone = zone


def _repeated(plan: Plan, rows: list[Row]) -> None:
    seen: dict[tuple[str, frozenset[tuple[str, str]]], Row] = {}
    for row in rows:
        same = seen.setdefault((row.what, frozenset(row.cells.items())), row)
        # The same zone may stand in each of several files.
        if same is not row and row.what != "zone":
            plan.mistakes.append(row.mistake("", f"the same as {same.file} {same.place}"))


def _person(plan: Plan, cells: _Cells) -> None:
    name = cells.text("person")
    if "/" in name:
        cells.wrong("person", "no '/' in a person's id: shifts are named by it")
    if name in plan.people:
        first = plan.people[name].row
        cells.wrong("person", f"{name!r} is there already: {first.file} {first.place}")
        return
    one = [cells.text(key) or None for key in ("name", "group", "crew", "vehicle")]
    plan.people[name] = Person(cells.row, *one)
    if group := cells.text("group"):
        plan.groups.setdefault(group, []).append(name)


def _badge(plan: Plan, cells: _Cells) -> None:
    badge, person = cells.text("badge"), cells.known_person()
    start_ns = cells("from", lambda text: bound(text, plan.zone, last=False))
    end_ns = cells("until", lambda text: bound(text, plan.zone, last=True))
    start_ns = NEVER_NS if start_ns is None else start_ns
    end_ns = FOR_EVER_NS if end_ns is None else end_ns
    if end_ns <= start_ns:
        cells.wrong("until", "later than `from`")
    if _SCIENTIFIC.fullmatch(badge):
        cells.wrong("badge", f"{badge!r} has lost its digits: format the column as text")
    audit = cells.audit()
    if cells.good:
        plan.holders.append(Holder(cells.row, badge, person, start_ns, end_ns, audit))


def _weekly(plan: Plan, cells: _Cells) -> None:
    days = cells("days", weekdays_of) or frozenset()
    first, last = cells("from", day) or FIRST, cells("until", day) or LAST
    if last < first:
        cells.wrong("until", "not before `from`")
    calendar = cells.text("calendar") or PUBLIC
    pattern = _pattern(cells, days, first, last, calendar)
    for who in _whom(plan, cells):
        plan.weekly[who].append(pattern)
    plan.calendars.add(calendar)


def _day(plan: Plan, cells: _Cells) -> None:
    on = cells("date", day) or FIRST
    pattern = _pattern(cells, frozenset({on.weekday()}), on, on, NO_CALENDAR)
    for kind, name in _whom(plan, cells):
        plan.days[kind, name, on].append(pattern)


def _whom(plan: Plan, cells: _Cells) -> list[tuple[str, str]]:
    """Nobody when the row has a mistake."""
    person, group = cells.known_person(), cells.text("group")
    if bool(person) == bool(group):
        cells.wrong("person", "either a person or a group")
    elif group and group not in plan.groups:
        cells.wrong("group", f"nobody is in the group {group!r}{near(group, plan.groups)}")
    if not cells.good:
        return []
    return [("person", person)] if person else [("group", group)]


def _pattern(
    cells: _Cells, days: frozenset[int], first: date, last: date, calendar: str
) -> Pattern:
    start, end = cells("start", clock), cells("end", clock)
    night = cells("night", yes) or False
    if start is not None and end is not None:
        if end <= start and not night:
            cells.wrong("end", "later than start; a shift across midnight has `night` yes")
        elif end > start and night:
            cells.wrong("night", "this shift ends on its own day; leave `night` empty")
        if start == DAY_MIN:
            cells.wrong("start", "00:00 of the next day instead of 24:00")
    start, end = start or 0, (end or 0) + (DAY_MIN if night else 0)
    return Pattern(
        row=cells.row,
        days=days,
        first=first,
        last=last,
        start_min=start,
        end_min=end,
        breaks=_breaks(cells, start, end),
        areas=cells("areas", parts) or (),
        crew=cells.text("crew") or None,
        vehicle=cells.text("vehicle") or None,
        calendar=calendar,
        audit=cells.audit(),
    )


def _breaks(cells: _Cells, start: int, end: int) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for text in cells("break", parts) or ():
        first, _, last = text.partition("-")
        try:
            begin, until = clock(first), clock(last)
        except ValueError:
            cells.wrong("break", f"expected 12:00-13:00, found {text!r}")
            continue
        begin += DAY_MIN if begin < start else 0
        until += DAY_MIN if until <= begin else 0
        if cells.good and not start <= begin < until <= end:
            cells.wrong("break", f"{text} is outside the shift")
        elif any(begin < other_end and other < until for other, other_end in found):
            cells.wrong("break", f"{text} overlaps another break")
        found.append((begin, until))
    return tuple(sorted(found))


def _holiday(plan: Plan, cells: _Cells) -> None:
    first = cells("date", day)
    last = cells("until", day) or first
    if first is None or last is None:
        return
    if not 0 <= (last - first).days <= LONGEST_DAYS:
        cells.wrong("until", "not before `date`, and not years later")
        return
    for step in range((last - first).days + 1):
        _change(plan, cells, first + timedelta(days=step), HOLIDAY)


def _workday(plan: Plan, cells: _Cells) -> None:
    on, works_as = cells("date", day), cells("as", weekday)
    if on is not None and works_as is not None:
        _change(plan, cells, on, works_as)


def _change(plan: Plan, cells: _Cells, on: date, works_as: int) -> None:
    audit = cells.audit()
    # From midnight on, somebody's shift may have begun.
    if audit.after(utc_ns(on, 0, plan.zone)) and not audit.approved:
        cells.wrong("approved_by", f"missing: {on} had begun when this was changed")
    change = DayChange(cells.row, works_as, audit)
    calendar = cells.text("calendar") or PUBLIC
    same = plan.changes.setdefault((calendar, on), change)
    if same is not change:
        cells.wrong("date", f"{on} is in {same.row.file} {same.row.place} already")


def _substitute(plan: Plan, cells: _Cells) -> None:
    person, by, on = cells.known_person(), cells.known_person("by"), cells("date", day)
    number = cells("number", int)
    if person == by:
        cells.wrong("by", "another person than `person`")
    audit = cells.audit()
    if cells.good and on is not None:
        plan.substitutes.append(Substitute(cells.row, person, on, number, by, audit))


def _leave(plan: Plan, cells: _Cells) -> None:
    person, first, last = cells.known_person(), cells("from", day), cells("until", day)
    if first is not None and last is not None and not 0 <= (last - first).days <= LONGEST_DAYS:
        cells.wrong("until", "not before `from`, and not years later")
    audit = cells.audit()
    if cells.good and first is not None and last is not None:
        plan.leaves.append(Leave(cells.row, person, first, last, audit))


_READERS: dict[str, Callable[[Plan, _Cells], None]] = {
    "person": _person,
    "badge": _badge,
    "weekly": _weekly,
    "day": _day,
    "holiday": _holiday,
    "workday": _workday,
    "substitute": _substitute,
    "leave": _leave,
}
