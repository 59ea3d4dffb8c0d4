"""The work of one person on one day, worked out from a plan. Pure; nothing is remembered but clocks."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import msgspec

from contract.rosters.cells import utc_ns
from contract.rosters.plan import HOLIDAY, Audit, Holder, Leave, Pattern, Plan, Substitute
from contract.rosters.shift import BadgeSpan, PlannedShift

_REMEMBERED = 20_000


class Days:
    """`own` is by whose shifts they are, `worked` by who stands there (substitutions)."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.badges_of: dict[str, list[Holder]] = defaultdict(list)
        for holder in sorted(plan.holders, key=lambda one: one.start_ns):
            self.badges_of[holder.person].append(holder)
        self._instead: dict[tuple[str, date], list[Substitute]] = defaultdict(list)
        self._taken: dict[tuple[str, date], list[str]] = defaultdict(list)
        for one in plan.substitutes:
            self._instead[one.person, one.on].append(one)
            self._taken[one.by, one.on].append(one.person)
        self._away: dict[str, list[Leave]] = defaultdict(list)
        for leave in plan.leaves:
            self._away[leave.person].append(leave)
        self._clock: dict[tuple[date, int], int] = {}

    def worked(self, person: str, on: date) -> list[PlannedShift]:
        """The shifts beginning that local day in which this person stands there."""
        whose = dict.fromkeys((person, *self._taken.get((person, on), ())))
        return [shift for one in whose for shift in self.own(one, on) if shift.person == person]

    def own(self, person: str, on: date) -> list[PlannedShift]:
        """The shifts of this person beginning that local day, whoever does them."""
        found = []
        away = self.leave(person, on)
        for number, pattern in enumerate(self.patterns(person, on), 1):
            instead = self.substitute(person, on, number)
            if away is None or instead is not None:
                found.append(self._shift(person, on, number, pattern, instead))
        return found

    def excused(self, person: str, on: date) -> list[PlannedShift]:
        """Shifts that an approved change took out after they had begun: a leave, or rows for that day
        which are fewer than before. Amended, with a break that covers all of each."""
        away, single = self.leave(person, on), self._single(person, on)
        if away is not None:
            audits, before = [away.audit], self.patterns(person, on)
        elif single is not None:
            audits = [pattern.audit for pattern in single]
            before = _in_order(self._week(person, on))
        else:
            return []
        if not any(one.approved for one in audits):
            return []
        known = {shift.key for shift in self.own(person, on)}
        planned = (
            self._shift(person, on, number, pattern, None)
            for number, pattern in enumerate(before, 1)
        )
        return [
            msgspec.structs.replace(one, amended=True, breaks=((one.start_ns, one.end_ns),))
            for one in planned
            if one.key not in known
            and any(audit.approved and audit.after(one.start_ns) for audit in audits)
        ]

    def patterns(self, person: str, on: date) -> list[Pattern]:
        """Before leaves and substitutions. A single day stands instead of the week, the person's own
        rows instead of the group's."""
        single = self._single(person, on)
        return _in_order(self._week(person, on) if single is None else single)

    def _single(self, person: str, on: date) -> list[Pattern] | None:
        """None: the week stands."""
        days = self.plan.days
        return next((days[*who, on] for who in self._places(person) if (*who, on) in days), None)

    def _week(self, person: str, on: date) -> list[Pattern]:
        valid = (
            [one for one in self.plan.weekly.get(who, ()) if one.first <= on <= one.last]
            for who in self._places(person)
        )
        weekly = next((rows for rows in valid if rows), [])
        return [one for one in weekly if self._works(one, on)]

    def _places(self, person: str) -> list[tuple[str, str]]:
        group = self.plan.people[person].group
        return [("person", person)] + ([("group", group)] if group else [])

    def leave(self, person: str, on: date) -> Leave | None:
        return next(
            (one for one in self._away.get(person, ()) if one.first <= on <= one.last), None
        )

    def midnight_ns(self, on: date) -> int:
        return self._ns(on, 0)

    def _works(self, pattern: Pattern, on: date) -> bool:
        change = self.plan.changes.get((pattern.calendar, on))
        weekday = on.weekday() if change is None else change.works_as
        return weekday != HOLIDAY and weekday in pattern.days

    def substitute(self, person: str, on: date, number: int) -> Substitute | None:
        found = self._instead.get((person, on), ())
        return next((one for one in found if one.number in (None, number)), None)

    def _shift(
        self, person: str, on: date, number: int, pattern: Pattern, instead: Substitute | None
    ) -> PlannedShift:
        start_ns, end_ns = self._ns(on, pattern.start_min), self._ns(on, pattern.end_min)
        worker = person if instead is None else instead.by
        holders = [
            one
            for one in self.badges_of.get(worker, ())
            if one.start_ns < end_ns and start_ns < one.end_ns
        ]
        audits = [pattern.audit, *(one.audit for one in holders)]
        if instead is not None:
            audits.append(instead.audit)
        audits += self._calendar_audit(pattern, on)
        about = self.plan.people[person]
        return PlannedShift(
            key=f"{person}/{on.isoformat()}/{number}",
            person=worker,
            badges=tuple(
                BadgeSpan(one.badge, max(one.start_ns, start_ns), min(one.end_ns, end_ns))
                for one in holders
            ),
            areas=pattern.areas,
            start_ns=start_ns,
            end_ns=end_ns,
            breaks=tuple(
                (self._ns(on, begin), self._ns(on, until)) for begin, until in pattern.breaks
            ),
            group=about.group,
            crew=pattern.crew or about.crew,
            vehicle=pattern.vehicle or about.vehicle,
            amended=any(one.approved and one.after(start_ns) for one in audits),
        )

    def _calendar_audit(self, pattern: Pattern, on: date) -> list[Audit]:
        change = self.plan.changes.get((pattern.calendar, on))
        return [] if change is None else [change.audit]

    def _ns(self, on: date, minutes: int) -> int:
        found = self._clock.get((on, minutes))
        if found is None:
            if len(self._clock) >= _REMEMBERED:
                self._clock.clear()
            found = self._clock[on, minutes] = utc_ns(on, minutes, self.plan.zone)
        return found


def _in_order(patterns: list[Pattern]) -> list[Pattern]:
    return sorted(patterns, key=lambda one: (one.start_min, one.end_min, one.areas))


def dates(first: date, last: date) -> list[date]:
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]
