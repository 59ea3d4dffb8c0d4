"""Question 13: 10,000 badges on their shift, 1,000 reports a second, one gateway.

Sustained: a real agent process with terminal server, track store and the attendance role (400 areas, a
shift for each badge, suspicions on); the baseline is the same agent without the role. Its clock is said to
be right, because the role concludes nothing by one that is not. The load is another process: badges that
walk from spot to spot inside their areas. Measuring begins when every shift has begun, and counts only if
the store then has each of them and the tracks have the positions. CPU is the agent's own time over the
wall; latency is measured by the terminals. In one process: what the role's steps cost, each of which keeps
the loop from acknowledging.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import apsw

from benchmarks import q07_terminals as q07
from benchmarks.rows import Row
from benchmarks.walking import AREAS, FIRST, NS, SEED, SHIFT_S, VALID_FROM, Walker, shifts_of
from contract.fences import Fences
from contract.keys import PrivateKey
from contract.rosters.shift import PlannedShift
from contract.rosters.timetable import Timetable, roster_of
from edge_agent.app import running
from edge_agent.app.building import assemble, open_store
from edge_agent.app.hosting import load
from edge_agent.app.lock import FolderLock
from edge_agent.clock import SystemClock, read_floor
from edge_agent.config.attendance import AttendanceConfig
from edge_agent.config.proxy_limits import ProxyLimits
from edge_agent.readings import Moment, PositionReading, Tick
from edge_agent.roles.attendance.attendance import Attendance
from edge_agent.roles.attendance.finding import Finding
from edge_agent.roles.attendance.judging import judge
from edge_agent.roles.attendance.suspicions import Suspicions
from edge_agent.store.writer import Writer
from edge_agent.watchdog import Notifier, Watchdog
from simulators.attendance.ground import Place, area_of, geojson_of, places_of
from simulators.attendance.roster_text import planned_text
from simulators.terminals.fleet import Fleet, Plan
from simulators.terminals.mover import Fix

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from multiprocessing.context import SpawnContext, SpawnProcess

    from edge_agent.config.gateway import GatewayConfig

QUESTION = "13 attendance"
BADGES, EVERY_S, SECONDS = 10_000, 10.0, 60.0
CPU_GOAL, RSS_GOAL_MB, P99_GOAL_S = 0.5, 300.0, 0.2
SOON_S = 5  # a gateway has no verdict on a shift that began before it watched
BEGINS_IN_S, BEGUN_WITHIN_S, STEADY_S = 40, 180.0, 10.0
ROLE = "attendance"
FIX_EVERY_S, MINUTES, TICKED_S = 60, 200, 300  # in one process
TICK_S = 0.25  # as the supervisor
GW_TOML = """
[gateway]
district = "bench"
slot = "cs-001"
data_dir = "data"
status_port = 0
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


@dataclass
class Costs:
    """CPU seconds of each call."""

    position: list[float]  # each of a second's 1,000 together, for one
    tick: list[float]
    findings: list[float]
    verdict: list[float]


def measure(*, quick: bool) -> list[Row]:
    count, seconds = (2_000, 15.0) if quick else (BADGES, SECONDS)
    rows: list[Row] = []
    if q07._files_for(count):
        bare = _run(count, seconds, role=False)
        rows += _sustained(_run(count, seconds, role=True), bare)
    else:
        print(f"not measured: {count} badges need more open files than ulimit -Hn allows")
    return [*rows, *_in_process(count, 20 if quick else MINUTES)]


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
    with TemporaryDirectory() as name, q07._port() as port:
        folder = Path(name)
        _set_up(folder, count, port, role=role)
        with _agent(context, folder, count, role=role) as (agent, begun):
            q07._wait_for(port)
            near, far = context.Pipe()
            load = context.Process(target=_load, args=(port, count, seconds, far), daemon=True)
            load.start()
            if near.recv() != "running":
                raise RuntimeError("the load did not get going")
            if role and not begun.poll(BEGUN_WITHIN_S):
                raise RuntimeError("the shifts did not begin")
            time.sleep(STEADY_S)
            near.send("measure")
            begun_s, cpu_before = time.monotonic(), q07._cpu_s(agent.pid)
            result = near.recv()
            cpu = (q07._cpu_s(agent.pid) - cpu_before) / (time.monotonic() - begun_s)
            rss = q07._rss_mb(agent.pid)
            load.join(60)
        _require_kept(folder / "data", count, result["sent"], role=role)
    return q07.Run(result["p99_s"], cpu, rss, result["rate"], result["connected"])


