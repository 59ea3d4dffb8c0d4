"""Why a shift was judged as it was: everything that went in, as a person reads it or as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import shapely

from contract.rosters.shift import PlannedShift
from contract.timestamps import rfc3339
from edge_agent.roles.attendance.judging import JudgedFix, Judgement

Object = dict[str, object]


@dataclass(frozen=True)
class Shown:
    """An area for drawing: with its buffer, which counts, and without. WGS 84 degrees."""

    id: str
    buffered: shapely.geometry.base.BaseGeometry
    bare: shapely.geometry.base.BaseGeometry


@dataclass(frozen=True)
class Explained:
    """One shift with all that its verdict rests on. `zone_min`: local time minus UTC. `max_gap_s`:
    fixes further apart prove nothing about the time between them."""

    shift: PlannedShift
    judgement: Judgement
    fixes: Sequence[JudgedFix]
    areas: Sequence[Shown]
    zone_min: int
    max_gap_s: float

    def local(self, at_ns: int) -> datetime:
        """As the clock on the wall had it; the zone is left out."""
        return datetime.fromtimestamp(at_ns / 1e9, UTC) + timedelta(minutes=self.zone_min)

    def zone(self) -> str:
        hours, minutes = divmod(abs(self.zone_min), 60)
        return f"UTC{'-' if self.zone_min < 0 else '+'}{hours:02}:{minutes:02}"


def as_text(one: Explained) -> str:
    shift, found = one.shift, one.judgement
    badges = ", ".join(span.badge for span in shift.badges) or "none"
    fences = [f"{area} version {number}" for area, number in found.fence_versions.items()]
    lines = [
        f"shift     {shift.key}{'  (amended after it had begun)' if shift.amended else ''}",
        f"planned   {_planned(one)}",
        f"badge     {badges}",
        f"fence     {', '.join(fences) or 'none'}",
        f"verdict   {found.verdict}",
        *(f"  {sentence}" for sentence in found.reasons),
        f"first in  {_clock(one, found.first_in_ns)}",
        f"last out  {_clock(one, found.last_out_ns)}",
        f"minutes   {found.minutes_inside} known inside of {found.minutes_expected} expected",
        f"coverage  {found.coverage:.0%} of the expected time has fixes",
        f"fixes     {found.n} received, {found.used} used{_rejected(found.rejected)}",
        "stays",
    ]
    for piece in found.stays:
        span = f"{one.local(piece.begin_ns):%H:%M:%S}-{one.local(piece.end_ns):%H:%M:%S}"
        bridged = " (no fixes, but inside before and after)"
        note = bridged if piece.known == "inside" and not piece.covered else ""
        lines.append(f"  {span}  {piece.known}{note}")
    return "\n".join(lines) + "\n"


def as_object(one: Explained, *, fixes: bool) -> Object:
    """For programs. Times RFC 3339 UTC. `fixes`: also each report with what became of it."""
    shift, found = one.shift, one.judgement
    told: Object = {
        "shift": shift.key,
        "badges": [
            {"badge": span.badge, "start": rfc3339(span.start_ns), "end": rfc3339(span.end_ns)}
            for span in shift.badges
        ],
        "areas": list(shift.areas),
        "planned": {"start": rfc3339(shift.start_ns), "end": rfc3339(shift.end_ns)},
        "breaks": [[rfc3339(begin), rfc3339(end)] for begin, end in shift.breaks],
        "amended": shift.amended,
        "verdict": found.verdict,
        "reasons": list(found.reasons),
        "first_in": _told(found.first_in_ns),
        "last_out": _told(found.last_out_ns),
        "minutes_inside": found.minutes_inside,
        "minutes_expected": found.minutes_expected,
        "coverage": round(found.coverage, 4),
        "fixes": {"n": found.n, "used": found.used, "rejected": dict(found.rejected)},
        "fences": dict(found.fence_versions),
        "stays": [
            {
                "known": piece.known,
                "start": rfc3339(piece.begin_ns),
                "end": rfc3339(piece.end_ns),
                "fixes": piece.covered,
            }
            for piece in found.stays
        ],
    }
    return {**told, "track": [_fix(fix) for fix in one.fixes]} if fixes else told


def _fix(one: JudgedFix) -> Object:
    where = one.position
    told: Object = {
        "badge": where.terminal,
        "at": _told(where.at_ns),
        "lon": where.lon,
        "lat": where.lat,
    }
    return told | ({"rejected": one.rejected} if one.side is None else {"side": one.side})


def _planned(one: Explained) -> str:
    shift = one.shift
    start, end = one.local(shift.start_ns), one.local(shift.end_ns)
    until = f"{end:%H:%M}" if end.date() == start.date() else f"{end:%Y-%m-%d %H:%M}"
    breaks = ", ".join(
        f"{one.local(begin):%H:%M}-{one.local(until_ns):%H:%M}" for begin, until_ns in shift.breaks
    )
    without = f", breaks {breaks}" if breaks else ""
    return f"{start:%Y-%m-%d %H:%M}-{until} ({one.zone()}){without}, in {', '.join(shift.areas)}"


def _clock(one: Explained, at_ns: int | None) -> str:
    return "not known" if at_ns is None else f"{one.local(at_ns):%Y-%m-%d %H:%M:%S}"


def _told(at_ns: int | None) -> str | None:
    return None if at_ns is None else rfc3339(at_ns)


def _rejected(counts: Mapping[str, int]) -> str:
    if not counts:
        return ""
    return "; rejected: " + ", ".join(f"{n} {reason}" for reason, n in counts.items())
