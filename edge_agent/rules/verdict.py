"""What two readings of one day (all doubt for the person, all doubt against) come to.

The same verdict in both is the verdict. Two different ones are `unknown`: what is not known could
change it, and a verdict that may be wrong accuses nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contract.payloads.attendance import Verdict
from contract.rosters.shift import PlannedShift
from edge_agent.config.attendance_limits import AttendanceLimits

_NS = 10**9
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Day:
    """One reading. `first_in_ns` may be before the start, `last_out_ns` behind the end."""

    verdict: Verdict
    inside_ns: int
    first_in_ns: int | None
    last_out_ns: int | None


def day(stays: Sequence[Span], shift: PlannedShift, limits: AttendanceLimits) -> Day:
    """`stays` inside, in order."""
    attended = [one for one in stays if one[0] < shift.end_ns and one[1] > shift.start_ns]
    inside_ns = overlap_ns(attended, shift.expected())
    if not attended:
        return Day("absent", inside_ns, None, None)
    first_ns, last_ns = attended[0][0], attended[-1][1]
    return Day(_verdict(shift, inside_ns, first_ns, last_ns, limits), inside_ns, first_ns, last_ns)


def _verdict(
    shift: PlannedShift, inside_ns: int, first_ns: int, last_ns: int, limits: AttendanceLimits
) -> Verdict:
    if inside_ns < limits.absent_below * expected_ns(shift):
        return "absent"
    if first_ns > shift.start_ns + limits.late_after_s * _NS:
        return "late"
    if last_ns < shift.end_ns - limits.early_before_s * _NS:
        return "left-early"
    return "present"


def verdict(worst: Day, best: Day) -> Verdict:
    return worst.verdict if worst.verdict == best.verdict else "unknown"


def expected_ns(shift: PlannedShift) -> int:
    return sum(end - begin for begin, end in shift.expected())


def overlap_ns(spans: Iterable[Span], others: Iterable[Span]) -> int:
    """Neither of them overlaps itself."""
    wanted = tuple(others)
    return sum(
        max(0, min(end, until) - max(begin, since))
        for begin, end in spans
        for since, until in wanted
    )
