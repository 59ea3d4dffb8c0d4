"""The agent's side of the vision process: starts it, talks to it, and tells its cameras that it is gone.

One process serves all cameras of the gateway. It is started by the first camera that asks, and again
after its end by the next that asks: whoever retries cameras (the supervisor) thereby retries it. This
module knows neither OpenCV nor a model.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from asyncio import subprocess
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Protocol
from urllib.parse import quote

from edge_agent.config.devices.camera_source import parse_source, without_secrets
from edge_agent.errors import DeviceUnreachable
from edge_agent.vision import words
from edge_agent.vision.words import Alive, BadWord, Close, Dying, Heard, Lost, Open, Told, frame_of

LOG = logging.getLogger("edile.vision")
SILENT_S = 20.0  # the process counts aloud each second
WAITING_WORDS = 64  # of one camera; then the pipe waits
KEPT_LINES = 5
END_S = 3.0
MISSING = "the vision process could not be started: {}; pip install 'edile[vision]'"
ENVIRONMENT = {
    "OPENCV_FFMPEG_CAPTURE_OPTIONS": "rtsp_transport;tcp",
    "OPENCV_LOG_LEVEL": "ERROR",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "OPENCV_IO_MAX_IMAGE_PIXELS": "67108864",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",  # many threads, one heap: glibc would keep an arena for each
    "PYTHONUNBUFFERED": "1",
}


class Wire(Protocol):
    """A running vision process. `read` gives None at its end; `last_lines` what it printed last."""

    async def read(self) -> Heard | None: ...

    async def send(self, word: Told) -> None: ...

    async def end(self) -> None: ...

    def last_lines(self) -> list[str]: ...


Clean = Callable[[str], str]
Start = Callable[[Clean], Awaitable[Wire]]


class ChildProcess:
    """The real one. `clean` takes passwords out of what it prints."""

    def __init__(self, process: subprocess.Process, clean: Clean) -> None:
        self._process, self._clean = process, clean
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._printing = asyncio.create_task(self._listen(), name="vision prints")

    async def read(self) -> Heard | None:
        stream = self._process.stdout
        if stream is None:
            return None
        try:
            size = words.length_of(await stream.readexactly(4))
            return words.heard(await stream.readexactly(size))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def send(self, word: Told) -> None:
        stream = self._process.stdin
        if stream is None:
            raise DeviceUnreachable("the vision process takes no words")
        try:
            stream.write(frame_of(word))
            await stream.drain()
        except (ConnectionError, RuntimeError) as error:
            raise DeviceUnreachable("the vision process has ended") from error

    async def end(self) -> None:
        """In order if it can, at once if it cannot."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(END_S):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        await self._printing

    def last_lines(self) -> list[str]:
        return list(self._lines)

    async def _listen(self) -> None:
        stream = self._process.stderr
        if stream is None:
            return
        while True:
            try:
                line = await stream.readline()
            except ValueError:
                continue  # longer than any line of a person
            if not line:
                return
            text = self._clean(line.decode("utf-8", "replace").strip())
            if text:
                self._lines.append(text)
                LOG.debug("vision: %s", text)


async def start_child(clean: Clean, module: str = "edge_agent.vision.worker") -> Wire:
    """DeviceUnreachable when it cannot be started."""
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, **ENVIRONMENT}, limit=words.MAX_BYTES,
        )  # fmt: skip
    except OSError as error:
        raise DeviceUnreachable(MISSING.format(error.strerror)) from error
    return ChildProcess(process, clean)


