"""From sides of fixes to stays: what is known of every moment, and what it comes to at best and worst.

First the time is cut into pieces: inside, outside, unsure (on the border, or between two fixes that
differ), riding (as fast as a vehicle: never proof of work) and no-fixes. Doubt that is framed by
certainty goes at once: on the border, or without fixes, between two fixes inside is inside, up to a
configured length. Nothing of that kind is done for outside: it would accuse.

Then the same pieces are read twice, with all doubt taken as inside and with all doubt taken as
outside. In each reading being outside for less than `leave_s` is no leaving, and what is then one stay
counts if it lasted for `dwell_s`; with doubt taken as outside, if that much of it was seen inside. So a
badge on a border does not flap: in one reading it never left, in the other it never came, and the
difference is what nobody knows. Being unsure ends no stay by itself, also where it is taken as outside:
a person who works along the border, and is seen outside of it for less than `leave_s` before being
seen inside again, has not left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from contract.plane import METRES_PER_DEGREE
from contract.rosters.shift import PlannedShift
from contract.side import Side
from edge_agent.config.attendance_limits import AttendanceLimits

OUTSIDE, UNSURE, INSIDE = (int(side) for side in Side)
_RIDING, _NO_FIXES = 3, 4
Known = Literal["outside", "unsure", "inside", "riding", "no-fixes"]
_NAMES: tuple[Known, ...] = ("outside", "unsure", "inside", "riding", "no-fixes")
_NS = 10**9
_PACE_S = 30.0  # a pace is measured over as much before and after
_STOP_S = 60.0  # at a red light one still rides

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """UTC ns, half open. `covered`: fixes prove it, wherever it is."""

    known: Known
    begin_ns: int
    end_ns: int
    covered: bool


def rides_by_trade(shift: PlannedShift) -> bool:
    """A crew in its truck works while it rides."""
    return shift.crew is not None or shift.vehicle is not None


def riding(
    at_ns: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    speed_kmh: NDArray[np.float64],
    limits: AttendanceLimits,
) -> NDArray[np.bool_]:
    """For each fix, oldest first: was the badge on something that rides? By the way it made, or by
    what it reports (who rides in circles makes little way); either for `ride_s`."""
    n = len(at_ns)
    if n < 2:
        return np.zeros(n, dtype=np.bool_)
    low = np.searchsorted(at_ns, at_ns - int(_PACE_S * _NS), "left")
    high = np.searchsorted(at_ns, at_ns + int(_PACE_S * _NS), "right") - 1
    places = np.arange(n)
    low, high = (
        np.minimum(low, np.maximum(places - 1, 0)),
        np.maximum(high, np.minimum(places + 1, n - 1)),
    )
    x_m = lon * (METRES_PER_DEGREE * np.cos(np.radians(lat[0])))
    y_m = lat * METRES_PER_DEGREE
    way_m = np.hypot(x_m[high] - x_m[low], y_m[high] - y_m[low])
    took_s = (at_ns[high] - at_ns[low]) / _NS
    # Over a few seconds GPS noise looks like speed, over many minutes a way says nothing.
    fair = (took_s >= _PACE_S / 2) & (took_s <= 2 * limits.max_gap_s)
    made_kmh = np.where(fair, way_m / np.maximum(took_s, 1e-3) * 3.6, 0.0)
    fast = (made_kmh >= limits.ride_kmh) | (_told_kmh(speed_kmh, low, high) >= limits.ride_kmh)
    return _for_minutes(fast, at_ns, limits)


def _told_kmh(
    speed_kmh: NDArray[np.float64], low: NDArray[np.intp], high: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Mean of what was reported around each fix; 0 where that was hardly anything."""
    told = ~np.isnan(speed_kmh)
    total = np.concatenate(([0.0], np.cumsum(np.where(told, speed_kmh, 0.0))))
    count = np.concatenate(([0], np.cumsum(told)))
    n = count[high + 1] - count[low]
    return np.where(n >= 3, (total[high + 1] - total[low]) / np.maximum(n, 1), 0.0)


def _for_minutes(
    fast: NDArray[np.bool_], at_ns: NDArray[np.int64], limits: AttendanceLimits
) -> NDArray[np.bool_]:
    found = np.zeros(len(fast), dtype=np.bool_)
    runs: list[list[int]] = []
    for begin, end in _runs_of(fast):
        if runs and at_ns[begin] - at_ns[runs[-1][1] - 1] <= _STOP_S * _NS:
            runs[-1][1] = end
        else:
            runs.append([begin, end])
    for begin, end in runs:
        if at_ns[end - 1] - at_ns[begin] >= limits.ride_s * _NS:
            found[begin:end] = True
    return found


