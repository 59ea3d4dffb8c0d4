"""Due times, what is left of them, and worked time. Pure: the calendar and the pauses are data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import msgspec

from contract.timestamps import parse_rfc3339, rfc3339
from hub.deadlines.calendars import Calendar, day_of
from hub.deadlines.clocks import Clock, Unit, WorkingHours, clock_of
from hub.deadlines.pauses import Pause, Still, joined, stands

Amount = int | float | Fraction


class Computed(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored with an order, so that the time can be checked years later. `due_ns` None: the
    clock stands and nobody knows until when. `rule` is the arithmetic with its version, `calendar` the
    calendar with its own. `beyond_known`: part of it lies where no official calendar is published yet,
    or where the unit's own is not valid; it was computed by weekday and should be computed again."""

    start_ns: int
    due_ns: int | None
    unit: Unit
    amount: float
    rule: str
    calendar: str | None = None
    beyond_known: bool = False

    @property
    def at(self) -> str | None:
        """RFC 3339, rounded down to the millisecond."""
        return None if self.due_ns is None else rfc3339(self.due_ns)


class Remaining(msgspec.Struct, frozen=True, kw_only=True):
    """At one moment: `left` in the order's own unit, below 0 when overdue by so much of it.
    `share_used` 0 = just begun, 1 = due. `standing` = within a pause."""

    left: float
    share_used: float
    standing: bool
    overdue: bool


class Stage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One deadline of several, for example `accept`, `arrive`, `resolve`. It runs from the order's
    moment `since`, whose name is a state or another stage."""

    name: str
    amount: float
    unit: Unit
    since: str = "opened"


def due(
    start: int | str,
    amount: Amount,
    unit: Unit,
    calendar: Calendar | None = None,
    pauses: Iterable[Pause] = (),
) -> Computed:
    """`start` (ns, or RFC 3339) is when the hub opened the order: no unit is late before anyone could
    know. ValueError for a negative amount, or a unit that needs a calendar and has none."""
    start_ns = parse_rfc3339(start) if isinstance(start, str) else start
    clock = clock_of(unit, calendar)
    due_ns = _due_ns(clock, start_ns, _ticks(clock, amount), joined(pauses, start_ns))
    return Computed(
        start_ns=start_ns,
        due_ns=due_ns,
        unit=unit,
        amount=float(amount),
        rule=clock.rule,
        calendar=None if calendar is None or unit == "urgent-hour" else calendar.version,
        beyond_known=_beyond(unit, calendar, start_ns, due_ns),
    )


def remaining(
    start_ns: int,
    amount: Amount,
    unit: Unit,
    calendar: Calendar | None = None,
    pauses: Iterable[Pause] = (),
    *,
    now_ns: int,
) -> Remaining:
    """Of what `due` was asked about. An order given no time at all is used up."""
    clock = clock_of(unit, calendar)
    whole, listed = _ticks(clock, amount), tuple(pauses)
    used = _used(clock, start_ns, now_ns, joined(listed, start_ns))
    due_ns = _due_ns(clock, start_ns, whole, joined(listed, start_ns))
    return Remaining(
        left=float((whole - used) / clock.unit_ticks),
        share_used=float(used / whole) if whole else 1.0,
        standing=stands(listed, now_ns),
        overdue=due_ns is not None and now_ns > due_ns,
    )


def worked_ns(begin_ns: int, end_ns: int, calendar: Calendar) -> int:
    """Working time within [begin, end)."""
    return int(WorkingHours(calendar).between(begin_ns, end_ns))


def due_stages(
    stages: Sequence[Stage],
    moments: Mapping[str, int],
    calendar: Calendar | None = None,
    pauses: Iterable[Pause] = (),
) -> dict[str, Computed]:
    """By stage name; a stage whose moment has not come has no entry. `moments` (ns) are first times:
    see `keep_first`."""
    listed = tuple(pauses)
    return {
        stage.name: due(moments[stage.since], stage.amount, stage.unit, calendar, listed)
        for stage in stages
        if stage.since in moments
    }


def keep_first(moments: Mapping[str, int], name: str, at_ns: int) -> dict[str, int]:
    """The moments with one more, unless it came before: what happens again resets no clock."""
    return {**moments, name: min(at_ns, moments.get(name, at_ns))}


def _ticks(clock: Clock, amount: Amount) -> Fraction:
    if amount < 0:
        raise ValueError(f"amount {amount}: expected 0 or more")
    # 0.1 hour is meant as six minutes, not as the nearest binary number
    exact = Fraction(str(amount)) if isinstance(amount, float) else Fraction(amount)
    return exact * clock.unit_ticks


def _due_ns(clock: Clock, start_ns: int, ticks: Fraction, still: Sequence[Still]) -> int | None:
    cursor, left = start_ns, ticks
    for begin, end in still:
        moved = clock.between(cursor, begin)
        if left <= moved:
            break
        if end is None:
            return None
        cursor, left = end, left - moved
    return clock.after(cursor, left)


def _used(clock: Clock, start_ns: int, now_ns: int, still: Sequence[Still]) -> Fraction:
    cursor, used = start_ns, Fraction(0)
    for begin, end in still:
        used += clock.between(cursor, min(begin, now_ns))
        cursor = now_ns if end is None else min(end, now_ns)
    return used + clock.between(cursor, now_ns)


def _beyond(unit: Unit, calendar: Calendar | None, start_ns: int, due_ns: int | None) -> bool:
    if calendar is None or unit in {"urgent-hour", "calendar-day"}:
        return False
    last_ns = start_ns if due_ns is None else due_ns
    return not calendar.knows(day_of(calendar, start_ns), day_of(calendar, last_ns))
