"""The role at work: reports and ticks in the order of the gateway's clock, tracks kept and given back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import msgspec

from contract.envelope import Moment
from contract.names import ClockState
from contract.payloads.attendance import AttendanceException, AttendanceShift
from contract.payloads.base import Payload
from contract.rosters.shift import BadgeSpan, PlannedShift
from edge_agent.config.attendance import AttendanceConfig
from edge_agent.ports import CatchUp, Conclusion, Recall, RoleStep
from edge_agent.readings import PositionReading, Tick, TrackReading
from edge_agent.roles.attendance.attendance import Attendance, Suspecting
from tests.edge_agent.roles.attendance.days import (
    FENCE,
    MIDNIGHT_NS,
    NS,
    clock,
)

CONFIG = AttendanceConfig(devices=("badges",), spot_check_share=0.0)


class Plans:
    """A planner over shifts as they are."""

    def __init__(self, *shifts: PlannedShift, excused: tuple[PlannedShift, ...] = ()) -> None:
        self._shifts = sorted(shifts, key=lambda one: (one.start_ns, one.key))
        self._excused = excused

    def shifts(self, begin_ns: int, end_ns: int) -> list[PlannedShift]:
        return [one for one in self._shifts if one.start_ns < end_ns and one.end_ns > begin_ns]

    def excused(self, begin_ns: int, end_ns: int) -> list[PlannedShift]:
        return [one for one in self._excused if one.start_ns < end_ns and one.end_ns > begin_ns]

    def on_shift(self, badge: str, at_ns: int, margin_ns: int) -> bool:
        return any(
            span.badge == badge
            for one in self.shifts(at_ns - margin_ns, at_ns + margin_ns + 1)
            for span in one.badges
        )

    def badges(self) -> set[str]:
        return {span.badge for one in self._shifts for span in one.badges}


def shift_of(
    badge: str, start: str = "08:00", end: str = "17:00", **changed: object
) -> PlannedShift:
    """`p-2` wears `b-2`."""
    person = badge.replace("b-", "p-")
    start_ns, end_ns = clock(start), clock(end)
    plan = PlannedShift(
        key=f"{person}/2026-09-22/1",
        person=person,
        badges=(BadgeSpan(badge, start_ns, end_ns),),
        areas=("a-1",),
        start_ns=start_ns,
        end_ns=end_ns,
        breaks=((clock("12:00"), clock("13:00")),),
    )
    return msgspec.structs.replace(plan, **changed)


def moment(at_ns: int, state: ClockState = "ntp", boot: str = "boot-1") -> Moment:
    return Moment(boot, at_ns - MIDNIGHT_NS + 10**15, at_ns, state)


@dataclass
class Desk:
    """`ahead_ns`: how far the gateway's clock is wrong. `conclusions` with the time each was told."""

    plans: Plans
    config: AttendanceConfig = CONFIG
    suspicions: Suspecting | None = None
    ahead_ns: int = 0
    state: ClockState = "ntp"
    tick_s: int = 5
    conclusions: list[tuple[int, Conclusion]] = field(default_factory=list)
    kept: list[PositionReading] = field(default_factory=list)
    saved: bytes | None = None
    keyed: dict[str, bytes] = field(default_factory=dict)
    boots: int = 1

    def __post_init__(self) -> None:
        self.role = self._made()

    def play(self, positions: Iterable[PositionReading], begin: str, end: str) -> None:
        """Ticks from `begin` to `end`; each report is kept and heard when it came."""
        coming = sorted(positions, key=lambda one: one.moment.utc_ns)
        place = 0
        for at_ns in range(clock(begin), clock(end), self.tick_s * NS):
            while place < len(coming) and coming[place].moment.utc_ns <= at_ns:
                self.hear(coming[place])
                place += 1
            self.tick(at_ns)

    def hear(self, position: PositionReading) -> None:
        """Duplicates have the ordinal 0, as the tracks give it."""
        position = replace(position, moment=self._moment(position.moment.utc_ns))
        if self.role.may_keep(position) is False:
            self._do(self.role.step(replace(position, ordinal=-1)), position.moment)
            return
        known = any(
            (one.terminal, one.at_ns, one.lon, one.lat)
            == (position.terminal, position.at_ns, position.lon, position.lat)
            for one in self.kept[-2000:]
        )
        if not known:
            position = replace(position, ordinal=len(self.kept) + 1)
            self.kept.append(position)
        self._do(self.role.step(position), position.moment)

    def tick(self, at_ns: int) -> None:
        self._do(self.role.step(Tick(self._moment(at_ns))), self._moment(at_ns))

    def restart(self, plans: Plans | None = None) -> None:
        """As after a power cut: what was saved, and nothing else; with another roster if one is given."""
        self.plans = plans or self.plans
        self.boots += 1
        self.role = self._made()
        if self.saved is not None:
            self.role.restore(self.saved)
            self.role.restore_keyed(dict(self.keyed))

    def told(self, kind: type[Payload]) -> list[Payload]:
        return [one.payload for _, one in self.conclusions if isinstance(one.payload, kind)]

    def verdicts(self) -> list[tuple[str, str, int]]:
        """(badge, verdict, revision), in the order told."""
        return [
            (one.badge, one.verdict, one.revision)
            for one in self.told(AttendanceShift)
            if isinstance(one, AttendanceShift)
        ]

    def exceptions(self, *kinds: str) -> list[tuple[str, str, str]]:
        """(kind, phase, badges), in the order told."""
        return [
            (one.kind, one.phase, "+".join(one.badges))
            for one in self.told(AttendanceException)
            if isinstance(one, AttendanceException) and (not kinds or one.kind in kinds)
        ]

    def when(self, kind: str, phase: str = "opened") -> list[int]:
        """Minutes after midnight at which such an exception was told."""
        return [
            (at_ns - MIDNIGHT_NS) // (60 * NS)
            for at_ns, one in self.conclusions
            if isinstance(one.payload, AttendanceException)
            and (one.payload.kind, one.payload.phase) == (kind, phase)
        ]

    def _made(self) -> Attendance:
        return Attendance(self.config, self.plans, FENCE, self.suspicions)

    def _moment(self, at_ns: int) -> Moment:
        return moment(at_ns + self.ahead_ns, self.state, f"boot-{self.boots}")

    def _do(self, step: RoleStep, now: Moment) -> None:
        """As the supervisor does it: what is concluded and saved first, then what is asked for."""
        at_ns = now.utc_ns - self.ahead_ns
        self.conclusions += [(at_ns, one) for one in step.conclusions]
        if step.state is not None:
            self.saved = step.state
        for key, content in step.keyed.items():
            self.keyed[key] = content
            if not content:
                del self.keyed[key]
        for wanted in step.recalls:
            self._do(self.role.step(self._recalled(wanted, now)), now)

    def _recalled(self, wanted: Recall | CatchUp, now: Moment) -> TrackReading:
        if isinstance(wanted, CatchUp):
            later = [one for one in self.kept if one.ordinal > wanted.ordinal]
            found = later[: wanted.limit]
            return TrackReading(now, wanted.key, tuple(found), len(found) == len(later))
        found = [
            one
            for terminal in wanted.terminals
            for one in sorted(self.kept, key=lambda kept: kept.at_ns or 0)
            if one.terminal == terminal
            and one.at_ns is not None
            and wanted.begin_ns <= one.at_ns < wanted.end_ns
        ]
        return TrackReading(now, wanted.key, tuple(found))
