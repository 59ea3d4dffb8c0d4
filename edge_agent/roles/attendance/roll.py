"""Which shifts have begun, with which plan: the roster is read once for each shift, when it begins.

A roster that is changed afterwards does not change what a person is held against, unless the change is
an amendment (a second person approved it); it is held, and told once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from contract.rosters.shift import PlannedShift
from edge_agent.config.attendance import AttendanceConfig
from edge_agent.roles.attendance.ledger import AttendanceState, Entry

_NS = 10**9
REMOVED = "removed"


class Planner(Protocol):
    """What is asked of `contract.rosters.timetable.Timetable`."""

    def shifts(self, begin_ns: int, end_ns: int) -> Sequence[PlannedShift]: ...

    def excused(self, begin_ns: int, end_ns: int) -> Sequence[PlannedShift]: ...

    def on_shift(self, badge: str, at_ns: int, margin_ns: int) -> bool: ...

    def badges(self) -> Iterable[str]: ...


class Roll:
    """`entries` by the shift's key; `changed` are keys whose entry must be saved, `held` sentences
    about changes that were not taken; both are emptied by who uses them."""

    def __init__(self, config: AttendanceConfig, planner: Planner) -> None:
        self.entries: dict[str, Entry] = {}
        self._of_badge: dict[str, list[Entry]] = {}
        self.changed: set[str] = set()
        self.held: list[str] = []
        self._config, self._planner = config, planner

    def walk(self, state: AttendanceState, now_ns: int) -> list[Entry]:
        """The shifts that began since the last walk; those that ended long ago are forgotten."""
        if state.walked_ns is None:
            state.since_ns = state.walked_ns = now_ns
        if now_ns <= state.walked_ns:
            return []
        found = self._planner.shifts(state.walked_ns, now_ns + 1)
        begun = [
            self._begin(plan, state)
            for plan in found
            if state.walked_ns < plan.start_ns <= now_ns and plan.key not in self.entries
        ]
        state.walked_ns = now_ns
        self._forget(now_ns)
        return begun

    def compare(self, state: AttendanceState, now_ns: int) -> list[Entry]:
        """After a roster was exchanged: amendments are taken, other changes of shifts that have
        begun are held. The entries that were amended or added, to be judged."""
        if state.walked_ns is None or state.since_ns is None:
            return []
        begin_ns = max(now_ns - self._kept_ns, state.since_ns + 1)
        plans = {
            plan.key: plan
            for plan in self._planner.shifts(begin_ns, state.walked_ns + 1)
            if plan.key in self.entries or state.since_ns < plan.start_ns <= state.walked_ns
        }
        for plan in self._planner.excused(begin_ns, state.walked_ns + 1):
            if plan.key in self.entries:
                plans.setdefault(plan.key, plan)
        taken = [one for plan in plans.values() if (one := self._compared(plan, state)) is not None]
        for key, entry in self.entries.items():
            if key not in plans and entry.plan.end_ns > begin_ns and entry.held != REMOVED:
                self._hold(entry, REMOVED, f"the roster no longer has the shift {key}")
        for entry in taken:
            entry.due_ns = max(now_ns, self._first_due_ns(entry.plan))
        return taken

    def restore(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._add(entry)

    def of_badge(self, badge: str, at_ns: int, margin_ns: int) -> list[Entry]:
        """Shifts that have begun, to which a report of this time belongs."""
        return [
            entry
            for entry in self._of_badge.get(badge, ())
            if entry.plan.start_ns - margin_ns <= at_ns < entry.plan.end_ns + margin_ns
        ]

    def _compared(self, plan: PlannedShift, state: AttendanceState) -> Entry | None:
        entry = self.entries.get(plan.key)
        if entry is not None and _same(entry.plan, plan):
            return None
        if plan.amended:
            if entry is None:
                return self._begin(plan, state)
            self._remove(entry)
            entry.plan, entry.held, entry.n = plan, None, 0
            self._add(entry)
            self.changed.add(plan.key)
            return entry
        if entry is None:
            self.held.append(
                f"the roster has a new shift {plan.key} that had already begun: it is not judged"
                " until a second person has approved it"
            )
        elif entry.held != (digest := _digest(plan)):
            self._hold(entry, digest, f"the roster changed the shift {plan.key} after its begin")
        return None

    def _hold(self, entry: Entry, digest: str, what: str) -> None:
        entry.held = digest
        self.changed.add(entry.plan.key)
        self.held.append(f"{what}: it stays as it was until a second person has approved that")

    def _begin(self, plan: PlannedShift, state: AttendanceState) -> Entry:
        entry = Entry(plan=plan, due_ns=self._first_due_ns(plan), spot_ns=self._spot(plan, state))
        self._add(entry)
        self.changed.add(plan.key)
        return entry

    def _add(self, entry: Entry) -> None:
        self.entries[entry.plan.key] = entry
        for badge in {span.badge for span in entry.plan.badges}:
            self._of_badge.setdefault(badge, []).append(entry)

    def _remove(self, entry: Entry) -> None:
        del self.entries[entry.plan.key]
        for badge in {span.badge for span in entry.plan.badges}:
            self._of_badge[badge].remove(entry)
            if not self._of_badge[badge]:
                del self._of_badge[badge]

    def _first_due_ns(self, plan: PlannedShift) -> int:
        """Not before everything that is looked at has passed."""
        after_s = max(self._config.verdict_after_s, self._config.limits.margin_s)
        return plan.end_ns + int(after_s * _NS)

    def _spot(self, plan: PlannedShift, state: AttendanceState) -> int | None:
        """Chosen by lot that nobody can draw beforehand: the series is new at each start."""
        lot = hashlib.sha256(f"{state.series}/{plan.key}".encode()).digest()
        if int.from_bytes(lot[:4], "big") >= self._config.spot_check_share * 2**32:
            return None
        share = int.from_bytes(lot[4:8], "big") / 2**32
        return plan.start_ns + int((0.1 + 0.8 * share) * (plan.end_ns - plan.start_ns))

    def _forget(self, now_ns: int) -> None:
        before_ns = now_ns - self._kept_ns
        old = [
            (key, entry)
            for key, entry in self.entries.items()
            if entry.plan.end_ns < before_ns and entry.due_ns is None
        ]
        for key, entry in old:
            self._remove(entry)
            self.changed.add(key)

    @property
    def _kept_ns(self) -> int:
        hours_ns = int(self._config.revise_hours * 3600 * _NS)
        return hours_ns + int((self._config.verdict_after_s + self._config.limits.margin_s) * _NS)


def _same(one: PlannedShift, other: PlannedShift) -> bool:
    """Whether the approval is written down in the plan is no change of the plan."""
    return _digest(one) == _digest(other)


def _digest(plan: PlannedShift) -> str:
    text = msgspec.json.encode(msgspec.structs.replace(plan, amended=False))
    return hashlib.sha256(text).hexdigest()[:16]
