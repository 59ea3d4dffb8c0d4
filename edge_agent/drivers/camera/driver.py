"""One camera: its words become readings, and it can be told to look.

A look goes one after the other: where the camera turns, it is moved first, given time to settle, and
sent home afterwards. Whoever asked gets one LookReading, also when there was nothing to see.
"""

from __future__ import annotations

import asyncio
from itertools import count
from pathlib import Path

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.drivers.camera.head import HeadOf
from edge_agent.drivers.camera.readings_of import Times, reading_of
from edge_agent.errors import DeviceRefused, DeviceUnreachable
from edge_agent.ports import Clock, Emit, Look, Order
from edge_agent.vision.host import CameraLine, VisionHost
from edge_agent.vision.words import AskClip, AskLook, Clip, Heard, Looked, Open, Seen, Stand

ANSWER_S = 20.0
POLL_S = 0.5
FOLDER = "cameras"
Frames = tuple[tuple[int, bytes], ...]
"""(nanoseconds of the boot clock, JPEG), oldest first."""


class CameraDriver:
    """`head_of` makes what turns the camera, for each move anew."""

    def __init__(
        self,
        config: CameraConfig,
        host: VisionHost,
        clock: Clock,
        data_dir: Path | None,
        head_of: HeadOf,
    ) -> None:
        self.device = config.id
        self._config, self._host, self._clock = config, host, clock
        self._folder = str((data_dir or Path()) / FOLDER / config.id)
        self._head_of = head_of
        self._presets = {one.name: one for one in config.presets}
        self._line: CameraLine | None = None
        self._answers: dict[str, asyncio.Future[None]] = {}
        self._clips: dict[str, asyncio.Future[Frames]] = {}
        self._numbers = count(1)
        self._turn = asyncio.Lock()
        self._first_track = 1

    async def run(self, emit: Emit) -> None:
        opening = Open(
            config=self._config,
            folder=self._folder,
            first_track=self._first_track,
            password=self._password(),
        )
        times = Times(self._clock, exact=not self._config.paced)
        async with self._host.camera(opening) as line:
            self._line = line
            try:
                while True:
                    word = await line.hear()
                    self._note(word)
                    reading = reading_of(word, self.device, times)
                    if reading is not None:
                        await emit(reading)
                    if isinstance(word, Looked):
                        self._answered(word.look)
            finally:
                self._line = None
                for name in list(self._answers):
                    self._answered(name, DeviceUnreachable(f"{self.device} was lost"))
                for future in self._clips.values():
                    if not future.done():
                        future.set_exception(DeviceUnreachable(f"{self.device} was lost"))

    async def perform(self, order: Order) -> None:
        """Returns when the look's reading has been handled."""
        if not isinstance(order, Look):
            raise DeviceRefused(f"{self.device} is a camera; it can only look")
        if order.preset is not None and order.preset not in self._presets:
            known = ", ".join(self._presets) or "none"
            raise DeviceRefused(f"{self.device} has no preset {order.preset!r}; it has {known}")
        async with self._turn:
            if self._line is None:
                raise DeviceUnreachable(f"{self.device} is not connected")
            await self._look(self._line, order)

    async def clip(self, before_s: float, after_s: float) -> Frames:
        """What the ring holds of the last `before_s` seconds and the next `after_s`: as captured, so
        sealed evidence. Returns when they have passed. DeviceUnreachable."""
        if self._line is None:
            raise DeviceUnreachable(f"{self.device} is not connected")
        now_ns, key = Times.now_ns(), f"clip-{next(self._numbers)}"
        future: asyncio.Future[Frames] = asyncio.get_running_loop().create_future()
        self._clips[key] = future
        begin_ns, end_ns = now_ns - int(before_s * 1e9), now_ns + int(after_s * 1e9)
        try:
            await self._line.tell(
                AskClip(camera=self.device, key=key, begin_ns=begin_ns, end_ns=end_ns)
            )
            return await future
        finally:
            del self._clips[key]

    async def _look(self, line: CameraLine, order: Look) -> None:
        preset = self._presets.get(order.preset or "")
        if preset is None or preset.token is None:
            await self._ask(line, order)
            return
        try:
            await self._turn_to(line, preset.name)
        except (DeviceRefused, DeviceUnreachable) as error:
            await self._give_up(line, order, f"cannot turn: {error}")
        else:
            await self._ask(line, order)
        finally:
            await self._go_home(line)

    async def _ask(self, line: CameraLine, order: Look) -> None:
        answer = self._expect(order.look)
        await line.tell(AskLook(camera=self.device, look=order.look, preset=order.preset))
        passed = asyncio.ensure_future(self._clock.sleep(ANSWER_S))
        try:
            await asyncio.wait({answer, passed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            passed.cancel()
        if answer.done():
            await answer
        else:
            await self._give_up(line, order, "no answer")

    async def _give_up(self, line: CameraLine, order: Look, reason: str) -> None:
        """The asker hears it in the way of any other answer."""
        answer = self._expect(order.look)
        line.put_first(
            Looked(
                camera=self.device,
                captured_ns=Times.now_ns(),
                look=order.look,
                preset=order.preset,
                done=False,
                reason=reason,
            )
        )
        await answer

    def _expect(self, look: str) -> asyncio.Future[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answers[look] = future
        return future

    def _answered(self, look: str, error: Exception | None = None) -> None:
        future = self._answers.pop(look, None)
        if future is None or future.done():
            return
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)

    async def _turn_to(self, line: CameraLine, preset: str) -> None:
        ptz, head = self._config.ptz, self._head_of(self._config, self._password())
        token = self._presets[preset].token
        if ptz is None or head is None or token is None:
            raise DeviceRefused(f"{self.device} does not turn")
        await line.tell(Stand(camera=self.device, preset=preset, moving=True))
        try:
            await head.go(token)
            until_s = self._clock.monotonic_s() + ptz.move_s
            await self._clock.sleep(POLL_S)
            while await head.moves():
                if self._clock.monotonic_s() >= until_s:
                    raise DeviceRefused(f"it was still on its way after {ptz.move_s:g} s")
                await self._clock.sleep(POLL_S)
            await self._clock.sleep(ptz.settle_s)
        finally:
            await head.close()
        await line.tell(Stand(camera=self.device, preset=preset))

    async def _go_home(self, line: CameraLine) -> None:
        """A camera that does not find home shows another view, and is told as turned."""
        ptz = self._config.ptz
        home = ptz.home if ptz else None
        if home is None:
            return
        try:
            await self._turn_to(line, home)
        except (DeviceRefused, DeviceUnreachable):
            if self._line is line:
                await line.tell(Stand(camera=self.device, preset=home))

    def _note(self, word: Heard) -> None:
        if isinstance(word, Clip):
            future = self._clips.get(word.key)
            if future is not None and not future.done():
                future.set_result(word.frames)
        if isinstance(word, Seen):
            numbers = [one.track for one in (*word.things, *word.gone)]
            self._first_track = max([self._first_track - 1, *numbers]) + 1

    def _password(self) -> str | None:
        """Read at each start: it may have been changed."""
        file = self._config.password_file
        if file is None:
            return None
        try:
            return file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise DeviceUnreachable(f"the password file {file} cannot be read: {reason}") from None
