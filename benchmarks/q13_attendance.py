"""Question 13: 10,000 badges on their shift, 1,000 reports a second, one gateway.

Sustained: a real agent process with terminal server, track store and the attendance role (400 areas, a
shift for each badge, suspicions on); the baseline is the same agent without the role. The load is another
process: badges that walk from spot to spot inside their areas. CPU is the agent's own time over the wall;
latency is measured by the terminals. In one process: what the role's steps cost, each of which keeps the
loop from acknowledging.
"""

from __future__ import annotations

import asyncio
import json
import math
import multiprocessing
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import q07_terminals as q07
from benchmarks.rows import Row
from contract.fences import Fences
from contract.keys import PrivateKey
from contract.rosters.shift import BadgeSpan, PlannedShift
from contract.rosters.timetable import Timetable, roster_of
from edge_agent.config.attendance import AttendanceConfig
from edge_agent.config.proxy_limits import ProxyLimits
from edge_agent.readings import Moment, PositionReading, Tick
from edge_agent.roles.attendance.attendance import Attendance
from edge_agent.roles.attendance.finding import Finding
from edge_agent.roles.attendance.judging import judge
from edge_agent.roles.attendance.suspicions import Suspicions
from simulators.attendance.ground import Place, area_of, degrees, geojson_of, places_of
from simulators.attendance.roster_text import planned_text
from simulators.terminals.fleet import Fleet, Plan
from simulators.terminals.mover import Fix, Mover

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

QUESTION = "13 attendance"
BADGES, AREAS, EVERY_S, SECONDS = 10_000, 400, 10.0, 60.0
CPU_GOAL, RSS_GOAL_MB, P99_GOAL_S = 0.5, 300.0, 0.2
FIRST, SEED, NS = 13_900_000_000, 13, 10**9
SHIFT_S, SOON_S = 8 * 3_600, 5  # a gateway has no verdict on a shift that began before it watched
TICK_S = 0.25  # as the supervisor
VALID_FROM = "2026-01-01T00:00:00Z"
GW_TOML = """
[gateway]
district = "bench"
slot = "cs-001"
data_dir = "data"
[identity]
kid = "cs-001#1"
key_file = "box.key"
[hub]
id = "bench-hub"
url = "http://127.0.0.1:9"
command_key = "hub.pub"
[[devices]]
id = "terms-1"
driver = "jt808-server"
listen = "tcp:127.0.0.1:{port}"
roster_file = "roster.toml"
unknown = "refuse"
"""
ROLE_TOML = """
[roles.attendance]
devices = ["terms-1"]
areas = ["areas.geojson"]
rosters = ["shifts.json"]
"""


class Walker(Mover):
    """From spot to spot inside one area, 3 m of noise."""

    def __init__(self, place: Place, luck: Random) -> None:
        super().__init__(luck, truck=False)
        self._place, self._chance = place, luck
        self._from = self._to = luck.randrange(len(place.spots))
        self._gone_m, self._mps = 0.0, luck.uniform(0.3, 1.2)

    def after(self, seconds: float) -> Fix:
        begin, end = self._place.spots[self._from], self._place.spots[self._to]
        way_m = math.dist(begin, end)
        self._gone_m += self._mps * seconds
        if self._gone_m >= way_m:
            self._from, self._gone_m = self._to, 0.0
            self._to = self._chance.choice(self._place.ways[self._from] or (self._from,))
            begin, way_m = end, 1.0
        share = self._gone_m / way_m if way_m else 0.0
        x, y = (
            a + share * (b - a) + self._chance.gauss(0, 3) for a, b in zip(begin, end, strict=True)
        )
        lon, lat = degrees(np.float64(x), np.float64(y))  # type: ignore[arg-type]
        return Fix(
            round(float(lat), 6), round(float(lon), 6), self._mps * 3.6, 0, fix=True, satellites=9
        )


@dataclass
class Costs:
    """CPU seconds of each call."""

    position: list[float]  # each of a second's 1,000 together, for one
    tick: list[float]
    findings: list[float]
    verdict: list[float]


def measure(*, quick: bool) -> list[Row]:
    count, seconds = (2_000, 15.0) if quick else (BADGES, SECONDS)
    rows = _in_process(count, 60 if quick else 900)
    if not q07._files_for(count):
        print(f"not measured: {count} badges need more open files than ulimit -Hn allows")
        return rows
    bare = _run(count, seconds, role=False)
    ours = _run(count, seconds, role=True)
    return [*_sustained(ours, bare), *rows]


