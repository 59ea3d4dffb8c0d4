"""Which told exception is which true one. Pure.

Of the same kind, about the same badge, and begun at about the same time. A row that is not knowable may
be told or not; what matches no row at all is wrong. An exception about badges that move as one is right
only when every badge it names belongs to the set.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from edile.attendance.rows import DayTruth, ExceptionTruth, ProblemTold

MINUTE_NS = 60 * 1_000_000_000
TOLERANCE_MIN = {
    "absent": 120.0,
    "badge-silent": 30.0,
    "cloned-id": 60.0,
    "idle": 60.0,
    "impossible-speed": 480.0,
    "left-area": 20.0,
    "low-battery": 20.0,
    "proxy-suspected": 720.0,
    "replayed-track": 720.0,
    "sos": 10.0,
}
"""How far `since` may be from the truth, in minutes of the simulated day: a set may be seen only when
it has been together for hours, a press of a button at once."""
ACCUSES_NOBODY = "spot-check"


@dataclass(frozen=True, slots=True)
class ExceptionScore:
    """`right` + `wrong` + `may` + `repeated` are all that was told of the kind; `found` + `not_found`
    all that had to be. Of sets that were found, `named` of `to_name` badges were named."""

    right: int
    wrong: int
    may: int
    repeated: int
    found: int
    not_found: int
    named: int = 0
    to_name: int = 0
    wrong_rows: tuple[str, ...] = ()
    not_found_rows: tuple[str, ...] = ()


def exception_scores(truth: DayTruth, problems: Sequence[ProblemTold]) -> dict[str, ExceptionScore]:
    """By kind, for every kind that was true or told; proxies have a rule of their own."""
    kinds = {row.exception for row in truth.exceptions} | {one.kind for one in problems}
    return {
        kind: _scored(
            [row for row in truth.exceptions if row.exception == kind],
            [one for one in problems if one.kind == kind],
            tolerance_ns(kind, truth.header.scale),
        )
        for kind in sorted(kinds - {"proxy-suspected", ACCUSES_NOBODY})
    }


def tolerance_ns(kind: str, scale: float) -> float:
    return TOLERANCE_MIN.get(kind, 60.0) * MINUTE_NS / scale


def _scored(
    rows: list[ExceptionTruth], problems: list[ProblemTold], within_ns: float
) -> ExceptionScore:
    by_badge: dict[str, list[ExceptionTruth]] = defaultdict(list)
    for row in rows:
        for badge in row.badges:
            by_badge[badge].append(row)
    taken: set[str] = set()
    right = may = repeated = 0
    wrong: list[str] = []
    for one in sorted(problems, key=lambda problem: problem.since_ns):
        near = sorted(
            (abs(row.since_ns - one.since_ns), not row.knowable, row.id, row)
            for badge in one.badges
            for row in by_badge[badge]
            if abs(row.since_ns - one.since_ns) <= within_ns
        )
        free = [row for *_, row in near if row.id not in taken]
        best = next((row for row in free if row.knowable), free[0] if free else None)
        if best is not None:
            taken.add(best.id)
            right += best.knowable
            may += not best.knowable
        elif near:
            repeated += 1
        else:
            wrong.append(f"{one.kind} {sorted(one.badges)}")
    missed = [row.id for row in rows if row.knowable and row.id not in taken]
    return ExceptionScore(
        right=right,
        wrong=len(wrong),
        may=may,
        repeated=repeated,
        found=right,
        not_found=len(missed),
        wrong_rows=tuple(wrong),
        not_found_rows=tuple(missed),
    )


def proxy_score(truth: DayTruth, problems: Sequence[ProblemTold]) -> ExceptionScore:
    """Sets of badges. One is found when an exception names at least two of it."""
    sets = [row for row in truth.exceptions if row.exception == "proxy-suspected"]
    within_ns = tolerance_ns("proxy-suspected", truth.header.scale)
    found: set[str] = set()
    right = may = repeated = 0
    wrong: list[str] = []
    for one in problems:
        same = [
            row
            for row in sets
            if len(one.badges & _set_of(row)) > 1 and abs(row.since_ns - one.since_ns) <= within_ns
        ]
        outsiders = one.badges - {badge for row in same for badge in _set_of(row)}
        again = bool(same) and all(row.id in found for row in same)
        found |= {row.id for row in same}
        if not same or outsiders:
            wrong.append(f"{one.kind} {sorted(one.badges)}")
        elif again:
            repeated += 1
        elif any(row.knowable for row in same):
            right += 1
        else:
            may += 1
    surely = [row for row in sets if row.knowable]
    missed = [row.id for row in surely if row.id not in found]
    named = frozenset().union(*(one.badges for one in problems))
    to_name = {badge for row in surely if row.id in found for badge in row.badges}
    return ExceptionScore(
        right=right,
        wrong=len(wrong),
        may=may,
        repeated=repeated,
        found=len(surely) - len(missed),
        not_found=len(missed),
        named=len(to_name & named),
        to_name=len(to_name),
        wrong_rows=tuple(wrong),
        not_found_rows=tuple(missed),
    )


def wrongly_named(truth: DayTruth, problem: ProblemTold) -> frozenset[str]:
    """Badges that an exception about sets names with no right to; none for other kinds."""
    if problem.kind != "proxy-suspected":
        return frozenset()
    sets = [
        _set_of(row)
        for row in truth.exceptions
        if row.exception == "proxy-suspected" and len(problem.badges & _set_of(row)) > 1
    ]
    return problem.badges - frozenset().union(*sets)


def _set_of(row: ExceptionTruth) -> frozenset[str]:
    return frozenset(row.badges) | frozenset(row.perhaps)
