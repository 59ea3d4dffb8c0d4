"""A camera's driver in the hands of a test: the child it talks to, the head that turns it, its clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from edge_agent.config.devices.camera import CameraConfig, PresetConfig, PtzConfig
from edge_agent.drivers.camera.driver import CameraDriver
from edge_agent.drivers.camera.head import Head
from edge_agent.readings import LookReading, Reading, SeenThing
from edge_agent.vision.host import Clean, VisionHost, Wire
from edge_agent.vision.words import Heard, Looked, Told
from tests.fakes.clock import FakeClock

CONFIG = CameraConfig(
    id="cam-1",
    source="rtsp://10.0.0.7/one",
    presets=(
        PresetConfig("home", token="1"),
        PresetConfig("shops", token="2"),
        PresetConfig("left", box=(0.0, 0.0, 0.5, 1.0)),
    ),
    ptz=PtzConfig(url="http://10.0.0.7/onvif/device_service", home="home", settle_s=2.0),
)
FIXED = replace(CONFIG, ptz=None, presets=(CONFIG.presets[2],))


class PlayedChild:
    """A vision process in the hands of a test."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.ended = False
        self.printed: list[str] = []
        self._words: asyncio.Queue[Heard | None] = asyncio.Queue()

    def say(self, *words: Heard | None) -> None:
        for word in words:
            self._words.put_nowait(word)

    async def read(self) -> Heard | None:
        return await self._words.get()

    async def send(self, word: Told) -> None:
        self.told.append(word)

    async def end(self) -> None:
        self.ended = True

    def last_lines(self) -> list[str]:
        return self.printed


class PlayedHead:
    """A head that moves for so many questions, or refuses."""

    def __init__(self, moves: int = 2, error: Exception | None = None) -> None:
        self.went: list[str] = []
        self._moves, self._left, self._error = moves, 0, error

    async def go(self, token: str) -> None:
        if self._error is not None:
            raise self._error
        self.went.append(token)
        self._left = self._moves

    async def moves(self) -> bool | None:
        self._left -= 1
        return self._left >= 0

    async def close(self) -> None:
        """Nothing is open."""


class Post:
    """A driver, its clock, and the child it talks to."""

    def __init__(
        self, config: CameraConfig = CONFIG, head: Head | None = None, silent_s: float = 30.0
    ) -> None:
        self.clock, self.child, self.started = FakeClock(), PlayedChild(), 0
        self.readings: list[Reading] = []
        self.host = VisionHost(self.start, silent_s=silent_s)
        self.driver = CameraDriver(config, self.host, self.clock, Path("data"), lambda *_: head)
        self.clean: Clean | None = None

    async def start(self, clean: Clean) -> Wire:
        self.started += 1
        self.child, self.clean = PlayedChild(), clean
        return self.child

    async def emit(self, reading: Reading) -> None:
        self.readings.append(reading)

    def looks(self) -> list[tuple[str, bool, str | None]]:
        return [
            (one.look, one.done, one.reason)
            for one in self.readings
            if isinstance(one, LookReading)
        ]


def played(stand: Post, script: Callable[[asyncio.Task[None]], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        running = asyncio.create_task(stand.driver.run(stand.emit))
        await stand.clock.settle()
        await script(running)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await stand.host.close()

    asyncio.run(all_of_it())


def looked(look: str, preset: str | None = None) -> Looked:
    return Looked(camera="cam-1", captured_ns=1, look=look, preset=preset, done=True)


def thing(number: int) -> SeenThing:
    return SeenThing("bag", 0.9, (0.1, 0.2, 0.3, 0.4), number, 1.0, 1.0)
