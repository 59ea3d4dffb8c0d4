"""The scenario `attendance-day` of `edile sim terminals`: its files, its clock, its fleet."""

from __future__ import annotations

import asyncio
import contextlib
import math
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TextIO

from contract.timestamps import parse_rfc3339, rfc3339
from simulators.attendance.day import AttendanceDay
from simulators.attendance.errands import AROUND_S
from simulators.attendance.roster_text import ZONE_S
from simulators.attendance.truth import truth_lines
from simulators.options import open_truth, refuse
from simulators.terminals.day_fleet import DayFleet

READY_S = 10.0  # to connect, before the first report of a day that begins "in so many seconds"


@dataclass(frozen=True)
class DayPlan:
    """As the options have it. Without `connect` only the files are written."""

    connect: tuple[str, int] | None
    badges: int
    areas: int
    seed: int
    every_s: float
    speed: float
    scale: float
    shift_minutes: float
    on: str | None
    begin: str | None
    begins_in_s: float | None
    truth: Path | None
    areas_out: Path | None
    roster_out: Path | None
    terminals_out: Path | None


def play_day(plan: DayPlan) -> DayFleet | None:
    """The fleet when it has ended; None when there was nothing to connect to."""
    now_ns = time.time_ns()
    day = day_of(plan, now_ns)
    _write_files(plan, day)
    if plan.connect is None:
        if plan.truth is not None:
            _write(plan.truth, truth_lines(day))
        return None
    live = plan.speed == 1.0 and (plan.begins_in_s is not None or plan.begin is not None)
    if live and day.begins_ns < now_ns:
        _say(f"the first reports should have come at {rfc3339(day.begins_ns)}: they come now")
    with contextlib.ExitStack() as stack:
        written = stack.enter_context(open_truth(plan.truth)) if plan.truth else None
        return asyncio.run(_play(plan, day, written, None if live else day.begins_ns))


def day_of(plan: DayPlan, now_ns: int) -> AttendanceDay:
    begin_ns = _begin_ns(plan, now_ns)
    at_ns = now_ns if begin_ns is None else begin_ns
    local = datetime.fromtimestamp(at_ns // 10**9 + ZONE_S, UTC).date()
    if begin_ns is None and plan.scale != 1:
        refuse(
            "--scale: a scaled day needs --begin or --begins-in, as its hours are no longer the clock's"
        )
    return AttendanceDay(
        plan.seed,
        plan.badges,
        plan.areas,
        _date(plan.on) if plan.on is not None else local,
        begin_ns=begin_ns,
        shift_minutes=plan.shift_minutes,
        scale=plan.scale,
        interval_s=plan.every_s,
    )


def _begin_ns(plan: DayPlan, now_ns: int) -> int | None:
    """On a whole minute, as rosters have them, not before the first reports can be there in time."""
    if plan.begin is not None:
        try:
            return parse_rfc3339(plan.begin)
        except ValueError as error:
            refuse(f"--begin: {error}")
    if plan.begins_in_s is None:
        return None
    before_s = AROUND_S / plan.scale + READY_S
    soonest_s = now_ns / 1e9 + max(plan.begins_in_s, before_s)
    return math.ceil(soonest_s / 60) * 60 * 10**9


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        refuse(f"--date: expected YYYY-MM-DD, found {text!r}")


def _write_files(plan: DayPlan, day: AttendanceDay) -> None:
    if plan.areas_out is not None:
        _write(plan.areas_out, [day.areas_geojson])
    if plan.roster_out is not None:
        _write(plan.roster_out, [day.roster])
    if plan.terminals_out is not None:
        rows = [f"{badge},badge,Badge {badge[-5:]}" for badge in day.badges]
        _write(plan.terminals_out, ["number,kind,name", *rows])


def _write(path: Path, lines: Iterable[str]) -> None:
    try:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
    except OSError as error:
        refuse(f"{path}: {error.strerror}")


async def _play(
    plan: DayPlan, day: AttendanceDay, truth: TextIO | None, begin_ns: int | None
) -> DayFleet:
    """`begin_ns` None: the day's time is the clock's on the wall."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    host, port = plan.connect or ("", 0)
    fleet = DayFleet(day, host, port, truth, _say, begin_ns=begin_ns, speed=plan.speed)
    await fleet.play(stop)
    return fleet


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the command's own words
