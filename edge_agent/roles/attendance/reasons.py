"""A judgement in sentences that a person understands and can hold against what they remember."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contract.payloads.attendance import Verdict
from contract.rosters.shift import PlannedShift
from edge_agent.config.attendance_limits import AttendanceLimits
from edge_agent.rules.presence import Piece
from edge_agent.rules.verdict import Day, expected_ns

_MINUTE_NS = 60 * 10**9
MOST_SPANS = 6  # named in one sentence
_WORDS = {
    "no-time": "without a time",
    "no-fix": "without a fix",
    "out-of-range": "at no place on earth",
    "few-satellites": "from too few satellites",
    "inaccurate": "too inaccurate",
    "future": "dated in the future",
    "too-old": "older than is taken",
    "impossible-speed": "impossibly fast",
    "frozen": "repeating one position",
    "teleport": "jumping away and back",
    "two-places": "in two places at once",
    "other-person": "when the badge was not this person's",
}
_TELLS = {
    "unsure": "On the border, or undecided",
    "riding": "As fast as a vehicle, which is no proof of work",
    "no-fixes": "No usable fixes",
}


@dataclass(frozen=True, slots=True)
class Case:
    """What was concluded, and from which readings of the day; `stays` as it was judged."""

    shift: PlannedShift
    verdict: Verdict
    worst: Day
    best: Day
    stays: Sequence[Piece]
    limits: AttendanceLimits


def reasons_of(
    case: Case, rejected: Mapping[str, int], versions: Mapping[str, int | None]
) -> tuple[str, ...]:
    """`rejected`: fixes by reason; `versions`: of each area's fence, None where there was none."""
    shift = case.shift
    clock = _Clock(shift.start_ns, case.limits.zone_min)
    told = [_headline(case, clock), *_whereabouts(shift, case.stays, clock)]
    if rejected:
        named = ", ".join(f"{n} {_WORDS[name]}" for name, n in sorted(rejected.items()))
        told.append(f"Not used: {named}.")
    told += [f"Area {area} had no fence then." for area, one in versions.items() if one is None]
    if not shift.areas:
        told.append("The roster names no area for this shift.")
    if not shift.badges:
        told.append("Nobody said which badge this person had.")
    return tuple(told)


class _Clock:
    """Local time of day; a date where it is not that of the shift's begin."""

    def __init__(self, start_ns: int, zone_min: int) -> None:
        self._zone = timedelta(minutes=zone_min)
        self._day = self._local(start_ns).date()

    def _local(self, at_ns: int) -> datetime:
        return datetime.fromtimestamp(at_ns // 10**9, UTC) + self._zone

    def __call__(self, at_ns: int) -> str:
        at = self._local(at_ns)
        return f"{at:%H:%M}" if at.date() == self._day else f"{at:%m-%d %H:%M}"

    def span(self, begin_ns: int, end_ns: int) -> str:
        return f"{self(begin_ns)}-{self(end_ns)}"


def _headline(case: Case, clock: _Clock) -> str:
    shift, worst, best, limits = case.shift, case.worst, case.best, case.limits
    planned = clock.span(shift.start_ns, shift.end_ns)
    minutes, expected = _minutes(worst.inside_ns), _minutes(expected_ns(shift))
    known = f"{minutes} of {expected} minutes"
    if case.verdict == "unknown":
        return (
            f"Unknown: {known} are known to be inside, which alone would be {worst.verdict}; if the "
            f"person was there whenever nothing is known, it would be {best.verdict}. So nothing is "
            "concluded."
        )
    if case.verdict == "absent":
        return (
            f"Absent: the badge was elsewhere; even with all doubt taken as presence it was inside for "
            f"{_minutes(best.inside_ns)} of {expected} minutes, less than "
            f"{limits.absent_below:.0%}."
        )
    came, left = _time(worst.first_in_ns, clock), _time(worst.last_out_ns, clock)
    if case.verdict == "late":
        left_early = (
            worst.last_out_ns is not None
            and worst.last_out_ns < shift.end_ns - limits.early_before_s * 10**9
        )
        also = f", and left at {left}" if left_early else ""
        return f"Late: inside from {came}, shift {planned}{also}; {known} inside."
    if case.verdict == "left-early":
        return f"Left early: last inside at {left}, shift {planned}; {known} inside."
    return f"Present: inside from {came} to {left}, shift {planned}; {known} inside."


def _minutes(ns: int) -> int:
    return round(ns / _MINUTE_NS)


def _time(at_ns: int | None, clock: _Clock) -> str:
    return "?" if at_ns is None else clock(at_ns)


def _whereabouts(shift: PlannedShift, stays: Sequence[Piece], clock: _Clock) -> list[str]:
    """What was not inside while it was expected, by kind; less than a minute is not worth a word."""
    told = []
    away = _spans(shift, (piece for piece in stays if piece.known == "outside"))
    if away:
        told.append(f"Outside: {_listed(away, clock)}.")
    for kind, words in _TELLS.items():
        spans = _spans(shift, (piece for piece in stays if piece.known == kind))
        if spans:
            told.append(f"{words}: {_listed(spans, clock)}.")
    bridged = _spans(shift, (one for one in stays if one.known == "inside" and not one.covered))
    if bridged:
        told.append(
            f"No fixes, but inside before and after, taken as inside: {_listed(bridged, clock)}."
        )
    if shift.breaks:
        told.append(f"Breaks, in which nobody is expected: {_listed(shift.breaks, clock)}.")
    return told


def _spans(shift: PlannedShift, found: Iterable[Piece]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for piece in found:
        for since_ns, until_ns in shift.expected():
            begin_ns, end_ns = max(piece.begin_ns, since_ns), min(piece.end_ns, until_ns)
            if spans and spans[-1][1] == begin_ns < end_ns:
                spans[-1] = (spans[-1][0], end_ns)
            elif begin_ns < end_ns:
                spans.append((begin_ns, end_ns))
    return [one for one in spans if one[1] - one[0] >= _MINUTE_NS]


def _listed(spans: Sequence[tuple[int, int]], clock: _Clock) -> str:
    named = ", ".join(clock.span(*one) for one in spans[:MOST_SPANS])
    more = len(spans) - MOST_SPANS
    return f"{named} and {more} more" if more > 0 else named
