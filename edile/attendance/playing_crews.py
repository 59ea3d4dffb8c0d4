"""Honest crews and teams of many days, and nobody else, in front of what looks for badges that go as one.

A false accusation is rare, so it takes tens of thousands of shifts to say how rare. Here only what such
shifts need is played: good fixes as the role would hand them on, a look every minute, no verdicts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from contract.rosters.shift import PlannedShift
from edge_agent.config.attendance_limits import AttendanceLimits
from edge_agent.config.proxy_limits import ProxyLimits
from edge_agent.roles.attendance.finding import Finding
from edge_agent.roles.attendance.suspicions import Suspicions
from simulators.attendance.day import AttendanceDay, Stint
from simulators.attendance.people import Party

_NS, _MINUTE_NS = 10**9, 60 * 10**9
HONEST = ("crew", "team")
PARTIES_AT_ONCE = 40


@dataclass(frozen=True, slots=True)
class CrewDay:
    """`shifts` of honest crews and teams that were played; what was found about them, if anything."""

    seed: int
    shifts: int
    found: tuple[Finding, ...]


def crew_day(seed: int, badges: int, areas: int, on: date) -> CrewDay:
    day = AttendanceDay(seed, badges, areas, on)
    parties = [party for party in day.parties if party.kind in HONEST]
    shifts, found = 0, list[Finding]()
    for at in range(0, len(parties), PARTIES_AT_ONCE):
        stints = _stints(day, parties[at : at + PARTIES_AT_ONCE])
        shifts += len(stints)
        found += findings_of(day, stints)
    return CrewDay(seed, shifts, tuple(found))


def _stints(day: AttendanceDay, parties: list[Party]) -> list[Stint]:
    chosen = {id(party) for party in parties}
    return [stint for stint in day.stints if id(stint.party) in chosen]


def findings_of(day: AttendanceDay, stints: list[Stint]) -> Iterator[Finding]:
    """Each set of badges once, with its largest form last."""
    margin_ns = int(AttendanceLimits().margin_s * _NS)
    suspicions = Suspicions(ProxyLimits())
    fixes = _Coming(day, stints)
    waiting = sorted(
        ((stint.shift.start_ns - margin_ns, stint.shift) for stint in stints),
        key=lambda one: one[0],
    )
    plans: dict[str, PlannedShift] = {}
    told: dict[tuple[str, tuple[str, ...]], Finding] = {}
    now_ns = waiting[0][0]
    while waiting or plans:
        while waiting and waiting[0][0] <= now_ns:
            _, shift = waiting.pop(0)
            for span in shift.badges:
                plans[span.badge] = shift
                suspicions.begin(span.badge, shift)
        now_ns += _MINUTE_NS
        for badge, at_ns, lon, lat, kmh in fixes.until(now_ns):
            if badge in plans:
                suspicions.add(badge, at_ns, lon, lat, None, kmh)
        for one in suspicions.findings(now_ns, plans):
            told[one.kind, one.badges] = one
        for badge in [b for b, shift in plans.items() if shift.end_ns + margin_ns <= now_ns]:
            del plans[badge]
            suspicions.end(badge)
    yield from told.values()


class _Coming:
    """Good fixes of many badges in the order of their arrival."""

    def __init__(self, day: AttendanceDay, stints: list[Stint]) -> None:
        self._names = sorted({span.badge for stint in stints for span in stint.shift.badges})
        columns = []
        least = AttendanceLimits().min_satellites
        for number, badge in enumerate(self._names):
            fixes = day.fixes(badge)
            good = fixes.those(fixes.fix & (fixes.satellites >= least))
            who = np.full(len(good), number)
            columns.append((good.arrived_ns, who, good.at_ns, good.lon, good.lat, good.speed_kmh))
        joined = [np.concatenate(column) for column in zip(*columns, strict=True)]
        order = np.argsort(joined[0], kind="stable")
        self._arrived, *self._rows = (column[order] for column in joined)
        self._place = 0

    def until(self, at_ns: int) -> Iterator[tuple[str, int, float, float, float]]:
        end = int(np.searchsorted(self._arrived, at_ns, "right"))
        some = slice(self._place, end)
        self._place = end
        for who, at, lon, lat, kmh in zip(
            *(column[some].tolist() for column in self._rows), strict=True
        ):
            yield self._names[who], at, lon, lat, kmh
