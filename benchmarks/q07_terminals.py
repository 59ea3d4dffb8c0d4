"""Question 7: 10,000 connected JT/T 808 terminals, 1,000 reports a second.

Three processes: the load (simulated terminals that never lose their network), and one after the other
the terminal server of the agent, with its track store on disk, and the baseline: an asyncio server that
cuts frames at 7E and echoes an acknowledgement, keeping nothing. CPU is the server process's own time
over the wall; latency is measured by the terminals, from a report to its acknowledgement.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.rows import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUESTION = "7 terminals"
TERMINALS, RATE, SECONDS = 10_000, 1_000, 60.0
P99_GOAL_S, CPU_GOAL, RSS_GOAL_MB = 0.2, 4.0, 300.0
WARM_S = 15.0  # connecting and registering is not what is asked
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6


@dataclass(frozen=True)
class Run:
    """One server under the load."""

    p99_s: float
    cpu: float
    rss_mb: float
    rate: float
    connected: int


def measure(*, quick: bool) -> list[Row]:
    count, seconds = (2_000, 15.0) if quick else (TERMINALS, SECONDS)
    if not _files_for(count):
        print(f"not measured: {count} terminals need more open files than ulimit -Hn allows")
        return []
    rate = RATE * count / TERMINALS
    echo = _run(_echo_server, count, rate, seconds)
    ours = _run(_agent_server, count, rate, seconds)
    about = f"{ours.connected:,} connected, {ours.rate:,.0f} reports/s"
    return [
        Row(
            QUESTION,
            f"p99 acknowledgement, {about}",
            ours.p99_s * 1000,
            "ms",
            echo.p99_s * 1000,
            "echo server, keeps nothing",
            ours.p99_s / echo.p99_s,
            f"<= {P99_GOAL_S * 1000:.0f} ms",
            ours.p99_s <= P99_GOAL_S,
        ),
        Row(
            QUESTION,
            "CPU of the server",
            ours.cpu * 100,
            "% of a core",
            echo.cpu * 100,
            "echo server, keeps nothing",
            ours.cpu / echo.cpu,
            f"<= {CPU_GOAL:g}x",
            ours.cpu / echo.cpu <= CPU_GOAL,
        ),
        Row(
            QUESTION,
            "resident memory",
            ours.rss_mb,
            "MB",
            echo.rss_mb,
            "echo server, keeps nothing",
            ours.rss_mb / echo.rss_mb,
            f"<= {RSS_GOAL_MB:.0f} MB",
            ours.rss_mb <= RSS_GOAL_MB,
        ),
    ]


def _files_for(count: int) -> bool:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return hard == resource.RLIM_INFINITY or hard >= count + 500


def _allow_files() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _run(server: Callable[..., None], count: int, rate: float, seconds: float) -> Run:
    """The server in a process of its own, the load in another, this one watches."""
    context = multiprocessing.get_context("spawn")
    with TemporaryDirectory() as folder, _port() as port:
        serving = context.Process(target=server, args=(port, folder), daemon=True)
        serving.start()
        _wait_for(port)
        near, far = context.Pipe()
        load = context.Process(target=_load, args=(port, count, rate, seconds, far), daemon=True)
        load.start()
        if near.recv() != "running":
            raise RuntimeError("the load did not get going")
        time.sleep(min(WARM_S, seconds))
        begun_s, cpu_before = time.monotonic(), _cpu_s(serving.pid)
        result = near.recv()
        cpu = (_cpu_s(serving.pid) - cpu_before) / (time.monotonic() - begun_s)
        rss = _rss_mb(serving.pid)
        serving.terminate()
        load.join(30)
        serving.join(30)
    return Run(result["p99_s"], cpu, rss, result["rate"], result["connected"])


@contextmanager
def _port() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    yield port


def _wait_for(port: int) -> None:
    until_s = time.monotonic() + 30
    while time.monotonic() < until_s:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server did not come up")


def _cpu_s(pid: int | None) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _rss_mb(pid: int | None) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE_MB


def _load(port: int, count: int, rate: float, seconds: float, far: Connection) -> None:
    from simulators.terminals.fleet import Fleet, Plan

    _allow_files()
    plan = Plan("jt808", count, count / rate, WARM_S + seconds, seed=7, storms=0, blind=0, clones=0)

    async def play() -> None:
        fleet = Fleet(plan, "127.0.0.1", port, None, lambda _: None)
        stop = asyncio.Event()
        playing = asyncio.create_task(fleet.play(stop))
        while fleet.counts["connected"] < count:
            await asyncio.sleep(0.1)
        far.send("running")
        await asyncio.sleep(WARM_S)
        fleet.latencies.clear()
        before = fleet.counts["acknowledged"]
        await asyncio.sleep(seconds)
        slow, done = fleet.percentile(0.99), fleet.counts["acknowledged"] - before
        connected = fleet.counts["connected"]
        far.send({"p99_s": slow or 99.0, "rate": done / seconds, "connected": connected})
        stop.set()
        await playing

    asyncio.run(play())


def _agent_server(port: int, folder: str) -> None:
    from edge_agent.clock import SystemClock
    from edge_agent.config.devices.terminals import Jt808ServerConfig
    from edge_agent.drivers.terminals.jt808_server import Jt808Server
    from edge_agent.store.tracks import TrackKeeper, TrackLimits, TrackStore

    _allow_files()
    roster = Path(folder) / "roster.toml"
    rows = [f'[[terminals]]\nnumber = "{13_900_000_000 + n}"\n' for n in range(TERMINALS)]
    roster.write_text("".join(rows), encoding="utf-8")

    async def serve() -> None:
        store = TrackStore.open(Path(folder), TrackLimits(), unclean=False)
        config = Jt808ServerConfig(
            id="bench", listen=f"tcp:127.0.0.1:{port}", roster_file=roster, unknown="refuse"
        )
        await Jt808Server(config, SystemClock(), TrackKeeper(store)).run(_nobody)

    asyncio.run(serve())


async def _nobody(_reading: object) -> None:
    """No role listens: what roles cost is their own question."""


class _Echo(asyncio.Protocol):
    """Registration, authentication and everything else get the shortest right answer."""

    def __init__(self) -> None:
        self._rest = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *frames, self._rest = (self._rest + data).split(b"\x7e")
        for frame in frames:
            if frame:
                self._transport.write(_echoed(frame))


def _echoed(frame: bytes) -> bytes:
    plain = frame.replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d")
    size = 17 if plain[2] & 0x40 else 12
    serial = plain[size - 2 : size]
    if plain[:2] == b"\x01\x00":
        kind, body = b"\x81\x00", serial + b"\x00" + b"code"
    else:
        kind, body = b"\x80\x01", serial + plain[:2] + b"\x00"
    head = kind + bytes((plain[2] & 0x40, len(body))) + plain[4 : size - 2] + b"\x00\x01"
    whole, check = head + body, 0
    for byte in whole:
        check ^= byte
    whole += bytes((check,))
    return b"\x7e" + whole.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02") + b"\x7e"


def _echo_server(port: int, _folder: str) -> None:
    _allow_files()

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(_Echo, "127.0.0.1", port, backlog=4_096)
        await server.serve_forever()

    asyncio.run(serve())
