"""When a shift is judged, and what is then told: a verdict, and a revision when late reports change it.

A shift is due some time after its end, and again when reports of its time come later. Its track is
recalled, judged as a whole, and told only when something about it changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from contract.payloads.attendance import AttendanceShift, Fixes, Planned
from contract.rosters.shift import PlannedShift
from contract.timestamps import rfc3339
from edge_agent.config.attendance import AttendanceConfig, WeatherAlert
from edge_agent.ports import Recall
from edge_agent.readings import PositionReading
from edge_agent.roles.attendance.judging import Fencing, judge, window_of
from edge_agent.roles.attendance.ledger import Entry

KEY = "judge:"
TAKEN_OUT = "Nobody was expected: the shift was taken out by an approved change."
_NS = 10**9


@dataclass(frozen=True, slots=True)
class Judged:
    """`told` None: the same as before, or nothing was expected of anybody."""

    told: AttendanceShift | None
    badge: str


def recall_of(entry: Entry, config: AttendanceConfig) -> Recall:
    begin_ns, end_ns = window_of(entry.plan, config.limits)
    return Recall(f"{KEY}{entry.plan.key}", badges_of(entry.plan), begin_ns, end_ns)


def badges_of(plan: PlannedShift) -> tuple[str, ...]:
    return tuple(dict.fromkeys(span.badge for span in plan.badges))


def judged(
    entry: Entry, track: Sequence[PositionReading], fences: Fencing, config: AttendanceConfig
) -> Judged:
    """Changes the entry: nothing is due any more, and what is told is written down in it."""
    entry.due_ns = None
    plan = entry.plan
    badge = plan.badges[0].badge if plan.badges else plan.person
    wanted = as_judged(plan, fences, config)
    if wanted is None:
        return Judged(_taken_out(entry, badge) if plan.amended else None, badge)
    found = judge(wanted, track, fences, config.limits)
    if found.n < entry.n:
        return Judged(None, badge)  # part of its track is no longer kept: what was told stands
    payload = AttendanceShift(
        badge=badge,
        person=plan.person,
        area=plan.areas[0] if plan.areas else "",
        planned=Planned(start=rfc3339(plan.start_ns), end=rfc3339(plan.end_ns)),
        minutes_inside=found.minutes_inside,
        minutes_expected=found.minutes_expected,
        coverage=round(found.coverage, 4),
        verdict=found.verdict,
        fixes=Fixes(n=found.n, used=found.used, rejected=dict(found.rejected)),
        first_in=None if found.first_in_ns is None else rfc3339(found.first_in_ns),
        last_out=None if found.last_out_ns is None else rfc3339(found.last_out_ns),
        shift=plan.key,
        amended=plan.amended,
        fences=dict(found.fence_versions),
        reasons=found.reasons,
        spot_checked=entry.spotted,
    )
    entry.n = found.n
    return Judged(_news(entry, payload), badge)


def _taken_out(entry: Entry, badge: str) -> AttendanceShift | None:
    """Nobody is expected any more, because somebody approved that: nothing is held against anybody, and
    what was told before is taken back."""
    plan = entry.plan
    payload = AttendanceShift(
        badge=badge,
        person=plan.person,
        area=plan.areas[0] if plan.areas else "",
        planned=Planned(start=rfc3339(plan.start_ns), end=rfc3339(plan.end_ns)),
        minutes_inside=0,
        minutes_expected=0,
        coverage=0.0,
        verdict="unknown",
        fixes=Fixes(n=0, used=0),
        shift=plan.key,
        amended=True,
        reasons=(TAKEN_OUT,),
        spot_checked=entry.spotted,
    )
    return _news(entry, payload)


def _news(entry: Entry, payload: AttendanceShift) -> AttendanceShift | None:
    """The next revision; None when it says what was said before."""
    digest = _digest(payload)
    if digest == entry.digest:
        return None
    entry.digest, entry.verdict = digest, payload.verdict
    entry.revision += 1
    return msgspec.structs.replace(payload, revision=entry.revision)


def digest_of(alerts: Sequence[WeatherAlert]) -> str:
    return hashlib.sha256(repr(alerts).encode()).hexdigest()[:16] if alerts else ""


def _digest(payload: AttendanceShift) -> str:
    """Of what a person would read differently: more reports that say the same are no revision."""
    said = msgspec.structs.replace(
        payload, fixes=Fixes(n=0, used=0), coverage=round(payload.coverage, 2), reasons=()
    )
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:16]


def _with_known_areas(wanted: PlannedShift, plan: PlannedShift, fences: Fencing) -> PlannedShift:
    """A rest area that nobody has drawn for that day makes nobody's whereabouts unknown."""
    areas = tuple(
        area
        for area in wanted.areas
        if area in plan.areas or fences.version(area, wanted.start_ns) is not None
    )
    return msgspec.structs.replace(wanted, areas=areas)


def as_judged(plan: PlannedShift, fences: Fencing, config: AttendanceConfig) -> PlannedShift | None:
    """What `judge` is given. None: nobody is expected at any time."""
    wanted = plan_to_judge(plan, config)
    return None if wanted is None else _with_known_areas(wanted, plan, fences)


def plan_to_judge(plan: PlannedShift, config: AttendanceConfig) -> PlannedShift | None:
    """As the roster has it, but in bad weather nobody is expected, and who rests at a rest point is at
    work. None: nothing is left of it."""
    alerts = [
        (one.begin_ns, one.until_ns)
        for one in config.alerts
        if not one.areas or not set(one.areas).isdisjoint(plan.areas)
    ]
    eased = msgspec.structs.replace(
        plan,
        areas=tuple(dict.fromkeys((*plan.areas, *config.rest_areas))),
        breaks=(*plan.breaks, *alerts),
    )
    expected = eased.expected()
    if not expected:
        return None
    if not alerts:
        return eased
    return msgspec.structs.replace(eased, start_ns=expected[0][0], end_ns=expected[-1][1])


def is_late_for(entry: Entry, at_ns: int, now_ns: int, config: AttendanceConfig) -> bool:
    """Does a report of that time re-open the shift, and is that still allowed?"""
    begin_ns, end_ns = window_of(entry.plan, config.limits)
    until_ns = entry.plan.end_ns + int(config.revise_hours * 3600 * _NS)
    return entry.revision >= 0 and begin_ns <= at_ns < end_ns and now_ns < until_ns
