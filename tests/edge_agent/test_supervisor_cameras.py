"""Cameras in the supervisor's hands: clips are kept or counted, whoever commands a look gets its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from contract.payloads.evidence import EvidenceClip
from contract.payloads.gateway import GatewayNotice
from edge_agent.errors import DeviceRefused, DeviceUnreachable
from edge_agent.health import DeviceHealthBook
from edge_agent.ports import Emit, Look, Order
from edge_agent.readings import (
    ClipReading,
    LookReading,
    Reading,
    ReferenceLearned,
    ViewReading,
)
from edge_agent.supervisor import Attached, Hosted, Retry, Supervisor
from tests.edge_agent.test_supervisor import Notebook, Scribe
from tests.fakes.clock import FakeClock


class Camera:
    """Looks when it is told, and says what a test gives it."""

    device = "cam-1"

    def __init__(self, clock: FakeClock) -> None:
        self.clock, self.emit = clock, None
        self.error: Exception | None = None
        self._emit: Emit | None = None
        self.mute = False

    async def run(self, emit: Emit) -> None:
        self._emit = emit
        await asyncio.Event().wait()

    async def perform(self, order: Order) -> None:
        if self.error is not None:
            raise self.error
        assert isinstance(order, Look)
        if not self.mute:
            await self.say(
                LookReading("cam-1", self.clock.moment(), order.look, order.preset, True)
            )

    async def say(self, reading: Reading) -> None:
        assert self._emit is not None
        await self._emit(reading)


class Post:
    """One camera, a role that listens to it, a recorder."""

    def __init__(self) -> None:
        self.clock, self.notebook, self.scribe = FakeClock(), Notebook(), Scribe()
        self.camera = Camera(self.clock)
        self.supervisor = Supervisor(
            devices=[Attached(self.camera, "camera/cam-1")],
            roles=[Hosted(self.scribe, frozenset({"cam-1"}))],
            recorder=self.notebook,
            clock=self.clock,
            retry=Retry(lambda: 1.0),
            book=DeviceHealthBook(("cam-1",)),
        )

    def play(self, script: Callable[[], Awaitable[None]]) -> None:
        async def scene() -> None:
            running = asyncio.create_task(self.supervisor.run())
            await self.clock.settle()
            await script()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        asyncio.run(scene())

    def clip(self, frames: int = 9) -> ClipReading:
        now = self.clock.moment()
        return ClipReading("cam-1", now, "06010", "p-1", now, now, frames, b"avi", b"", "ab" * 32)

    def clips(self) -> list[EvidenceClip]:
        payloads = [one.payload for work in self.notebook.works for one in work.conclusions]
        return [one for one in payloads if isinstance(one, EvidenceClip)]


def test_a_clip_is_recorded_and_no_role_has_to_carry_it() -> None:
    post = Post()

    async def script() -> None:
        await post.camera.say(post.clip())

    post.play(script)
    assert [one.problem_id for one in post.clips()] == ["p-1"]
    assert not any(isinstance(one, ClipReading) for one in post.scribe.seen)
    assert post.supervisor.drops == {}


def test_a_clip_that_finds_no_room_is_counted_and_does_not_wait_in_memory() -> None:
    post = Post()

    async def script() -> None:
        post.notebook.full = True
        await post.camera.say(post.clip())
        await post.camera.say(post.clip(frames=0))
        await post.camera.say(ViewReading("cam-1", post.clock.moment(), "covered"))
        await post.camera.say(post.clip())
        post.notebook.full = False
        await post.camera.say(post.clip())  # what waits goes first
        await post.clock.advance(10)
        await post.camera.say(post.clip())

    post.play(script)
    assert post.supervisor.drops == {"clip": 4}
    assert len(post.clips()) == 1
    assert len(post.notebook.views()) + len(post.notebook.notices()) >= 1


def test_whoever_commands_a_look_gets_its_reading_and_the_roles_hear_it_too() -> None:
    post = Post()
    answers: list[LookReading] = []

    async def script() -> None:
        answers.append(await post.supervisor.look("cam-1", "left"))
        answers.append(await post.supervisor.look("cam-1", None))

    post.play(script)
    assert [one.preset for one in answers] == ["left", None]
    assert len({one.look for one in answers}) == 2
    assert [one for one in post.scribe.seen if isinstance(one, LookReading)] == answers


def test_a_look_that_is_not_made_is_an_error_and_nothing_is_awaited() -> None:
    post = Post()

    async def script() -> None:
        post.camera.error = DeviceUnreachable("cam-1 is not connected")
        with pytest.raises(DeviceUnreachable, match="not connected"):
            await post.supervisor.look("cam-1", None)
        post.camera.error, post.camera.mute = None, True
        with pytest.raises(DeviceRefused, match="cam-1 does not look"):
            await post.supervisor.look("cam-1", None)
        with pytest.raises(DeviceRefused, match="'cam-9' takes no orders"):
            await post.supervisor.look("cam-9", None)
        assert post.supervisor._looks == {}

    post.play(script)


def test_a_reference_that_nobody_accepted_is_on_record() -> None:
    post = Post()

    async def script() -> None:
        await post.camera.say(ReferenceLearned("cam-1", post.clock.moment(), "left"))

    post.play(script)
    payloads = [one.payload for work in post.notebook.works for one in work.conclusions]
    (notice,) = [one for one in payloads if isinstance(one, GatewayNotice)]
    assert (notice.kind, notice.device) == ("config-applied", "cam-1")
    assert (notice.detail or "").startswith("what it sees at left is its reference view now")