def _runs_of(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def pieces(
    at_ns: NDArray[np.int64],
    side: NDArray[np.int8],
    rides: NDArray[np.bool_],
    window: Span,
    limits: AttendanceLimits,
) -> list[Piece]:
    """The whole window in order, without holes. Fixes (oldest first) lie inside it."""
    begin_ns, end_ns = window
    if not len(at_ns):
        return [Piece("no-fixes", begin_ns, end_ns, False)]
    side = _framed(at_ns, side, rides, limits)
    before, after = side[:-1], side[1:]
    took_s = np.diff(at_ns) / _NS
    covered = took_s <= limits.max_gap_s
    kind = np.where(before == after, before, UNSURE).astype(np.int8)
    both_inside = (before == INSIDE) & (after == INSIDE)
    lost = ~covered & ~(both_inside & (took_s <= limits.inside_gap_s))
    kind[lost] = _NO_FIXES
    kind[~lost & (rides[:-1] | rides[1:]) & (kind != OUTSIDE)] = _RIDING
    # Beyond its first and last fix a track says nothing.
    kinds = np.concatenate(([_NO_FIXES], kind, [_NO_FIXES]))
    proved = np.concatenate(([False], covered, [False]))
    bounds = np.concatenate(([begin_ns], at_ns, [end_ns]))
    fresh = np.flatnonzero((np.diff(kinds) != 0) | (np.diff(proved.astype(np.int8)) != 0)) + 1
    starts = [0, *fresh.tolist(), len(kinds)]
    found = (
        Piece(_NAMES[kinds[one]], int(bounds[one]), int(bounds[other]), bool(proved[one]))
        for one, other in pairwise(starts)
    )
    return [piece for piece in found if piece.begin_ns < piece.end_ns]


def _framed(
    at_ns: NDArray[np.int64],
    side: NDArray[np.int8],
    rides: NDArray[np.bool_],
    limits: AttendanceLimits,
) -> NDArray[np.int8]:
    """Unsure fixes between two inside that are not too far apart are inside."""
    clear = (side != UNSURE) & ~rides
    places = np.arange(len(side))
    last = np.maximum.accumulate(np.where(clear, places, -1))
    following = np.minimum.accumulate(np.where(clear, places, len(side))[::-1])[::-1]
    open_ended = (last < 0) | (following >= len(side))
    last, following = np.maximum(last, 0), np.minimum(following, len(side) - 1)
    framed = (side[last] == INSIDE) & (side[following] == INSIDE) & ~open_ended
    framed &= at_ns[following] - at_ns[last] <= limits.unsure_gap_s * _NS
    return np.where(framed & (side == UNSURE) & ~rides, INSIDE, side).astype(np.int8)


def stays(
    found: Sequence[Piece], *, doubt_inside: bool, limits: AttendanceLimits
) -> tuple[Span, ...]:
    """The stays inside, with all doubt read as inside, or as outside."""
    told: list[Span] = []
    seen_ns: list[int] = []  # inside, of each of them
    away: _Run | None = None
    for run in _read(found, doubt_inside):
        if not run.inside:
            away = run
            continue
        if told and (away is None or not _is_leaving(away, limits)):
            told[-1] = (told[-1][0], run.end_ns)
            seen_ns[-1] += run.end_ns - run.begin_ns
        else:
            told.append((run.begin_ns, run.end_ns))
            seen_ns.append(run.end_ns - run.begin_ns)
    lasted_ns = [end_ns - begin_ns for begin_ns, end_ns in told] if doubt_inside else seen_ns
    needed_ns = limits.dwell_s * _NS
    return tuple(stay for stay, ns in zip(told, lasted_ns, strict=True) if ns >= needed_ns)


@dataclass(slots=True)
class _Run:
    """Neighbours that read alike. `unsure_ns`: of that on the border."""

    inside: bool
    begin_ns: int
    end_ns: int
    unsure_ns: int = 0


def _read(found: Iterable[Piece], doubt_inside: bool) -> list[_Run]:
    runs: list[_Run] = []
    for piece in found:
        inside = piece.known == "inside" or (doubt_inside and piece.known != "outside")
        if not runs or runs[-1].inside != inside:
            runs.append(_Run(inside, piece.begin_ns, piece.end_ns))
        runs[-1].end_ns = piece.end_ns
        if piece.known == "unsure":
            runs[-1].unsure_ns += piece.end_ns - piece.begin_ns
    return runs


def _is_leaving(away: _Run, limits: AttendanceLimits) -> bool:
    """Was it long enough outside, between two inside?"""
    lasted_ns = away.end_ns - away.begin_ns
    if lasted_ns <= limits.unsure_gap_s * _NS:
        lasted_ns -= away.unsure_ns
    return lasted_ns >= limits.leave_s * _NS


def settled(found: Sequence[Piece], worst: Sequence[Span], best: Sequence[Span]) -> list[Piece]:
    """The window as it is judged: inside in both readings, outside in both, else what is not known
    about it."""
    told: list[Piece] = []
    for piece in found:
        cuts = {piece.begin_ns, piece.end_ns}
        cuts |= {
            ns for span in (*worst, *best) for ns in span if piece.begin_ns < ns < piece.end_ns
        }
        for begin_ns, end_ns in pairwise(sorted(cuts)):
            known = _settled(piece.known, _within(begin_ns, worst), _within(begin_ns, best))
            last = told[-1] if told else None
            if last and (last.known, last.covered) == (known, piece.covered):
                told[-1] = Piece(known, last.begin_ns, end_ns, piece.covered)
            else:
                told.append(Piece(known, begin_ns, end_ns, piece.covered))
    return told


def _settled(known: Known, worst: bool, best: bool) -> Known:
    if worst and best:
        return "inside"
    if not worst and not best:
        return "outside"
    return "unsure" if known in {"inside", "outside"} else known


def _within(at_ns: int, spans: Sequence[Span]) -> bool:
    return any(begin_ns <= at_ns < end_ns for begin_ns, end_ns in spans)
