"""A simulated fleet against the real server of a gateway: real sockets, the real tracks, the real
supervisor and the real outbox; only time is made to hurry."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from edge_agent.config.devices.terminals import Gt06ServerConfig, Jt808ServerConfig
from edge_agent.drivers.parts import DriverParts
from edge_agent.drivers.table import build_driver, transport_of
from edge_agent.drivers.terminals.server import TerminalServer
from edge_agent.health import DeviceHealthBook
from edge_agent.ports import RoleStep
from edge_agent.readings import LineStatus, PositionReading, Reading
from edge_agent.store.tracks import TrackKeeper, TrackLimits, TrackStore
from edge_agent.store.writer import Writer
from edge_agent.supervisor import Attached, Hosted, Retry, Supervisor
from simulators.terminals.fleet import Fleet, Plan
from tests.edge_agent.store.stores import everything, open_store
from tests.fakes.clock import START_UTC_NS
from tests.fakes.hurried_loop import LoopClock

DEVICE = "terms-1"
PATIENCE_S = 600.0  # of the loop's time, which costs nothing
CONFIGS = {"jt808": Jt808ServerConfig, "gt06": Gt06ServerConfig}
Truth = dict[str, Any]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Ear:
    """A role that only listens."""

    name = "ear"

    def __init__(self) -> None:
        self.positions: list[PositionReading] = []
        self.connected: list[bool] = []

    def step(self, reading: Reading) -> RoleStep:
        if isinstance(reading, PositionReading):
            self.positions.append(reading)
        elif isinstance(reading, LineStatus):
            self.connected.append(reading.connected)
        return RoleStep()

    def restore(self, state: bytes) -> None:
        raise AssertionError("it keeps nothing")


class Gateway:
    """One terminal server under its supervisor. `settings`: of its line in gw.toml."""

    def __init__(self, folder: Path, protocol: str, port: int, settings: dict[str, Any]) -> None:
        self.clock, self.ear, self.port = LoopClock(), Ear(), port
        self._store = open_store(folder)
        self.writer = Writer(self._store)
        store = TrackStore.open(folder, TrackLimits(), unclean=False, utc_ns=START_UTC_NS)
        self.tracks = TrackKeeper(store)
        listen = f"tcp:127.0.0.1:{port}"
        config = CONFIGS[protocol](id=DEVICE, listen=listen, **settings)
        server = build_driver(config, DriverParts(self.clock, transport_of, tracks=self.tracks))
        assert isinstance(server, TerminalServer)
        self.server = server
        self.supervisor = Supervisor(
            devices=[Attached(server, f"terminals/{DEVICE}")],
            roles=[Hosted(self.ear, frozenset({DEVICE}))],
            recorder=self.writer,
            clock=self.clock,
            retry=Retry(lambda: 0.5),
            book=DeviceHealthBook((DEVICE,)),
        )

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():  # noqa: ASYNC110 - the loop's time; what sockets do has no event
                await asyncio.sleep(0.02)

    async def kept(self) -> list[PositionReading]:
        return list(await self.tracks.since(0, 10**6))

    async def apart(self) -> list[PositionReading]:
        return await self.tracks.call(lambda store: store.apart(10**6))

    async def notices(self) -> list[tuple[str, str]]:
        """(subject, kind) of each event that stands in the outbox, but for the gateway's own."""
        told = await self.writer.call(everything)
        assert all(one["type"].startswith("edile.gateway.notice.") for one in told)
        events = [(one["subject"], one["data"]["kind"]) for one in told]
        return [one for one in events if one[0] != "gateway"]


@asynccontextmanager
async def gateway(
    folder: Path, protocol: str, port: int | None = None, **settings: Any
) -> AsyncIterator[Gateway]:
    one = Gateway(folder, protocol, port or free_port(), settings)
    running = asyncio.create_task(one.supervisor.run())
    try:
        await one.until(lambda: one.ear.connected)
        yield one
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await one.tracks.close()
        await one.writer.close()
        await asyncio.sleep(0)  # the loop closes the sockets


class Play:
    """A fleet and the truth of it."""

    def __init__(self, plan: Plan, port: int, clock: LoopClock) -> None:
        self._file = io.StringIO()
        self.said: list[str] = []
        self.fleet = Fleet(plan, "127.0.0.1", port, self._file, self.said.append, now_s=clock.utc_s)

    async def whole(self) -> None:
        await self.fleet.play(asyncio.Event())

    @property
    def truth(self) -> list[Truth]:
        return [json.loads(line) for line in self._file.getvalue().splitlines()]

    def of(self, kind: str) -> list[Truth]:
        return [one for one in self.truth if one["kind"] == kind]

    def positions(self, *, arrived: bool = True) -> list[Truth]:
        """Those that were acknowledged (GT06: sent), or those that were not."""
        return [one for one in self.of("position") if (one["acknowledged"] is not False) is arrived]


def numbers(protocol: str, count: int) -> list[str]:
    first = 13_900_000_000 if protocol == "jt808" else 860_000_000_000_000
    return [str(first + n) for n in range(count)]


def roster(folder: Path, known: list[str]) -> Path:
    file = folder / "roster.csv"
    file.write_text("number,kind\n" + "".join(f"{one},badge\n" for one in known))
    return file


def said(one: PositionReading) -> tuple[str, int, bool]:
    return one.terminal, (one.at_ns or 0) // 10**9, bool(one.fix)


def true(one: Truth) -> tuple[str, int, bool]:
    return one["id"], one["at"], one["fix"]


def assert_as_it_was(found: list[PositionReading], truth: list[Truth], degrees: float) -> None:
    """Each once and no other; its place off by no more than its protocol rounds."""
    assert Counter(map(said, found)) == Counter(map(true, truth))
    places = {true(one): (one["lat"], one["lon"]) for one in truth}
    for one in found:
        lat, lon = places[said(one)]
        assert one.lat is not None
        assert one.lon is not None
        assert max(abs(one.lat - lat), abs(one.lon - lon)) <= degrees