def _require_kept(data: Path, count: int, sent: int, *, role: bool) -> None:
    """What the figures are worth nothing without: shifts that began, positions on disk."""
    shifts = _counted(data / "edile.db", f"role_state WHERE role LIKE '{ROLE}/%'")
    positions = _counted(data / "tracks.db", "position")
    if role and shifts != count:
        raise RuntimeError(f"{count} badges, but {shifts} shifts in the store")
    if positions < sent:
        raise RuntimeError(f"{sent} reports acknowledged, but {positions} positions kept")


def _counted(file: Path, rows: str) -> int:
    """Of a database that nobody else has open any more."""
    connection = apsw.Connection(str(file))
    try:
        found: int = connection.execute(f"SELECT count(*) FROM {rows}").get
    finally:
        connection.close()
    return found


def _set_up(folder: Path, count: int, port: int, *, role: bool) -> None:
    places = places_of(SEED, AREAS)
    text = GW_TOML.format(port=port) + (ROLE_TOML if role else "")
    (folder / "gw.toml").write_text(text, encoding="utf-8")
    rows = [f'[[terminals]]\nnumber = "{FIRST + n}"\n' for n in range(count)]
    (folder / "roster.toml").write_text("".join(rows), encoding="utf-8")
    areas = json.dumps(geojson_of(places, VALID_FROM))
    (folder / "areas.geojson").write_text(areas, encoding="utf-8")
    shifts = shifts_of(places, count, time.time_ns() + BEGINS_IN_S * NS)
    (folder / "shifts.json").write_text(planned_text(shifts), encoding="utf-8")
    key = PrivateKey.generate()
    (folder / "box.key").write_bytes(key.to_pem())
    (folder / "box.key").chmod(0o600)
    (folder / "hub.pub").write_text(key.public.to_pem(), encoding="ascii")


@contextmanager
def _agent(
    context: SpawnContext, folder: Path, count: int, *, role: bool
) -> Iterator[tuple[SpawnProcess, Connection]]:
    near, far = context.Pipe()
    process = context.Process(target=_serve, args=(folder, count if role else 0, far), daemon=True)
    process.start()
    try:
        yield process, near
    finally:
        process.terminate()
        process.join(30)


def _serve(folder: Path, count: int, far: Connection) -> None:
    """As `edge_agent.app.running` does it, by a clock that is believed."""
    q07._allow_files()
    config = load(folder / "gw.toml")
    lock = FolderLock.take(config.gateway.data_dir)
    lock.mark_dirty()
    asyncio.run(_served(config, lock, count, far))
    lock.release(clean=True)


async def _served(config: GatewayConfig, lock: FolderLock, count: int, far: Connection) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    floor_ns = read_floor(config.gateway.data_dir)
    clock = SystemClock(floor_ns=floor_ns, synchronised=lambda: True)
    store = open_store(config, lock, clock)
    writer = Writer(store)
    telling = asyncio.create_task(_tell_begun(writer, count, far))
    try:
        agent = await assemble(
            config, store, writer, clock, adopt=running.ignore_time, restart=stop.set
        )
        await running._work(agent, lock, Watchdog(Notifier(None), clock, agent.probe), stop)
    finally:
        telling.cancel()
        await writer.close()


async def _tell_begun(writer: Writer, count: int, far: Connection) -> None:
    while count:
        if await writer.call(lambda store: len(store.keyed_states(ROLE))) == count:
            far.send("begun")
            return
        await asyncio.sleep(2)


class _Walking(Fleet):
    """A fleet whose badges stay in their areas."""

    def walk(self, places: Sequence[Place]) -> None:
        for number, terminal in enumerate(self.terminals):
            place = places[number % len(places)]
            terminal._mover = Walker(place, Random(SEED + number))