class CameraLine:
    """One camera's end of the conversation. Bounded: a full line holds up the pipe, and the vision
    process then drops frames."""

    def __init__(self, send: Callable[[Told], Awaitable[None]]) -> None:
        self._send = send
        self._waiting: deque[Heard] = deque()
        self._changed, self._room = asyncio.Event(), asyncio.Event()
        self._reason: str | None = None

    async def hear(self) -> Heard:
        """The next word. DeviceUnreachable when the camera, or the whole process, is lost."""
        while not self._waiting:
            if self._reason is not None:
                raise DeviceUnreachable(self._reason)
            self._changed.clear()
            await self._changed.wait()
        word = self._waiting.popleft()
        self._room.set()
        if isinstance(word, Lost):
            raise DeviceUnreachable(word.reason)
        return word

    async def tell(self, word: Told) -> None:
        """DeviceUnreachable."""
        if self._reason is not None:
            raise DeviceUnreachable(self._reason)
        await self._send(word)

    def put_first(self, word: Heard) -> None:
        """A word of the agent's own, as if the camera had said it."""
        self._waiting.append(word)
        self._changed.set()

    async def put(self, word: Heard) -> None:
        while len(self._waiting) >= WAITING_WORDS and self._reason is None:
            self._room.clear()
            await self._room.wait()
        self._waiting.append(word)
        self._changed.set()

    def end(self, reason: str) -> None:
        """What was heard before is still heard."""
        self._reason = reason
        self._changed.set()
        self._room.set()


class VisionHost:
    """`silent_s`: a process that says nothing for so long is ended."""

    def __init__(self, start: Start = start_child, *, silent_s: float = SILENT_S) -> None:
        self._start, self._silent_s = start, silent_s
        self._lines: dict[str, CameraLine] = {}
        self._secrets: set[str] = set()
        self._wire: Wire | None = None
        self._reading: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def camera(self, opening: Open) -> AsyncIterator[CameraLine]:
        """DeviceUnreachable when the process cannot be started."""
        camera = opening.config.id
        self._remember_secrets(opening)
        line = CameraLine(self._send)
        async with self._turn:
            if self._wire is None:
                self._wire = await self._start(self.clean)
                self._reading = asyncio.create_task(self._read(self._wire), name="vision words")
        self._lines[camera] = line
        try:
            await self._send(opening)
            yield line
        finally:
            line.end("closed")
            if self._lines.get(camera) is line:
                del self._lines[camera]
                with suppress(DeviceUnreachable):
                    await self._send(Close(camera))

    async def close(self) -> None:
        """Ends the process in order. (The end of the loop does it too.)"""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    def clean(self, text: str) -> str:
        """Without any password of any camera, as it is or as an address has it."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "…")
        return without_secrets(text)

    async def _send(self, word: Told) -> None:
        if self._wire is None:
            raise DeviceUnreachable("the vision process has ended")
        await self._wire.send(word)

    async def _read(self, wire: Wire) -> None:
        """Until the process ends, is silent or talks nonsense: then every camera is lost."""
        reason = "the vision process has ended"
        try:
            while True:
                async with asyncio.timeout(self._silent_s):
                    word = await wire.read()
                if word is None:
                    break
                if isinstance(word, Dying):
                    reason = f"the vision process ends: {word.reason}"
                elif not isinstance(word, Alive):
                    await self._pass_on(word)
        except TimeoutError:
            reason = f"the vision process has said nothing for {self._silent_s:g} s"
        except BadWord as error:
            reason = f"the vision process talks nonsense: {error}"
        finally:
            self._wire = None
            await wire.end()
            self._tell_all(reason, wire.last_lines())

    async def _pass_on(self, word: Heard) -> None:
        line = None if isinstance(word, Alive | Dying) else self._lines.get(word.camera)
        if line is None:
            return
        if isinstance(word, Lost):
            word = Lost(camera=word.camera, reason=self.clean(word.reason))
        await line.put(word)

    def _tell_all(self, reason: str, last_lines: list[str]) -> None:
        missing = next((one for one in last_lines if "ModuleNotFoundError" in one), None)
        if missing is not None:
            reason = MISSING.format(missing)
        elif last_lines:
            reason = f"{reason} ({last_lines[-1][:200]})"
        for line in self._lines.values():
            line.end(self.clean(reason))

    def _remember_secrets(self, opening: Open) -> None:
        for secret in (opening.password, parse_source(opening.config.source).password):
            if secret:
                self._secrets |= {secret, quote(secret, safe="")}
