"""A verdict is a pure function of the planned shift, the fences and the track that was kept.

Nothing else goes in: not when or in which order reports came, how often, or what was concluded before.
So it can be asked again at any time, after a restart or when a blind spot's batch arrives late, and
answers the same for the same track.

Needs numpy and shapely (through the fences): imported by those who judge, not at the agent's start.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from contract.payloads.attendance import Verdict
from contract.rosters.shift import PlannedShift
from edge_agent.config.attendance_limits import AttendanceLimits
from edge_agent.readings import PositionReading
from edge_agent.roles.attendance.reasons import Case, reasons_of
from edge_agent.rules.fix_quality import FAULTS, NO_TIME, Fixes, faults_of, fixes_of, frozen
from edge_agent.rules.jumps import JUMPS, jumps
from edge_agent.rules.presence import (
    INSIDE,
    OUTSIDE,
    UNSURE,
    Piece,
    pieces,
    rides_by_trade,
    riding,
    settled,
    stays,
)
from edge_agent.rules.verdict import day, expected_ns, overlap_ns, verdict

_NS, _MINUTE_NS = 10**9, 60 * 10**9
NOT_THEIRS = "other-person"
_REASONS: tuple[str, ...] = (*FAULTS, *(name for name in JUMPS if name not in FAULTS), NOT_THEIRS)
_SIDES = {OUTSIDE: "outside", UNSURE: "unsure", INSIDE: "inside"}
Span = tuple[int, int]


class Fencing(Protocol):
    """What is asked of `contract.fences.Fences`: a role is built without shapely."""

    def sides(
        self,
        ids: Sequence[str],
        lon: ArrayLike,
        lat: ArrayLike,
        accuracy_m: ArrayLike,
        at_ns: ArrayLike,
    ) -> NDArray[np.int8]: ...

    def version(self, area_id: str, at_ns: int) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Judgement:
    """`minutes_inside` is what is known at least; `minutes_expected` the shift without its breaks.
    `coverage`: share of that for which fixes prove anything. `n`, `used`, `rejected` count different
    reports from `margin_s` before the shift to as long after it. `stays` cover the same time, as it was
    judged."""

    verdict: Verdict
    first_in_ns: int | None
    last_out_ns: int | None
    minutes_inside: int
    minutes_expected: int
    coverage: float
    n: int
    used: int
    rejected: Mapping[str, int]
    stays: tuple[Piece, ...]
    reasons: tuple[str, ...]
    fence_versions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class JudgedFix:
    """One report and what became of it: a side, or the reason why it was rejected."""

    position: PositionReading
    side: Literal["inside", "outside", "unsure", "riding"] | None
    rejected: str | None


@dataclass(frozen=True)
class _Weighed:
    """All different reports in order, the reason against each (place in _REASONS, or -1), and of the
    good ones side and riding."""

    fixes: Fixes
    against: NDArray[np.int8]
    good: Fixes
    side: NDArray[np.int8]
    rides: NDArray[np.bool_]


def judge(
    shift: PlannedShift,
    track: Sequence[PositionReading],
    fences: Fencing,
    limits: AttendanceLimits,
) -> Judgement:
    """`track`: what was kept of the shift's badges around the shift, in any order; duplicates and
    reports of other times do no harm."""
    window = window_of(shift, limits)
    weighed = _weigh(shift, track, fences, limits)
    found = pieces(weighed.good.at_ns, weighed.side, weighed.rides, window, limits)
    best_stays = stays(found, doubt_inside=True, limits=limits)
    worst_stays = stays(found, doubt_inside=False, limits=limits)
    best, worst = day(best_stays, shift, limits), day(worst_stays, shift, limits)
    told = tuple(settled(found, worst_stays, best_stays))
    expected = expected_ns(shift)
    covered = [(piece.begin_ns, piece.end_ns) for piece in told if piece.covered]
    counts = Counter(_REASONS[place] for place in weighed.against.tolist() if place >= 0)
    judged = verdict(worst, best)
    versions = _versions(shift, fences)
    return Judgement(
        verdict=judged,
        first_in_ns=worst.first_in_ns,
        last_out_ns=worst.last_out_ns,
        minutes_inside=round(worst.inside_ns / _MINUTE_NS),
        minutes_expected=round(expected / _MINUTE_NS),
        coverage=overlap_ns(covered, shift.expected()) / expected if expected else 0.0,
        n=len(weighed.fixes),
        used=len(weighed.good),
        rejected=dict(sorted(counts.items())),
        stays=told,
        reasons=reasons_of(Case(shift, judged, worst, best, told, limits), counts, versions),
        fence_versions={area: number for area, number in versions.items() if number is not None},
    )


def judged_fixes(
    shift: PlannedShift,
    track: Sequence[PositionReading],
    fences: Fencing,
    limits: AttendanceLimits,
) -> tuple[JudgedFix, ...]:
    """Every different report of the shift, oldest first, with what `judge` makes of it."""
    weighed = _weigh(shift, track, fences, limits)
    sides = iter(zip(weighed.side.tolist(), weighed.rides.tolist(), strict=True))
    told: list[JudgedFix] = []
    for source, against in zip(
        weighed.fixes.source.tolist(), weighed.against.tolist(), strict=True
    ):
        if against >= 0:
            told.append(JudgedFix(track[source], None, _REASONS[against]))
            continue
        side, rides = next(sides)
        name = "riding" if rides and side != OUTSIDE else _SIDES[side]
        told.append(JudgedFix(track[source], name, None))  # type: ignore[arg-type]
    return tuple(told)


def window_of(shift: PlannedShift, limits: AttendanceLimits) -> Span:
    """The time that a judgement looks at."""
    margin_ns = int(limits.margin_s * _NS)
    return shift.start_ns - margin_ns, shift.end_ns + margin_ns


def _weigh(
    shift: PlannedShift,
    track: Sequence[PositionReading],
    fences: Fencing,
    limits: AttendanceLimits,
) -> _Weighed:
    fixes = _within(fixes_of(track), window_of(shift, limits))
    against = faults_of(fixes, limits)
    against[(against < 0) & ~_theirs(fixes, shift, limits)] = _REASONS.index(NOT_THEIRS)
    for badge in range(len(fixes.badges)):
        _judge_sequence(fixes, against, badge, limits)
    good = fixes.where(against < 0)
    side = _sides(shift, good, fences, limits)
    rides = np.zeros(len(good), dtype=np.bool_)
    if not rides_by_trade(shift):
        rides = riding(good.at_ns, good.lon, good.lat, good.speed_kmh, limits)
    return _Weighed(fixes, against, good, side, rides)


def _within(fixes: Fixes, window: Span) -> Fixes:
    """Reports without a time are kept: that they came is to be told."""
    begin_ns, end_ns = window
    inside = (begin_ns <= fixes.at_ns) & (fixes.at_ns < end_ns)
    return fixes.where(inside | (fixes.at_ns == NO_TIME))


def _theirs(fixes: Fixes, shift: PlannedShift, limits: AttendanceLimits) -> NDArray[np.bool_]:
    """Was the badge this person's then? Who wore it at the shift's begin wore it on the way there,
    who wore it at the end on the way home."""
    begin_ns, end_ns = window_of(shift, limits)
    found = np.zeros(len(fixes), dtype=np.bool_)
    for span in shift.badges:
        if span.badge in fixes.badges:
            since = begin_ns if span.start_ns <= shift.start_ns else span.start_ns
            until = end_ns if span.end_ns >= shift.end_ns else span.end_ns
            mine = fixes.badge == fixes.badges.index(span.badge)
            found |= mine & (since <= fixes.at_ns) & (fixes.at_ns < until)
    return found


def _judge_sequence(
    fixes: Fixes, against: NDArray[np.int8], badge: int, limits: AttendanceLimits
) -> None:
    """First what leaps, then what stands still: a leap must not look like a move."""
    places = np.flatnonzero((against < 0) & (fixes.badge == badge))
    mine = fixes.where(places)
    accuracy_m = _accuracy(mine, limits)
    leaps = jumps(mine.at_ns, mine.lon, mine.lat, accuracy_m, limits)
    for number, name in enumerate(JUMPS):
        against[places[leaps == number]] = _REASONS.index(name)
    places = places[leaps < 0]
    if len(places):
        against[places[frozen(fixes.where(places), limits)]] = _REASONS.index("frozen")


def _accuracy(fixes: Fixes, limits: AttendanceLimits) -> NDArray[np.float64]:
    """None, or nought, is no accuracy."""
    given = fixes.accuracy_m > 0
    return np.where(given, fixes.accuracy_m, limits.assumed_accuracy_m)


def _sides(
    shift: PlannedShift, good: Fixes, fences: Fencing, limits: AttendanceLimits
) -> NDArray[np.int8]:
    """Outside of all areas can only be said while all of them have a fence."""
    if not len(good) or not shift.areas:
        return np.full(len(good), UNSURE, dtype=np.int8)
    accuracy_m = _accuracy(good, limits)
    side = fences.sides(shift.areas, good.lon, good.lat, accuracy_m, good.at_ns)
    edges = (*window_of(shift, limits), shift.start_ns)
    if any(fences.version(area, at_ns) is None for area in shift.areas for at_ns in edges):
        unfenced = [
            any(fences.version(area, at_ns) is None for area in shift.areas)
            for at_ns in good.at_ns.tolist()
        ]
        side[np.array(unfenced) & (side == OUTSIDE)] = UNSURE
    return side


def _versions(shift: PlannedShift, fences: Fencing) -> dict[str, int | None]:
    """As the shift began; of an area that began later, as it ended."""
    return {
        area: fences.version(area, shift.start_ns) or fences.version(area, shift.end_ns - 1)
        for area in shift.areas
    }
