"""What a roster comes to in some days: figures and lists for whoever keeps it. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from contract.rosters.shift import PlannedShift
from contract.rosters.timetable import Timetable

_HOUR_NS = 3600 * 10**9
_MOST = 20


class Gap(msgspec.Struct, frozen=True):
    """A stretch of a shift in which its person has no badge; local times."""

    shift: str
    begin: str
    end: str


class Summary(msgspec.Struct, frozen=True):
    """Of the shifts that begin in the days; hours are expected time, without breaks."""

    zone: str
    people: int
    badges: int
    shifts_by_day: dict[str, int]
    hours_by_person: dict[str, float]
    people_without_badge: list[str]
    people_without_shift: list[str]
    badges_without_shift: list[str]
    gaps: list[Gap]


def shifts_within(timetable: Timetable, first: date, days: int) -> list[PlannedShift]:
    begin_ns = timetable.local_midnight_ns(first)
    end_ns = timetable.local_midnight_ns(first + timedelta(days=days))
    return [one for one in timetable.shifts(begin_ns, end_ns) if one.start_ns >= begin_ns]


def summary_of(timetable: Timetable, first: date, days: int) -> Summary:
    shifts = shifts_within(timetable, first, days)
    zone = ZoneInfo(timetable.zone)
    begun = Counter(local(one.start_ns, zone)[:10] for one in shifts)
    by_day = [(first + timedelta(days=step)).isoformat() for step in range(days)]
    hours: dict[str, int] = defaultdict(int)
    for shift in shifts:
        hours[shift.person] += sum(end - begin for begin, end in shift.expected())
    used = {span.badge for shift in shifts for span in shift.badges}
    return Summary(
        zone=timetable.zone,
        people=len(timetable.people()),
        badges=len(timetable.badges()),
        shifts_by_day={day: begun[day] for day in by_day},
        hours_by_person={who: round(ns / _HOUR_NS, 2) for who, ns in sorted(hours.items())},
        people_without_badge=sorted({one.person for one in shifts if not one.badges}),
        people_without_shift=[who for who in timetable.people() if who not in hours],
        badges_without_shift=sorted(timetable.badges() - used),
        gaps=[gap for one in shifts if one.badges for gap in _gaps(one, zone)],
    )


def local(at_ns: int, zone: ZoneInfo) -> str:
    """2026-10-08 06:00"""
    at = datetime.fromtimestamp(at_ns // 10**9, UTC).astimezone(zone)
    return at.strftime("%Y-%m-%d %H:%M")


def text_of(summary: Summary) -> str:
    hours = summary.hours_by_person
    told = [f"{summary.people} people, {summary.badges} badges, time zone {summary.zone}"]
    told += [f"{day} {_weekday(day)}  {n} shifts" for day, n in summary.shifts_by_day.items()]
    told += _listed("hours", [f"{who} {hours[who]:g}" for who in hours])
    told += _listed("without badge", summary.people_without_badge)
    told += _listed("without shift", summary.people_without_shift)
    told += _listed("badges without shift", summary.badges_without_shift)
    gaps = [f"{gap.shift} from {gap.begin} to {gap.end}" for gap in summary.gaps]
    return "\n".join([*told, *_listed("no badge for part of", gaps)])


def table_of(shifts: Iterable[PlannedShift], timetable: Timetable) -> str:
    """One line a shift."""
    zone = ZoneInfo(timetable.zone)
    rows = [("shift", "person", "begin", "end", "hours", "badges", "areas", "breaks", "")]
    for one in shifts:
        worked_ns = sum(end - begin for begin, end in one.expected())
        breaks = [f"{local(a, zone)[11:]}-{local(b, zone)[11:]}" for a, b in one.breaks]
        badges = [span.badge for span in one.badges] or ["none"]
        rows.append(
            (
                one.key,
                one.person,
                local(one.start_ns, zone),
                local(one.end_ns, zone),
                f"{worked_ns / _HOUR_NS:g}",
                " ".join(badges),
                " ".join(one.areas),
                " ".join(breaks),
                "amended" if one.amended else "",
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _gaps(shift: PlannedShift, zone: ZoneInfo) -> list[Gap]:
    found, at_ns = [], shift.start_ns
    worn = sorted((span.start_ns, span.end_ns) for span in shift.badges)
    for begin_ns, end_ns in [*worn, (shift.end_ns, shift.end_ns)]:
        if at_ns < begin_ns:
            found.append(Gap(shift.key, local(at_ns, zone), local(begin_ns, zone)))
        at_ns = max(at_ns, end_ns)
    return found


def _weekday(day: str) -> str:
    return date.fromisoformat(day).strftime("%a")


def _listed(name: str, items: list[str]) -> list[str]:
    if not items:
        return []
    more = f" and {len(items) - _MOST} more (--json has all)" if len(items) > _MOST else ""
    return [f"{name} ({len(items)}): {', '.join(items[:_MOST])}{more}"]
