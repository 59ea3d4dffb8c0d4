"""The day's roster as a file that a roster office would send (`contract.rosters`, JSON). Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from contract.rosters.shift import PlannedShift
from contract.timestamps import rfc3339

ZONE, ZONE_S = "Asia/Shanghai", 8 * 3_600  # China Standard Time, all year
_DAY = timedelta(days=1)


def roster_text(shifts: Sequence[PlannedShift]) -> str:
    """People, their badges, and one row of work for each group and stretch of that day."""
    people = {shift.person: shift for shift in shifts}
    document = {
        "zone": ZONE,
        "people": [_told(_person(shift)) for shift in people.values()],
        "badges": list(_badges(list(people.values()))),
        "days": [_told(row) for row in _days(shifts)],
    }
    return json.dumps(document, ensure_ascii=False)


def planned_text(shifts: Sequence[PlannedShift]) -> str:
    """Shifts that another program has worked out: for days that no clock on the wall has."""
    return msgspec.json.encode({"shifts": list(shifts)}).decode()


def _person(shift: PlannedShift) -> dict[str, object]:
    return {
        "person": shift.person,
        "group": shift.group,
        "crew": shift.crew,
        "vehicle": shift.vehicle,
    }


def _badges(shifts: Sequence[PlannedShift]) -> Iterator[dict[str, object]]:
    """A badge that is swapped is the person's until then, the other one from then on."""
    for shift in shifts:
        first, *later = shift.badges
        row: dict[str, object] = {"badge": first.badge, "person": shift.person}
        yield row | ({"until": rfc3339(first.end_ns)} if later else {})
        for span in later:
            yield {"badge": span.badge, "person": shift.person, "from": rfc3339(span.start_ns)}


def _days(shifts: Sequence[PlannedShift]) -> Iterator[dict[str, object]]:
    stretches = {(shift.group, shift.start_ns): shift for shift in shifts}
    for shift in stretches.values():
        start, end = _local(shift.start_ns), _local(shift.end_ns)
        breaks = [f"{_local(a):%H:%M}-{_local(b):%H:%M}" for a, b in shift.breaks]
        yield {
            "group": shift.group,
            "date": start.date().isoformat(),
            "start": f"{start:%H:%M}",
            "end": f"{end:%H:%M}",
            "night": "yes" if end.date() == start.date() + _DAY else None,
            "break": ", ".join(breaks) or None,
            "areas": list(shift.areas),
        }


def _told(row: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in row.items() if value is not None}


def _local(at_ns: int) -> datetime:
    return datetime.fromtimestamp(at_ns // 10**9 + ZONE_S, UTC)