def _load(port: int, count: int, seconds: float, far: Connection) -> None:
    q07._allow_files()
    plan = Plan(
        "jt808", count, EVERY_S, 900 + seconds, SEED, trucks=0, storms=0, blind=0, clones=0, sos=0
    )

    async def play() -> None:
        fleet = _Walking(plan, "127.0.0.1", port, None, lambda _: None)
        fleet.walk(places_of(SEED, AREAS))
        stop = asyncio.Event()
        playing = asyncio.create_task(fleet.play(stop))
        while fleet.counts["connected"] < count:
            await asyncio.sleep(0.1)
        far.send("running")
        while not far.poll():
            await asyncio.sleep(0.1)
        fleet.latencies.clear()
        before = fleet.counts["acknowledged"]
        await asyncio.sleep(seconds)
        slow, done = fleet.percentile(0.99), fleet.counts["acknowledged"] - before
        connected = fleet.counts["connected"]
        sent = fleet.counts["acknowledged"]
        far.send(
            {"p99_s": slow or 99.0, "rate": done / seconds, "connected": connected, "sent": sent}
        )
        stop.set()
        await playing

    asyncio.run(play())


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


def _in_process(count: int, minutes: int) -> list[Row]:
    """One fix of each badge a minute: what `findings` remembers of it. Ticks are timed in the last
    minutes, when there are four a second; before, one a second is enough to begin shifts and to find."""
    costs = Costs([], [], [], [])
    places = places_of(SEED, AREAS)
    begin_ns = 1_790_000_000 * NS
    shifts = shifts_of(places, count, begin_ns + SOON_S * NS)
    config = AttendanceConfig(devices=("terms-1",))
    fences = Fences([area_of(place, VALID_FROM) for place in places])
    table = Timetable(roster_of(json.loads(planned_text(shifts)), "the benchmark"))
    role = Attendance(config, table, fences, _Timed(config.proxy, costs.findings))
    walkers = [Walker(places[n % AREAS], Random(SEED + n)) for n in range(count)]
    seconds = minutes * 60
    for second in range(seconds):
        at_ns, timed = begin_ns + second * NS, second >= seconds - TICKED_S
        some = [
            _position(n, walkers[n].after(FIX_EVERY_S), at_ns)
            for n in range(second % FIX_EVERY_S, count, FIX_EVERY_S)
        ]
        begun = time.process_time()
        for one in some:
            role.step(one)
        costs.position.append((time.process_time() - begun) / len(some))
        for part in range(round(1 / TICK_S) if timed else 1):
            now = _moment(at_ns + round(part * TICK_S * NS))
            found, begun = len(costs.findings), time.process_time()
            role.step(Tick(now))
            if timed and len(costs.findings) == found:
                costs.tick.append(time.process_time() - begun)
    for n in range(20):
        track = [
            _position(n, walkers[n].after(EVERY_S), begin_ns + at * int(EVERY_S) * NS)
            for at in range(SHIFT_S // int(EVERY_S))
        ]
        begun = time.process_time()
        judge(shifts[n], track, fences, config.limits)
        costs.verdict.append(time.process_time() - begun)
    return _cost_rows(costs, count, minutes)


def _cost_rows(costs: Costs, count: int, minutes: int) -> list[Row]:
    ticks, found = sorted(costs.tick), sorted(costs.findings)
    finding = f"findings with {count:,} badges, {minutes} minutes, CPU"
    figures = [
        ("one position in the role, CPU", median(costs.position) * 1e6, "µs"),
        (f"tick with {count:,} watches, CPU, median", median(ticks) * 1e3, "ms"),
        (f"tick with {count:,} watches, CPU, p99", ticks[int(len(ticks) * 0.99)] * 1e3, "ms"),
        (f"{finding}, median", median(found) * 1e3, "ms"),
        (f"{finding}, p99", found[int(len(found) * 0.99)] * 1e3, "ms"),
        (f"{finding}, longest", found[-1] * 1e3, "ms"),
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
