"""`edile sim terminals`."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from simulators.options import MinutesOption, SeedOption, TruthOption, open_truth, refuse
from simulators.terminals.fleet import Fleet, Plan
from simulators.terminals.options import (
    AreasOption,
    AreasOutOption,
    BeginOption,
    BeginsInOption,
    BlindOption,
    ClonesOption,
    ConnectOption,
    CountOption,
    DateOption,
    EveryOption,
    FilesOnlyOption,
    ProtocolOption,
    RosterOutOption,
    ScaleOption,
    ScenarioOption,
    ShiftMinutesOption,
    SpeedOption,
    StormsOption,
    TerminalsOutOption,
    VersionOption,
)

SPARE_FILES = 200


def terminals(
    *,
    connect: ConnectOption = None,
    protocol: ProtocolOption = "jt808",
    count: CountOption = 20,
    every: EveryOption = 10.0,
    version: VersionOption = 0,
    seed: SeedOption = 1,
    truth: TruthOption = None,
    minutes: MinutesOption = 3.0,
    storms: StormsOption = 1,
    blind: BlindOption = 0.1,
    clones: ClonesOption = 1,
    scenario: ScenarioOption = "streets",
    areas: AreasOption = 40,
    speed: SpeedOption = 1.0,
    scale: ScaleOption = 1.0,
    date: DateOption = None,
    begin: BeginOption = None,
    begins_in: BeginsInOption = None,
    shift_minutes: ShiftMinutesOption = 480.0,
    areas_out: AreasOutOption = None,
    roster_out: RosterOutOption = None,
    terminals_out: TerminalsOutOption = None,
    files_only: FilesOnlyOption = False,
) -> None:
    """Play walkers and trucks with terminals: noise, canyons, blind spots, storms, cloned numbers.

    Each sends again what was not acknowledged. Example, against a gateway that listens on 7808:

    edile sim terminals --connect 127.0.0.1:7808 --count 200 --truth terminals.jsonl

    A day of shifts in minutes: --scenario attendance-day --badges 300 --areas 12 --speed 60 --areas-out
    areas.json --roster-out roster.json --terminals-out terminals.csv --truth day.jsonl
    """
    _check(protocol, version, scenario)
    address = None if files_only else _address(connect)
    _allow_files(count + (clones if scenario == "streets" else count // 50))
    if scenario == "attendance-day":
        from simulators.terminals.day_play import DayPlan, play_day

        files = (truth, areas_out, roster_out, terminals_out)
        when = (date, begin, begins_in)
        day = DayPlan(
            address, count, areas, seed, every, speed, scale, shift_minutes, *when, *files
        )
        fleet: Fleet | None = play_day(day)
    else:
        length_s = minutes * 60
        plan = Plan(protocol, count, every, length_s, seed, version=version, storms=storms)
        fleet = _streets(replace(plan, blind=blind, clones=clones), address, truth)
    if fleet is not None:
        _tell_end(fleet)


def _check(protocol: str, version: int, scenario: str) -> None:
    if version not in (0, 2011, 2013, 2019):
        refuse(f"--version: expected 2011, 2013, 2019 or 0, found {version}")
    if scenario == "attendance-day" and protocol != "jt808":
        refuse("--protocol: the scenario attendance-day speaks jt808")


def _address(connect: str | None) -> tuple[str, int]:
    host, _, port = (connect or "").rpartition(":")
    if not host or not port.isdigit():
        refuse(f"--connect: expected HOST:PORT, found {connect!r}")
    return host, int(port)


def _streets(plan: Plan, address: tuple[str, int] | None, truth: Path | None) -> Fleet:
    if address is None:
        refuse("--files-only: only the scenario attendance-day writes files")
    with contextlib.ExitStack() as stack:
        written = stack.enter_context(open_truth(truth)) if truth else None
        return asyncio.run(_play(plan, *address, written))


def _tell_end(fleet: Fleet) -> None:
    slow = fleet.percentile(0.99)
    told = "" if slow is None else f"; p99 of the acknowledgements {slow * 1000:.0f} ms"
    print(f"the scenario has ended: {dict(fleet.counts)}{told}", flush=True)


async def _play(plan: Plan, host: str, port: int, truth: TextIO | None) -> Fleet:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    fleet = Fleet(plan, host, port, truth, lambda text: print(text, flush=True))
    await fleet.play(stop)
    return fleet


def _allow_files(count: int) -> None:
    """One socket each; the soft limit is raised as far as the hard one allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + SPARE_FILES
    if soft >= wanted or soft == resource.RLIM_INFINITY:
        return
    if hard != resource.RLIM_INFINITY and hard < wanted:
        refuse(
            f"--count: {count} terminals need {wanted} open files, {hard} are allowed (ulimit -Hn)"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
