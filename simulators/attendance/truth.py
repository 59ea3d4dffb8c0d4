"""What really happened that day, as JSON Lines (contract section 11). Pure.

A `header`, then for every shift one row `shift` and a row `exception` for each thing that a gateway
should tell (`knowable`) or may tell (not knowable: too short, too close to a threshold, or hidden by
a dead battery or a network that was away), then `end`. The verdict is that of the badge, as it is all
that GPS can see; `person_there` says whether its owner was with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import shapely
from shapely.geometry.base import BaseGeometry

from contract.timestamps import rfc3339
from simulators.attendance.day import AttendanceDay, Stint
from simulators.attendance.people import SETS
from simulators.attendance.verdicts import Truth, expected_of, merged, overlap_s, truth_of

TruthLine = dict[str, object]
EXPECTED = (
    "absent",
    "badge-silent",
    "cloned-id",
    "left-area",
    "low-battery",
    "proxy-suspected",
    "replayed-track",
    "sos",
)
_SURELY_LEFT_S = 600.0
_SURELY_SILENT_S = 1_800.0
_MAYBE_ABSENT_S = 600.0
_APART = {
    "absent-home",
    "absent-elsewhere",
    "absent-driving",
    "drawer",
    "carried",
    "ghost-crew",
    "replayed",
}


def truth_lines(day: AttendanceDay) -> Iterator[str]:
    """Each a line without its end."""
    for line in rows(day):
        yield json.dumps(line, ensure_ascii=False)


def rows(day: AttendanceDay) -> Iterator[TruthLine]:
    yield _header(day)
    fences: dict[tuple[int, ...], BaseGeometry] = {}
    last_s = 0.0
    for stint in day.stints:
        places = stint.party.places_for(stint.place)
        if places not in fences:
            fences[places] = _fence(day, places)
        fence = fences[places]
        truth = truth_of(day.path(stint), fence, stint.piece, stint.mishaps)
        yield _shift_row(day, stint, truth)
        yield from exception_rows(day, stint, truth)
        last_s = max(last_s, stint.piece.end_s)
    for party in day.parties:
        if party.kind in SETS:
            yield from proxy_rows(day, [stint for stint in day.stints if stint.party is party])
    yield {"t": round(last_s / day.times.scale, 3), "kind": "end", "id": "end"}


def _header(day: AttendanceDay) -> TruthLine:
    return {
        "t": 0,
        "kind": "truth",
        "id": "header",
        "scenario": "attendance-day",
        "seed": day.seed,
        "date": day.on.isoformat(),
        "begin": rfc3339(day.times.origin_ns),
        "scale": day.times.scale,
        "badges": len(day.badges),
        "areas": len(day.places),
        "shifts": len(day.stints),
        "expects_event": ["shift", *EXPECTED],
        "expects_order": [],
        "order_key": {},
    }


def _fence(day: AttendanceDay, places: tuple[int, ...]) -> BaseGeometry:
    fence = shapely.union_all([day.places[place].fence() for place in places])
    shapely.prepare(fence)
    return fence


def _shift_row(day: AttendanceDay, stint: Stint, truth: Truth) -> TruthLine:
    riding = stint.conduct.why == "riding"
    why = _why(stint)
    minutes = 60 * day.times.scale
    # Where badge and person are apart, what a gateway should conclude is not a matter of positions.
    apart = stint.conduct.why in {"drawer", "carried", "ghost-crew", "replayed", "cloned"} or riding
    return {
        "t": _t(day, stint, 0.0),
        "kind": "shift",
        "id": stint.shift.key,
        "badge": stint.shift.badges[0].badge,
        "badges": [span.badge for span in stint.shift.badges],
        "person": stint.shift.person,
        "verdict": "unknown" if riding else truth.verdict,
        "knowable": truth.knowable and not apart,
        "working": truth.working,
        "person_there": stint.conduct.why not in _APART,
        "minutes_inside": round(truth.inside_s / minutes, 2),
        "minutes_expected": round(truth.expected_s / minutes, 2),
        "first_in": _when(day, stint, truth.first_in_s),
        "last_out": _when(day, stint, truth.last_out_s),
        "party": stint.party.kind,
        "why": why,
    }


def _why(stint: Stint) -> str:
    """The first that explains what one sees."""
    mishaps = stint.mishaps
    told = {"honest": "honest", "carrier": stint.party.kind, "absent-home": "absent"}
    why = stint.conduct.why
    if why not in {"honest", "crew", "team"}:
        return told.get(why, why)
    if mishaps.dead_s is not None:
        return "dead-battery"
    if mishaps.stuck:
        return "stuck"
    if mishaps.blind:
        return "blind-spot"
    if mishaps.canyons:
        return "canyon"
    return "swapped" if stint.swap_s is not None else told.get(why, why)


def exception_rows(day: AttendanceDay, stint: Stint, truth: Truth) -> Iterator[TruthLine]:
    if stint.conduct.why == "replayed":
        yield _row(day, stint, "replayed-track", 0.0, knowable=True)
        return
    apart = stint.conduct.why in {"riding", "cloned"}
    yield from _absence(day, stint, truth, apart=apart)
    yield from _silence(day, stint)
    yield from _pressed(day, stint)
    if stint.mishaps.clone is not None:
        yield _row(day, stint, "cloned-id", stint.mishaps.clone[0], knowable=True)
        yield _row(day, stint, "impossible-speed", stint.mishaps.clone[0], knowable=False)


def _absence(day: AttendanceDay, stint: Stint, truth: Truth, *, apart: bool) -> Iterator[TruthLine]:
    seen = truth.knowable and not apart and not stint.mishaps.blind
    if truth.verdict == "absent":
        yield _row(day, stint, "absent", 0.0, knowable=seen)
    elif apart or truth.first_in_s is None or truth.first_in_s > _MAYBE_ABSENT_S:
        yield _row(day, stint, "absent", 0.0, knowable=False)
    if not truth.stays and not apart:
        return
    expected = expected_of(stint.piece)
    ends = [stay[1] for stay in truth.stays]
    nexts = [stay[0] for stay in truth.stays[1:]] + [stint.piece.length_s]
    gaps = list(zip(ends, nexts, strict=True)) or [(0.0, stint.piece.length_s)]
    for begin_s, end_s in gaps:
        away_s = overlap_s((begin_s, end_s), expected)
        if away_s > 0:
            surely = away_s >= _SURELY_LEFT_S and seen and truth.verdict != "absent"
            yield _row(
                day,
                stint,
                "left-area",
                _first_expected(begin_s, expected),
                knowable=surely and not _hidden(stint, begin_s),
            )


def _first_expected(at_s: float, expected: list[tuple[float, float]]) -> float:
    """Leaving in a break is leaving only when it is over."""
    return next((max(at_s, begin) for begin, end in expected if end > at_s), at_s)


def _hidden(stint: Stint, at_s: float) -> bool:
    mishaps = stint.mishaps
    lost = [*mishaps.lost(stint.piece.length_s), *mishaps.blind]
    lost += [(canyon.begin_s, canyon.end_s) for canyon in mishaps.canyons]
    return any(
        begin - 60 < at_s + _SURELY_LEFT_S and at_s < end + 60 for begin, end in merged(lost)
    )


def _silence(day: AttendanceDay, stint: Stint) -> Iterator[TruthLine]:
    mishaps, length_s = stint.mishaps, stint.piece.length_s
    if mishaps.off:
        yield _row(day, stint, "badge-silent", 0.0, knowable=True)
    elif mishaps.dead_s is not None:
        left_s = overlap_s((mishaps.dead_s, length_s), expected_of(stint.piece))
        yield _row(day, stint, "badge-silent", mishaps.dead_s, knowable=left_s >= _SURELY_SILENT_S)
    for begin_s, _ in () if mishaps.off else mishaps.blind:
        yield _row(day, stint, "badge-silent", begin_s, knowable=False)


def _pressed(day: AttendanceDay, stint: Stint) -> Iterator[TruthLine]:
    mishaps = stint.mishaps
    last_s = -1e9 if mishaps.off else mishaps.dead_s or stint.piece.length_s
    for kind, at_s in (("sos", mishaps.sos_s), ("low-battery", mishaps.low_s)):
        if at_s is not None and at_s < last_s:
            # On the last reports before the end nobody needs to act.
            yield _row(day, stint, kind, at_s, knowable=at_s + 120 < last_s)


def proxy_rows(day: AttendanceDay, stints: list[Stint]) -> Iterator[TruthLine]:
    """One for the set; badges that failed early may be missing from what is told."""
    length_s = stints[0].piece.length_s
    seen = [
        stint
        for stint in stints
        if not stint.mishaps.off
        and (stint.mishaps.dead_s is None or stint.mishaps.dead_s > 0.6 * length_s)
    ]
    row = _row(day, stints[0], "proxy-suspected", 0.0, knowable=len(seen) > 1)
    sure = [span.badge for stint in seen for span in stint.shift.badges]
    whole = [span.badge for stint in stints for span in stint.shift.badges]
    yield {**row, "badges": sure if len(seen) > 1 else whole, "perhaps": whole}


def _row(
    day: AttendanceDay, stint: Stint, exception: str, at_s: float, *, knowable: bool
) -> TruthLine:
    badge = stint.shift.badges[0].badge
    if stint.swap_s is not None and at_s >= stint.swap_s:
        badge = stint.shift.badges[1].badge
    return {
        "t": _t(day, stint, at_s),
        "kind": "exception",
        "id": f"{exception}/{stint.shift.key}/{round(at_s)}",
        "exception": exception,
        "badges": [badge],
        "since": _when(day, stint, at_s),
        "knowable": knowable,
        "shift": stint.shift.key,
        "why": stint.conduct.why,
    }


def _t(day: AttendanceDay, stint: Stint, at_s: float) -> float:
    return round((stint.piece.start_s + at_s) / day.times.scale, 3)


def _when(day: AttendanceDay, stint: Stint, at_s: float | None) -> str | None:
    return None if at_s is None else rfc3339(day.times.utc_ns(stint.piece.start_s + at_s))
