"""The shifts that follow from a roster, for any stretch of time. Pure: time is data.

Days are worked out when they are asked for. Asking for the same day again, as a role does all day, costs
a look into a table.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection
from datetime import date

from contract.rosters.checking import mistakes_in
from contract.rosters.days import Days
from contract.rosters.mistakes import InvalidRoster, Mistake
from contract.rosters.plan import FIRST, LAST, plan_of
from contract.rosters.reading import read_roster, roster_of
from contract.rosters.rows import Roster
from contract.rosters.shift import PlannedShift

__all__ = [
    "InvalidRoster",
    "Mistake",
    "PlannedShift",
    "Roster",
    "Timetable",
    "check",
    "read_roster",
    "roster_of",
]

_DAY_NS = 86_400 * 10**9
_LONGEST_NS = _DAY_NS + _DAY_NS // 12  # 24 h, and clocks that change meanwhile
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_BEFORE, _AFTER = 3, 2  # local days whose shifts can touch one UTC day, a margin of a day included
_DAYS_KEPT, _BADGE_DAYS_KEPT = 8, 50_000

Spans = tuple[tuple[int, int], ...]


def check(*rosters: Roster, areas: Collection[str] | None = None) -> list[Mistake]:
    """Every mistake; `areas` are the ids that exist. The files of one roster are checked together."""
    plan = plan_of(rosters)
    return mistakes_in(rosters, plan, Days(plan), areas)


class Timetable:
    """Of one roster, which may be in several files."""

    def __init__(self, *rosters: Roster) -> None:
        """Raises InvalidRoster with every mistake."""
        plan = plan_of(rosters)
        self._work = Days(plan)
        if mistakes := mistakes_in(rosters, plan, self._work, None):
            raise InvalidRoster(mistakes)
        self._plan = plan
        planned = [shift for roster in rosters for shift in roster.planned]
        self._planned = sorted(planned, key=_order)
        self._planned_of: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for shift in planned:
            for span in shift.badges:
                self._planned_of[span.badge].append((span.start_ns, span.end_ns))
        self._holders: dict[str, set[str]] = defaultdict(set)
        for holder in plan.holders:
            self._holders[holder.badge].add(holder.person)
        self._badges = frozenset(self._planned_of) | frozenset(self._holders)
        self._days: dict[date, tuple[list[PlannedShift], list[int]]] = {}
        self._badge_days: dict[tuple[str, int, int], Spans] = {}

    def shifts(self, begin_ns: int, end_ns: int) -> list[PlannedShift]:
        """Those that overlap, sorted by start and key."""
        found = [one for one in self._planned if one.start_ns < end_ns and begin_ns < one.end_ns]
        if self._plan.people and begin_ns < end_ns:
            for ordinal in range(_day_of(begin_ns) - _BEFORE, _day_of(end_ns) + _AFTER + 1):
                shifts, starts = self._day(ordinal)
                first = bisect_left(starts, begin_ns - _LONGEST_NS)
                last = bisect_left(starts, end_ns)
                found += [one for one in shifts[first:last] if begin_ns < one.end_ns]
        return sorted(found, key=_order)

    def excused(self, begin_ns: int, end_ns: int) -> list[PlannedShift]:
        """Those that overlap and that `shifts` no longer has, because a second person approved that they
        were taken out after their begin: amended, with a break that covers all of each."""
        if not self._plan.people or begin_ns >= end_ns:
            return []
        first = max(_day_of(begin_ns) - _BEFORE, FIRST.toordinal())
        last = min(_day_of(end_ns) + _AFTER, LAST.toordinal())
        found = [
            shift
            for ordinal in range(first, last + 1)
            for person in self._plan.people
            for shift in self._work.excused(person, date.fromordinal(ordinal))
            if shift.start_ns < end_ns and begin_ns < shift.end_ns
        ]
        return sorted(found, key=_order)

    def on_shift(self, badge: str, at_ns: int, margin_ns: int) -> bool:
        """Does whoever has this badge work now, `margin_ns` before and after a shift included?"""
        utc_day, wider = at_ns // _DAY_NS, max(margin_ns, 0) // _DAY_NS
        spans = self._badge_days.get((badge, utc_day, wider))
        if spans is None:
            if badge not in self._badges:
                return False
            spans = self._remember(badge, utc_day, wider)
        return any(start - margin_ns <= at_ns < end + margin_ns for start, end in spans)

    def badges(self) -> frozenset[str]:
        return self._badges

    def people(self) -> tuple[str, ...]:
        """Everybody named, with shifts or without."""
        planned = (shift.person for shift in self._planned)
        return tuple(sorted({*self._plan.people, *planned}))

    def person_of(self, badge: str, at_ns: int) -> str | None:
        """Who has this badge then."""
        for holder in self._plan.holders:
            if holder.badge == badge and holder.start_ns <= at_ns < holder.end_ns:
                return holder.person
        for shift in self._planned:
            for span in shift.badges:
                if span.badge == badge and span.start_ns <= at_ns < span.end_ns:
                    return shift.person
        return None

    def local_midnight_ns(self, on: date) -> int:
        """UTC ns of the begin of this day in the roster's zone (UTC where it has none)."""
        return self._work.midnight_ns(on)

    @property
    def zone(self) -> str:
        return self._plan.zone.key

    def _day(self, ordinal: int) -> tuple[list[PlannedShift], list[int]]:
        if not FIRST.toordinal() <= ordinal <= LAST.toordinal():
            return [], []
        on = date.fromordinal(ordinal)
        found = self._days.get(on)
        if found is None:
            while len(self._days) >= _DAYS_KEPT:
                del self._days[next(iter(self._days))]
            shifts = [shift for person in self._plan.people for shift in self._work.own(person, on)]
            shifts.sort(key=_order)
            found = self._days[on] = (shifts, [one.start_ns for one in shifts])
        return found

    def _remember(self, badge: str, utc_day: int, wider: int) -> Spans:
        begin = utc_day + _EPOCH_DAY - _BEFORE - wider
        until = utc_day + _EPOCH_DAY + _AFTER + wider
        spans = list(self._planned_of.get(badge, ()))
        for ordinal in range(max(begin, FIRST.toordinal()), min(until, LAST.toordinal()) + 1):
            for person in self._holders.get(badge, ()):
                for shift in self._work.worked(person, date.fromordinal(ordinal)):
                    spans += [(o.start_ns, o.end_ns) for o in shift.badges if o.badge == badge]
        # Terminals with a wrong clock ask for days far off; what they asked must not pile up.
        if len(self._badge_days) >= _BADGE_DAYS_KEPT:
            self._badge_days.clear()
        found = self._badge_days[badge, utc_day, wider] = tuple(spans)
        return found


def _day_of(at_ns: int) -> int:
    return at_ns // _DAY_NS + _EPOCH_DAY


def _order(shift: PlannedShift) -> tuple[int, str]:
    return shift.start_ns, shift.key
