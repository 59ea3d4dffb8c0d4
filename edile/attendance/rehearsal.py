"""A simulated district day through the role that runs on gateways, faster than it passes.

Everything between the socket and the event is the real thing but the disk: fences, rosters, watches,
verdicts, suspicions. The kept track is what has arrived by then. Badges are played in groups, each with
a role of its own, because a whole district at one report in ten seconds is 29 million positions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from contract.area import Area
from contract.envelope import Moment
from contract.fences import Fences
from contract.rosters.timetable import Timetable, roster_of
from contract.timestamps import rfc3339
from edge_agent.config.attendance import AttendanceConfig
from edge_agent.ports import CatchUp, Conclusion, Recall, RoleStep
from edge_agent.readings import PositionReading, Tick, TrackReading
from edge_agent.roles.attendance.making import role_of
from edge_agent.rules.replayed_track import PathSketch
from edile.attendance.playing import BOOT, DEVICE, in_order, readings
from simulators.attendance.day import AttendanceDay
from simulators.attendance.receiver import Fixes
from simulators.attendance.roster_text import roster_text

_NS = 10**9
TICK_S = 2.0
BEFORE_S, AFTER_S = 1_800.0, 4 * 3_600.0


def config_of(config: AttendanceConfig | None = None) -> AttendanceConfig:
    """No spot checks: nobody goes and looks."""
    return config or AttendanceConfig(devices=(DEVICE,), spot_check_share=0.0)


@dataclass
class Rehearsal:
    """One group of badges. `out` is called with each conclusion and its UTC time."""

    day: AttendanceDay
    badges: Sequence[str]
    config: AttendanceConfig
    out: Callable[[int, Conclusion], None]
    heard: int = 0
    _fixes: dict[str, Fixes] = field(default_factory=dict)

    def play(self) -> None:
        """From half an hour before the first shift until what was late has come."""
        chosen = set(self.badges)
        shifts = [
            one
            for one in self.day.shifts
            if not chosen.isdisjoint(span.badge for span in one.badges)
        ]
        roster = roster_of(json.loads(roster_text(shifts)), "the simulator")
        areas: tuple[Area, ...] = self.day.areas
        self._role = role_of(self.config, Timetable(roster), Fences(areas), self._yesterday())
        self._fixes = {badge: self.day.fixes(badge) for badge in self.badges}
        begin_ns = min(one.start_ns for one in shifts) - int(BEFORE_S * _NS)
        end_ns = max(one.end_ns for one in shifts) + int(AFTER_S * _NS)
        tick_ns = begin_ns
        for position in in_order(self._fixes, self.day.times.origin_ns):
            while tick_ns <= min(position.moment.utc_ns, end_ns):
                self._tick(tick_ns)
                tick_ns += int(TICK_S * _NS)
            self.heard += 1
            self._do(self._role.step(position), position.moment)
        for at_ns in range(tick_ns, end_ns, int(TICK_S * _NS)):
            self._tick(at_ns)

    def _yesterday(self) -> dict[str, tuple[int, ...]]:
        """The way of each badge that sends it again today, as the role would have it from the day
        before; other badges' ways would be found nowhere."""
        ways = {}
        for stint in self.day.stints:
            if stint.conduct.why == "replayed":
                for span in stint.shift.badges:
                    way = PathSketch(self.config.proxy.sketch_size)
                    before = self.day.fixes_before(span.badge)
                    for lon, lat in zip(before.lon.tolist(), before.lat.tolist(), strict=True):
                        way.add(round(lon * 1e6), round(lat * 1e6))
                    ways[span.badge] = way.values()
        return ways

    def _tick(self, at_ns: int) -> None:
        now = Moment(BOOT, at_ns - self.day.times.origin_ns + 10**15, at_ns, "ntp")
        self._do(self._role.step(Tick(now)), now)

    def _do(self, step: RoleStep, now: Moment) -> None:
        for one in step.conclusions:
            self.out(now.utc_ns, one)
        for wanted in step.recalls:
            self._do(self._role.step(self._recalled(wanted, now)), now)

    def _recalled(self, wanted: Recall | CatchUp, now: Moment) -> TrackReading:
        if isinstance(wanted, CatchUp):
            return TrackReading(now, wanted.key, ())
        found: list[PositionReading] = []
        for badge in wanted.terminals:
            fixes = self._fixes.get(badge)
            if fixes is not None:
                which = (
                    (fixes.at_ns >= wanted.begin_ns)
                    & (fixes.at_ns < wanted.end_ns)
                    & (fixes.arrived_ns <= now.utc_ns)
                )
                found += readings(badge, fixes.those(which), self.day.times.origin_ns)
        return TrackReading(now, wanted.key, tuple(found))


def groups(day: AttendanceDay, most: int) -> Iterator[list[str]]:
    """Badges that belong together stay together (crews, drawers, a swapped badge)."""
    group: list[str] = []
    for party in day.parties:
        badges = {
            span.badge
            for stint in day.stints
            if stint.party is party
            for span in stint.shift.badges
        }
        if group and len(group) + len(badges) > most:
            yield group
            group = []
        group += sorted(badges)
    if group:
        yield group


def event_line(number: int, at_ns: int, one: Conclusion) -> bytes:
    """As a gateway's event, in the order told; unsigned, as it never left the house."""
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": f"{BOOT}.rehearsal.{number}",
            "source": "/rehearsal",
            "type": type(one.payload).wire_type,
            "subject": one.subject,
            "time": rfc3339(at_ns),
            "data": one.payload,
        }
    )
