"""A day of shifts over real sockets into the real server and its tracks; only time is made to hurry."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from contract.areas import AreaIndex
from contract.timestamps import parse_rfc3339
from simulators.attendance.day import AttendanceDay
from simulators.terminals.day_fleet import DayFleet, sayings
from simulators.terminals.day_play import DayPlan, day_of
from tests.fakes.clock import START_UTC_NS
from tests.fakes.hurried_loop import hurry
from tests.simulators.terminals.stand import Gateway, free_port, gateway, roster

BADGES, LENGTH_MIN, SCALE = 12, 30, 60.0
MONDAY = date(2026, 11, 23)


def compressed(seed: int, badges: int = BADGES) -> AttendanceDay:
    """Half an hour's shift in half a minute, that begins a minute after the gateway's clock does."""
    return AttendanceDay(
        seed,
        badges,
        6,
        MONDAY,
        begin_ns=START_UTC_NS + 60 * 10**9,
        shift_minutes=LENGTH_MIN,
        scale=SCALE,
        interval_s=1.0,
    )


def day_with_everything() -> AttendanceDay:
    """The first one in which a number is cloned and a network away."""
    days = (compressed(seed) for seed in range(1, 900))
    return next(
        day
        for day in days
        if any(stint.mishaps.clone for stint in day.stints)
        and any(stint.mishaps.blind and not stint.mishaps.off for stint in day.stints)
    )


async def played(
    day: AttendanceDay, folder: Path, *, known: list[str]
) -> tuple[DayFleet, list[dict[str, object]], Gateway, set[tuple[str, int]], int]:
    port = free_port()
    settings = {"roster_file": roster(folder, known), "unknown": "quarantine"}
    async with gateway(folder, "jt808", port, **settings) as here:
        truth = io.StringIO()
        fleet = DayFleet(
            day, "127.0.0.1", port, truth, lambda _: None, begin_ns=day.begins_ns, speed=1.0
        )
        await fleet.play(asyncio.Event())
        kept = {(one.terminal, (one.at_ns or 0) // 10**9) for one in await here.kept()}
        lines = [json.loads(line) for line in truth.getvalue().splitlines()]
        return fleet, lines, here, kept, len(await here.apart())


def measured(day: AttendanceDay) -> set[tuple[str, int]]:
    return {
        (badge, at // 10**9) for badge in day.badges for at in day.own_fixes(badge).at_ns.tolist()
    }


@pytest.mark.timeout(120)
def test_all_that_a_day_measures_arrives_with_its_own_times(tmp_path: Path) -> None:
    day = day_with_everything()

    async def whole() -> None:
        fleet, lines, here, kept, apart = await played(day, tmp_path, known=day.badges)
        cloned = {badge for badge in day.badges if day.clone_begins_ns(badge) is not None}
        mine = {one for one in measured(day) if one[0] not in cloned}
        assert {one for one in kept if one[0] not in cloned} == mine
        assert apart > 0  # the second terminal with a known number
        assert fleet.counts["acknowledged"] >= len(mine)
        assert lines[0]["scenario"] == "attendance-day"
        assert [line["kind"] for line in lines].count("end") == 1
        assert len([line for line in lines if line["kind"] == "shift"]) == BADGES
        late = [one for one in here.ear.positions if not one.live]
        assert late  # the blind spot, sent in a batch when the network was back

    hurry(whole())


def test_reports_are_said_in_order_and_held_ones_when_they_are_measured() -> None:
    day = day_with_everything()
    stint = next(s for s in day.stints if s.mishaps.blind and not s.mishaps.off)
    badge = stint.shift.badges[0].badge
    rows = list(sayings(badge, day.own_fixes(badge)))
    assert [row.at_ns for row in rows] == sorted(row.at_ns for row in rows)
    held = [row for row in rows if row.held]
    assert held
    assert all(abs(row.at_ns // 10**9 - row.report.at) <= 61 for row in held)


def plan(**changes: object) -> DayPlan:
    plain: dict[str, object] = {
        "connect": None, "badges": 20, "areas": 5, "seed": 1, "every_s": 10.0, "speed": 1.0,
        "scale": 1.0, "shift_minutes": 480.0, "on": None, "begin": None, "begins_in_s": None,
        "truth": None, "areas_out": None, "roster_out": None, "terminals_out": None,
    }  # fmt: skip
    return DayPlan(**{**plain, **changes})  # type: ignore[arg-type]


def test_without_a_date_the_day_is_the_local_today() -> None:
    at = parse_rfc3339("2026-11-22T16:30:00Z")  # half past midnight in China
    assert day_of(plan(), at).on == MONDAY
    assert day_of(plan(on="2026-10-01"), at).on == date(2026, 10, 1)


def test_a_day_that_begins_soon_leaves_time_to_come_and_begins_on_a_whole_minute() -> None:
    now_ns = parse_rfc3339("2026-11-23T01:00:06Z")
    day = day_of(plan(begins_in_s=30.0, scale=60.0, shift_minutes=60.0, every_s=1.0), now_ns)
    assert {shift.start_ns for shift in day.shifts} == {parse_rfc3339("2026-11-23T01:02:00Z")}
    assert day.begins_ns >= now_ns + 10 * 10**9


def test_a_day_begins_exactly_when_it_is_told_to() -> None:
    day = day_of(plan(begin="2026-11-23T01:00:17Z"), 0)
    assert {shift.start_ns for shift in day.shifts} == {parse_rfc3339("2026-11-23T01:00:17Z")}


def spans(day: AttendanceDay) -> Iterator[tuple[int, int]]:
    for badge in day.badges:
        at = day.fixes(badge).at_ns
        if len(at):
            yield int(at.min()), int(at.max())


def test_a_fleet_knows_when_its_day_begins_and_ends() -> None:
    day = compressed(3)
    off_ns = 2 * 10**9
    assert all(
        day.begins_ns - off_ns <= begin <= end <= day.ends_ns + off_ns for begin, end in spans(day)
    )
    assert len(AreaIndex(day.areas).areas) == 6
