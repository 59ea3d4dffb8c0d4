"""The true verdict of a shift, from where the badge truly was. Pure; knows nothing of any detector.

A stay counts after `DWELL_S` in the area without leaving, leaving counts after `LEAVE_S` outside. All
times are seconds since the start of the shift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from simulators.attendance.errands import AROUND_S
from simulators.attendance.luck import Floats
from simulators.attendance.mishaps import Mishaps, Span
from simulators.attendance.paths import Path
from simulators.attendance.people import Piece
from simulators.attendance.together import breaks_of

DWELL_S, LEAVE_S = 180.0, 180.0
LATE_AFTER_S, EARLY_BEFORE_S, ABSENT_BELOW = 300.0, 300.0, 0.15
CLEAR_S = 180.0  # a time is knowable when it is so far from the threshold that it decides about
LOST_S = 300.0  # a shorter loss of positions hides nothing that counts
NEAR_S = 300.0
WORKS_FROM = 0.9  # of the expected time
LATTICE_S = 5.0


@dataclass(frozen=True, slots=True)
class Truth:
    """`stays` that count; `outside` the gaps between and after them. `knowable`: the badge worked, and
    no time is so close to a threshold that an honest error of a receiver could turn it."""

    verdict: str
    inside_s: float
    expected_s: float
    first_in_s: float | None
    last_out_s: float | None
    stays: tuple[Span, ...]
    working: bool
    knowable: bool


def truth_of(path: Path, fence: BaseGeometry, piece: Piece, mishaps: Mishaps) -> Truth:
    stays = stays_of(*inside_of(path, fence, piece.length_s))
    expected = expected_of(piece)
    expected_s = sum(end - begin for begin, end in expected)
    inside_s = sum(overlap_s(stay, expected) for stay in stays)
    within = [stay for stay in stays if stay[0] < piece.length_s and stay[1] > 0]
    first_s = within[0][0] if within else None
    last_s = within[-1][1] if within else None
    lost = mishaps.lost(piece.length_s)
    lost_s = sum(overlap_s(span, expected) for span in merged(lost))
    working = lost_s <= (1 - WORKS_FROM) * expected_s
    verdict = verdict_of(inside_s, expected_s, first_s, last_s, piece.length_s)
    knowable = (
        working
        and abs(inside_s - ABSENT_BELOW * expected_s) >= CLEAR_S + lost_s
        and (verdict == "absent" or _times_clear(first_s, last_s, piece.length_s, mishaps))
    )
    return Truth(verdict, inside_s, expected_s, first_s, last_s, tuple(within), working, knowable)


def verdict_of(
    inside_s: float,
    expected_s: float,
    first_in_s: float | None,
    last_out_s: float | None,
    length_s: float,
) -> str:
    if first_in_s is None or last_out_s is None or inside_s < ABSENT_BELOW * expected_s:
        return "absent"
    if first_in_s > LATE_AFTER_S:
        return "late"
    return "left-early" if last_out_s < length_s - EARLY_BEFORE_S else "present"


def inside_of(path: Path, fence: BaseGeometry, length_s: float) -> tuple[Floats, list[bool]]:
    """Every few seconds, from well before to well after the shift. `fence` should be prepared."""
    t = np.arange(-AROUND_S, length_s + AROUND_S, LATTICE_S)
    x, y = path.at(t)
    return t, shapely.contains_xy(fence, x, y).tolist()


def stays_of(t: Floats, inside: Sequence[bool]) -> list[Span]:
    """Short absences belong to the stay; what is then too short is none."""
    side = np.asarray(inside, dtype=np.int8)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], side, [0]))))
    end_s = float(t[-1]) if len(t) else 0.0
    times = [float(t[edge]) if edge < len(t) else end_s for edge in edges.tolist()]
    whole: list[Span] = []
    for begin, end in zip(times[::2], times[1::2], strict=True):
        if whole and begin - whole[-1][1] < LEAVE_S:
            whole[-1] = (whole[-1][0], end)
        else:
            whole.append((begin, end))
    return [stay for stay in whole if stay[1] - stay[0] >= DWELL_S]


def expected_of(piece: Piece) -> list[Span]:
    """The shift without its breaks."""
    begin_s, found = 0.0, []
    for pause_s, again_s in breaks_of(piece):
        found.append((begin_s, pause_s))
        begin_s = again_s
    return [*found, (begin_s, piece.length_s)]


def overlap_s(span: Span, spans: Sequence[Span]) -> float:
    return sum(max(0.0, min(span[1], end) - max(span[0], begin)) for begin, end in spans)


def merged(spans: Sequence[Span]) -> list[Span]:
    """Sorted, none touching another."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def _times_clear(
    first_s: float | None, last_s: float | None, length_s: float, mishaps: Mishaps
) -> bool:
    """Whether a receiver like this can tell on which side of its threshold each time lies."""
    if first_s is None or last_s is None:
        return True
    late_s, early_s = LATE_AFTER_S, length_s - EARLY_BEFORE_S
    clear = abs(first_s - late_s) >= CLEAR_S and abs(last_s - early_s) >= CLEAR_S
    return clear and not any(
        _hides(span, first_s, late_s) or _hides(span, last_s, early_s)
        for span in _doubtful(mishaps, length_s)
    )


def _doubtful(mishaps: Mishaps, length_s: float) -> list[Span]:
    """Longer stretches without a position, and such in which all positions are wrong alike."""
    lost = [span for span in merged(mishaps.lost(length_s)) if span[1] - span[0] > LOST_S]
    return lost + [(canyon.begin_s, canyon.end_s) for canyon in mishaps.canyons]


def _hides(span: Span, event_s: float, threshold_s: float) -> bool:
    """The event lies in the span or near it, and so does the threshold: nobody can tell their order."""
    begin_s, end_s = span[0] - NEAR_S, span[1] + NEAR_S
    return begin_s < event_s < end_s and begin_s < threshold_s < end_s