def _sustained(ours: q07.Run, bare: q07.Run) -> list[Row]:
    about = f"{ours.connected:,} badges, {ours.rate:,.0f} reports/s"
    name = "same agent without the role"
    figures = [
        (f"p99 acknowledgement, {about}", ours.p99_s * 1e3, bare.p99_s * 1e3, "ms", P99_GOAL_S * 1e3),
        ("CPU of the agent", ours.cpu * 100, bare.cpu * 100, "% of a core", CPU_GOAL * 100),
        ("resident memory", ours.rss_mb, bare.rss_mb, "MB", RSS_GOAL_MB),
    ]  # fmt: skip
    return [
        Row(QUESTION, what, mine, unit, base, name, mine / base, f"<= {goal:g} {unit}", mine <= goal)
        for what, mine, base, unit, goal in figures
    ]  # fmt: skip


# -- the whole agent


def _run(count: int, seconds: float, *, role: bool) -> q07.Run:
    context = multiprocessing.get_context("spawn")
    with (
        TemporaryDirectory() as name,
        q07._port() as port,
        _agent(Path(name), count, port, role=role) as agent,
    ):
        q07._wait_for(port)
        near, far = context.Pipe()
        load = context.Process(target=_load, args=(port, count, seconds, far), daemon=True)
        load.start()
        if near.recv() != "running":
            raise RuntimeError("the load did not get going")
        begun_s, cpu_before = time.monotonic(), q07._cpu_s(agent.pid)
        result = near.recv()
        cpu = (q07._cpu_s(agent.pid) - cpu_before) / (time.monotonic() - begun_s)
        rss = q07._rss_mb(agent.pid)
        load.join(60)
    return q07.Run(result["p99_s"], cpu, rss, result["rate"], result["connected"])


