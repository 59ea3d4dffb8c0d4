"""One camera: its words become readings, and it can be told to look, and to keep what it saw.

A look goes one after the other: where the camera turns, it is moved first, given time to settle, and
sent home afterwards. Whoever asked gets one LookReading, also when there was nothing to see.
"""

from __future__ import annotations

import asyncio
from itertools import count
from pathlib import Path

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.drivers.camera.filming import Filming
from edge_agent.drivers.camera.head import HeadOf
from edge_agent.drivers.camera.readings_of import Times, reading_of
from edge_agent.errors import DeviceRefused, DeviceUnreachable
from edge_agent.ports import AcceptView, Clock, Emit, Film, Look, Order
from edge_agent.readings import Reading
from edge_agent.vision.host import CameraLine, VisionHost
from edge_agent.vision.words import (
    AskLook,
    AskReference,
    Clip,
    Heard,
    Looked,
    Open,
    Referred,
    Seen,
    Stand,
)

ANSWER_S = 20.0
POLL_S = 0.5
FOLDER = "cameras"


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
        self._filming = Filming(config, clock)
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
                    for reading in self._readings(word, times):
                        await emit(reading)
                    if isinstance(word, Looked):
                        self._answered(word.look)
                    elif isinstance(word, Referred):
                        refused = None if word.reason is None else DeviceRefused(word.reason)
                        self._answered(word.key, refused)
            finally:
                self._line = None
                for name in list(self._answers):
                    self._answered(name, DeviceUnreachable(f"{self.device} was lost"))

    async def perform(self, order: Order) -> None:
        """Returns when the look's reading has been handled, when the view is accepted, or when a clip
        has been asked for: it comes as a reading of its own."""
        if isinstance(order, Film):
            await self._film(order)
            return
        if not isinstance(order, Look | AcceptView):
            raise DeviceRefused(f"{self.device} is a camera; it can only look")
        if order.preset is not None and order.preset not in self._presets:
            known = ", ".join(self._presets) or "none"
            raise DeviceRefused(f"{self.device} has no preset {order.preset!r}; it has {known}")
        async with self._turn:
            line = self._open_line()
            if isinstance(order, Look):
                await self._look(line, order)
            else:
                await self._accept(line, order)

    def _open_line(self) -> CameraLine:
        if self._line is None:
            raise DeviceUnreachable(f"{self.device} is not connected")
        return self._line

    async def _film(self, order: Film) -> None:
        line = self._open_line()
        asked = self._filming.ask(order, Times.now_ns())
        if asked is None:
            return
        try:
            await line.tell(asked)
        except DeviceUnreachable:
            self._filming.forget(asked.key)
            raise

    async def _accept(self, line: CameraLine, order: AcceptView) -> None:
        """DeviceRefused with what is the matter with the view, or with turning to it."""
        preset = self._presets.get(order.preset or "")
        if preset is None or preset.token is None:
            await self._refer(line, order)
            return
        try:
            await self._turn_to(line, preset.name)
            await self._refer(line, order)
        finally:
            await self._go_home(line)

    async def _refer(self, line: CameraLine, order: AcceptView) -> None:
        key = f"view-{next(self._numbers)}"
        answer = self._expect(key)
        await line.tell(AskReference(camera=self.device, key=key, preset=order.preset))
        if not await self._in_time(answer):
            self._answers.pop(key, None)
            raise DeviceUnreachable(f"{self.device} gave no answer")
        await answer

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
        if await self._in_time(answer):
            await answer
        else:
            await self._give_up(line, order, "no answer")

    async def _in_time(self, answer: asyncio.Future[None]) -> bool:
        passed = asyncio.ensure_future(self._clock.sleep(ANSWER_S))
        try:
            await asyncio.wait({answer, passed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            passed.cancel()
        return answer.done()

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

    def _readings(self, word: Heard, times: Times) -> list[Reading]:
        """What is news of the street in a word, and which clips will not come any more."""
        late = self._filming.overdue(times)
        if isinstance(word, Clip):
            return [*late, *self._filming.answered(word, times)]
        reading = reading_of(word, self.device, times)
        return [*late, *([] if reading is None else [reading])]

    def _note(self, word: Heard) -> None:
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
