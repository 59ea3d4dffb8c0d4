"""A terminal server of this machine with its tracks, and terminals that call it over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from edge_agent.config.devices.terminals import Jt808ServerConfig
from edge_agent.drivers.terminals.jt808_server import Jt808Server
from edge_agent.readings import PositionReading, Reading, TerminalDoubt
from edge_agent.store.tracks import TrackKeeper, TrackLimits, TrackStore
from firmware_bridges.jt808 import Framer, Message, TerminalVoice, location_bytes, parse
from firmware_bridges.jt808.bodies import Authentication, Unknown
from firmware_bridges.jt808.location import bcd_time
from tests.fakes.clock import START_UTC_NS, FakeClock

UTC_S = START_UTC_NS // 10**9
NUMBER = "13912345678"
PATIENCE_S = 120.0


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Site:
    """A running server, its tracks, and what it told."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        self.port = free_port()
        listen = f"tcp:127.0.0.1:{self.port}"
        config = Jt808ServerConfig(id="terms-1", listen=listen, **settings)
        self.clock = FakeClock()
        store = TrackStore.open(folder, TrackLimits(), unclean=False, utc_ns=START_UTC_NS)
        self.tracks = TrackKeeper(store)
        self.server = Jt808Server(config, self.clock, self.tracks)
        self.told: list[Reading] = []
        self.callers: list[Caller] = []

    async def emit(self, reading: Reading) -> None:
        self.told.append(reading)

    @property
    def positions(self) -> list[PositionReading]:
        return [one for one in self.told if isinstance(one, PositionReading)]

    @property
    def doubts(self) -> list[str]:
        return [one.reason for one in self.told if isinstance(one, TerminalDoubt)]

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():  # noqa: ASYNC110 - real sockets, and what they count has no event
                await asyncio.sleep(0.005)


@asynccontextmanager
async def site(folder: Path, **settings: Any) -> AsyncIterator[Site]:
    one = Site(folder, settings)
    running = asyncio.create_task(one.server.run(one.emit))
    await one.until(lambda: one.told)
    try:
        yield one
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        for caller in one.callers:
            caller.hang_up()
        await one.tracks.close()
        await asyncio.sleep(0)  # the loop closes the sockets


class Caller:
    """A terminal of the test."""

    def __init__(self, site: Site, number: str = NUMBER, home: str = "127.0.0.1") -> None:
        self.voice, self._site, self._home = TerminalVoice(number, 2013), site, home
        self._framer = Framer()
        self._waiting: list[tuple[int, bytes]] = []

    async def connect(self) -> Caller:
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", self._site.port, local_addr=(self._home, 0)
        )
        self._site.callers.append(self)
        return self

    async def told(self) -> tuple[int, bytes]:
        """(message id, body) of the next answer."""
        async with asyncio.timeout(PATIENCE_S):
            while not self._waiting:
                data = await self.reader.read(4_096)
                assert data, "the server hung up"
                for frame in self._framer.feed(data):
                    found = parse(frame)
                    assert isinstance(found, Message)
                    assert isinstance(found.body, Unknown)
                    self._waiting.append((found.header.id, found.body.data))
        return self._waiting.pop(0)

    async def say(self, frames: list[tuple[int, bytes]]) -> tuple[int, bytes]:
        self.writer.write(b"".join(frame for _, frame in frames))
        return await self.told()

    async def come_in(self, code: str = "abc") -> Caller:
        await self.connect()
        _, body = await self.say(self.voice.authentication(Authentication(code, None, None)))
        assert body[4] == 0
        return self

    async def report(self, second: int) -> None:
        _, body = await self.say(self.voice.location(where(second)))
        assert body[4] == 0

    async def closed(self) -> bool:
        """Waits until the server hangs up."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                while await self.reader.read(65_536):
                    pass
            except ConnectionError:
                return True
        return True

    def hang_up(self) -> None:
        self.writer.transport.abort()


def where(second: int) -> bytes:
    return location_bytes(
        alarm=0, status=3, lat=23.16, lon=113.269, altitude_m=21, speed_kmh=3.5, course_deg=90,
        time=bcd_time(UTC_S + second), items=(),
    )  # fmt: skip


def roster(folder: Path, *numbers: str, more: str = "") -> Path:
    file = folder / "roster.toml"
    file.write_text("".join(f'[[terminals]]\nnumber = "{one}"\n{more}\n' for one in numbers))
    return file


def play(scene: Awaitable[None]) -> None:
    async def whole() -> None:
        await scene

    asyncio.run(whole())