@contextmanager
def _agent(folder: Path, count: int, port: int, *, role: bool) -> Iterator[subprocess.Popen[bytes]]:
    q07._allow_files()
    places = places_of(SEED, AREAS)
    text = GW_TOML.format(port=port) + (ROLE_TOML if role else "")
    (folder / "gw.toml").write_text(text, encoding="utf-8")
    rows = [f'[[terminals]]\nnumber = "{FIRST + n}"\n' for n in range(count)]
    (folder / "roster.toml").write_text("".join(rows), encoding="utf-8")
    areas = json.dumps(geojson_of(places, VALID_FROM))
    (folder / "areas.geojson").write_text(areas, encoding="utf-8")
    shifts = _shifts(places, count, time.time_ns() + 15 * NS)
    (folder / "shifts.json").write_text(planned_text(shifts), encoding="utf-8")
    key = PrivateKey.generate()
    (folder / "box.key").write_bytes(key.to_pem())
    (folder / "box.key").chmod(0o600)
    (folder / "hub.pub").write_text(key.public.to_pem(), encoding="ascii")
    command = [sys.executable, "-m", "edge_agent", "run", "--config", "gw.toml"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    with (folder / "agent.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
        try:
            yield process
        finally:
            if process.poll() is not None:
                print((folder / "agent.log").read_text(encoding="utf-8")[-2_000:])
            process.terminate()
            process.wait(timeout=30)


class _Walking(Fleet):
    """A fleet whose badges stay in their areas."""

    def walk(self, places: Sequence[Place]) -> None:
        for number, terminal in enumerate(self.terminals):
            place = places[number % len(places)]
            terminal._mover = Walker(place, Random(SEED + number))


def _load(port: int, count: int, seconds: float, far: Connection) -> None:
    q07._allow_files()
    plan = Plan(
        "jt808", count, EVERY_S, 600 + seconds, SEED, trucks=0, storms=0, blind=0, clones=0, sos=0
    )

    async def play() -> None:
        fleet = _Walking(plan, "127.0.0.1", port, None, lambda _: None)
        fleet.walk(places_of(SEED, AREAS))
        stop = asyncio.Event()
        playing = asyncio.create_task(fleet.play(stop))
        while fleet.counts["connected"] < count:
            await asyncio.sleep(0.1)
        await asyncio.sleep(q07.WARM_S)
        far.send("running")
        fleet.latencies.clear()
        before = fleet.counts["acknowledged"]
        await asyncio.sleep(seconds)
        slow, done = fleet.percentile(0.99), fleet.counts["acknowledged"] - before
        connected = fleet.counts["connected"]
        far.send({"p99_s": slow or 99.0, "rate": done / seconds, "connected": connected})
        stop.set()
        await playing

    asyncio.run(play())


def _shifts(places: Sequence[Place], count: int, start_ns: int) -> list[PlannedShift]:
    end_ns = start_ns + SHIFT_S * NS
    return [
        PlannedShift(
            key=f"w-{n:05d}/2026-01-01/1",
            person=f"w-{n:05d}",
            badges=(BadgeSpan(str(FIRST + n), start_ns, end_ns),),
            areas=(places[n % len(places)].id,),
            start_ns=start_ns,
            end_ns=end_ns,
        )
        for n in range(count)
    ]


# -- the role alone


class _Timed(Suspicions):
    def __init__(self, limits: ProxyLimits, took: list[float]) -> None:
        super().__init__(limits)
        self._took = took

    def findings(self, at_ns: int, plans: Mapping[str, PlannedShift]) -> list[Finding]:
        begun = time.process_time()
        found = super().findings(at_ns, plans)
        self._took.append(time.process_time() - begun)
        return found


def _in_process(count: int, seconds: int) -> list[Row]:
    costs = Costs([], [], [], [])
    places = places_of(SEED, AREAS)
    begin_ns = 1_790_000_000 * NS
    shifts = _shifts(places, count, begin_ns + SOON_S * NS)
    config = AttendanceConfig(devices=("terms-1",))
    fences = Fences([area_of(place, VALID_FROM) for place in places])
    table = Timetable(roster_of(json.loads(planned_text(shifts)), "the benchmark"))
    role = Attendance(config, table, fences, _Timed(config.proxy, costs.findings))
    walkers = [Walker(places[n % AREAS], Random(SEED + n)) for n in range(count)]
    slots = int(EVERY_S)
    for second in range(seconds):
        at_ns = begin_ns + second * NS
        some = [
            _position(n, walkers[n].after(EVERY_S), at_ns) for n in range(second % slots, count, slots)
        ]  # fmt: skip
        begun = time.process_time()
        for one in some:
            role.step(one)
        costs.position.append((time.process_time() - begun) / len(some))
        for part in range(round(1 / TICK_S)):
            now = _moment(at_ns + round(part * TICK_S * NS))
            found, begun = len(costs.findings), time.process_time()
            role.step(Tick(now))
            if second > SOON_S + 5 and len(costs.findings) == found:
                costs.tick.append(time.process_time() - begun)
    for n in range(20):
        track = [
            _position(n, walkers[n].after(EVERY_S), begin_ns + at * slots * NS)
            for at in range(SHIFT_S // slots)
        ]
        begun = time.process_time()
        judge(shifts[n], track, fences, config.limits)
        costs.verdict.append(time.process_time() - begun)
    return _cost_rows(costs, count)


def _cost_rows(costs: Costs, count: int) -> list[Row]:
    ticks = sorted(costs.tick)
    figures = [
        ("one position in the role, CPU", median(costs.position) * 1e6, "µs"),
        (f"tick with {count:,} watches, CPU, median", median(ticks) * 1e3, "ms"),
        (f"tick with {count:,} watches, CPU, p99", ticks[int(len(ticks) * 0.99)] * 1e3, "ms"),
        (f"findings with {count:,} badges, CPU, median", median(costs.findings) * 1e3, "ms"),
        (f"findings with {count:,} badges, CPU, longest", max(costs.findings) * 1e3, "ms"),
        ("judging one shift of 2,880 fixes, CPU", median(costs.verdict) * 1e3, "ms"),
    ]
    return [Row(QUESTION, what, n, unit, None, "", None, "-", None) for what, n, unit in figures]


def _position(n: int, fix: Fix, at_ns: int) -> PositionReading:
    return PositionReading(
        device="terms-1",
        moment=_moment(at_ns),
        terminal=str(FIRST + n),
        at_ns=at_ns,
        lon=fix.lon,
        lat=fix.lat,
        fix=True,
        speed_kmh=fix.speed_kmh,
        satellites=fix.satellites,
        ordinal=at_ns // NS,
    )


def _moment(at_ns: int) -> Moment:
    return Moment("0000000000000", at_ns - 10**18, at_ns, "ntp")
