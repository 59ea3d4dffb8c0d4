"""What is wrong with rows taken together: two at one time, nobody there, changed behind a back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise

from contract.rosters.cells import utc_ns
from contract.rosters.days import Days, dates
from contract.rosters.mistakes import Mistake, near
from contract.rosters.plan import FIRST, LAST, Audit, Pattern, Plan
from contract.rosters.rows import Roster, Row
from contract.rosters.shift import PlannedShift

_ORDINARY = date(2026, 1, 5)  # any Monday: weeks without dated rows are all the same
_AROUND = timedelta(days=8)


def mistakes_in(
    rosters: Iterable[Roster], plan: Plan, days: Days, areas: Collection[str] | None
) -> list[Mistake]:
    """`areas`: the ids that exist; None = not known here."""
    given = list(rosters)
    found = [*plan.mistakes, *_badges(plan), *_planned(given)]
    found += _held(plan)
    found += _substitutes(plan, days)
    if areas is not None:
        found += _areas(given, plan, areas)
    if not found:
        # Only a roster whose rows are good says when anybody works.
        found += _overlaps(plan, days)
    return found


def _badges(plan: Plan) -> Iterator[Mistake]:
    by_badge = defaultdict(list)
    for holder in plan.holders:
        by_badge[holder.badge].append(holder)
    for badge, holders in by_badge.items():
        holders.sort(key=lambda one: one.start_ns)
        for before, after in pairwise(holders):
            if after.start_ns < before.end_ns:
                other = f"{before.row.file} {before.row.place}"
                told = f"{badge!r} is {before.person}'s at that time by {other}"
                yield after.row.mistake("badge", told)


def _planned(given: list[Roster]) -> Iterator[Mistake]:
    """Shifts that were worked out elsewhere keep the same rules."""
    keys: set[str] = set()
    by_person: dict[str, list[tuple[PlannedShift, Mistake]]] = defaultdict(list)
    for roster in given:
        for number, shift in enumerate(roster.planned):
            place = Mistake(roster.origin, f"shifts[{number}]", "", "")
            if shift.end_ns <= shift.start_ns:
                yield place._replace(key="end_ns", expected="later than start_ns")
            if shift.key in keys:
                yield place._replace(key="key", expected=f"{shift.key!r} is there already")
            if any(
                not shift.start_ns <= begin < end <= shift.end_ns for begin, end in shift.breaks
            ):
                yield place._replace(key="breaks", expected="a break is outside the shift")
            keys.add(shift.key)
            by_person[shift.person].append((shift, place))
    for shifts in by_person.values():
        shifts.sort(key=lambda one: one[0].start_ns)
        for (before, _), (after, place) in pairwise(shifts):
            if after.start_ns < before.end_ns:
                yield place._replace(key="start_ns", expected=f"overlaps {before.key}")


def _areas(given: list[Roster], plan: Plan, areas: Collection[str]) -> Iterator[Mistake]:
    for pattern in _patterns(plan):
        for name in pattern.areas:
            if name not in areas:
                yield pattern.row.mistake("areas", f"no area {name!r}{near(name, areas)}")
    for roster in given:
        for number, shift in enumerate(roster.planned):
            for name in shift.areas:
                if name not in areas:
                    expected = f"no area {name!r}{near(name, areas)}"
                    yield Mistake(roster.origin, f"shifts[{number}]", "areas", expected)


def _patterns(plan: Plan) -> Iterator[Pattern]:
    for patterns in (*plan.weekly.values(), *plan.days.values()):
        yield from patterns


def _held(plan: Plan) -> Iterator[Mistake]:
    """Changed after what they concern had begun, and nobody else approved."""
    for pattern in _patterns(plan):
        # A week without a begin has been going on for ever.
        on = next(
            (one for one in _first_week(pattern.first) if one.weekday() in pattern.days), FIRST
        )
        begun_ns = utc_ns(on, pattern.start_min, plan.zone)
        yield from _unapproved(pattern.row, pattern.audit, begun_ns)
    for holder in plan.holders:
        yield from _unapproved(holder.row, holder.audit, holder.start_ns)
    for leave in plan.leaves:
        yield from _unapproved(leave.row, leave.audit, utc_ns(leave.first, 0, plan.zone))


def _first_week(first: date) -> list[date]:
    return dates(first, min(first + timedelta(days=6), LAST))


def _unapproved(row: Row, audit: Audit, begun_ns: int) -> Iterator[Mistake]:
    if audit.after(begun_ns) and not audit.approved:
        expected = "missing: a shift had begun when this was changed; a second person approves that"
        yield row.mistake("approved_by", f"{expected}, or `from` lies after the change")


def _substitutes(plan: Plan, days: Days) -> Iterator[Mistake]:
    seen: set[tuple[str, date, int]] = set()
    for one in plan.substitutes:
        patterns = days.patterns(one.person, one.on)
        numbers = range(1, len(patterns) + 1)
        if one.number is not None:
            numbers = range(one.number, one.number + 1) if one.number in numbers else range(0)
        if not numbers:
            yield one.row.mistake("date", f"{one.person} has no such shift on {one.on}")
        if days.leave(one.by, one.on) is not None:
            yield one.row.mistake("by", f"{one.by} is on leave on {one.on}")
        for number in numbers:
            if (one.person, one.on, number) in seen:
                told = f"{one.person}'s shift {number} of {one.on} has a substitute already"
                yield one.row.mistake("date", told)
            seen.add((one.person, one.on, number))
            begun_ns = utc_ns(one.on, patterns[number - 1].start_min, plan.zone)
            yield from _unapproved(one.row, one.audit, begun_ns)


def _overlaps(plan: Plan, days: Days) -> Iterator[Mistake]:
    """Looked for around each day on which something changes for this person: between two such days
    one week is as the next."""
    calendar = {on for _, on in plan.changes}
    looked: set[tuple[object, ...]] = set()
    for person, changes in _changes(plan).items():
        alike = _alike(plan, person, changes)
        if alike not in looked:
            looked.add(alike)
            yield from _overlaps_of(days, person, _looked_at(changes | calendar))


def _overlaps_of(days: Days, person: str, looked_at: list[date]) -> Iterator[Mistake]:
    told: set[tuple[str, ...]] = set()
    shifts = [shift for on in looked_at for shift in days.worked(person, on)]
    shifts.sort(key=lambda one: one.start_ns)
    for before, after in pairwise(shifts):
        if after.start_ns < before.end_ns:
            first, second = _row(days, before), _row(days, after)
            rows = (first.file, first.place, second.file, second.place)
            if rows not in told:
                told.add(rows)
                other = f"{before.key} ({first.file} {first.place})"
                key = "by" if second.what == "substitute" else "start"
                yield second.mistake(key, f"{person}'s shift {after.key} overlaps {other}")


def _alike(plan: Plan, person: str, changes: set[date]) -> tuple[object, ...]:
    """People of the same weeks need one look; whoever has a day of his own is looked at alone."""
    weekly = _weekly(plan, person)
    if changes - _weekly_changes(weekly):
        return (person,)
    return tuple((one.days, one.first, one.last, one.row.place, one.row.file) for one in weekly)


def _changes(plan: Plan) -> dict[str, set[date]]:
    """Nothing for who has one row a day at most: that cannot overlap itself."""
    found: dict[str, set[date]] = defaultdict(set)
    for name in plan.people:
        weekly = _weekly(plan, name)
        if len(weekly) > 1:
            found[name] |= _weekly_changes(weekly)
    for kind, name, on in plan.days:
        for person_name in [name] if kind == "person" else plan.groups[name]:
            found[person_name].add(on)
    for one in plan.substitutes:
        found[one.by].add(one.on)
    return found


def _weekly(plan: Plan, person: str) -> list[Pattern]:
    own = plan.weekly.get(("person", person), [])
    return own + plan.weekly.get(("group", plan.people[person].group or ""), [])


def _weekly_changes(weekly: list[Pattern]) -> set[date]:
    return {_ORDINARY} | {on for one in weekly for on in (one.first, one.last)}


def _looked_at(changes: set[date]) -> list[date]:
    found = set()
    for on in changes:
        if FIRST + _AROUND < on < LAST - _AROUND:
            found |= set(dates(on - timedelta(days=1), on + _AROUND))
    return sorted(found)


def _row(days: Days, shift: PlannedShift) -> Row:
    """Why this person stands there."""
    person, day, number = shift.key.split("/")
    on = date.fromisoformat(day)
    instead = days.substitute(person, on, int(number))
    return instead.row if instead else days.patterns(person, on)[int(number) - 1].row
