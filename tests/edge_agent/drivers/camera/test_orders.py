"""What a camera is told besides to look: to keep what it saw, and that its view is the right one."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from edge_agent.config.devices.camera import ClipConfig
from edge_agent.drivers.camera.filming import ANSWER_S, MOST_CLIPS, span
from edge_agent.errors import DeviceRefused, DeviceUnreachable
from edge_agent.ports import AcceptView, Film
from edge_agent.readings import ClipReading
from edge_agent.vision.words import (
    AskClip,
    AskReference,
    Clip,
    Counts,
    Lost,
    Referred,
    Stand,
)
from tests.edge_agent.drivers.camera.played import CONFIG, FIXED, PlayedHead, Post, played
from tests.fakes.clock import FakeClock

S = 1_000_000_000
FILMED = replace(FIXED, clip=ClipConfig(before_s=10.0, after_s=5.0, reach_s=180.0, most_an_hour=5))
COUNTS = Counts(camera="cam-1", bytes=1, frames=1, looks=0, refused=0, dropped=0, quiet=0)


def film(clock: FakeClock, age_s: float = 0.0, problem: str = "cam-1-p1") -> Film:
    now = clock.moment()
    return Film("06010", now._replace(mono_ns=now.mono_ns - int(age_s * S)), problem)


def asked(stand: Post) -> list[AskClip]:
    return [word for word in stand.child.told if isinstance(word, AskClip)]


def clips(stand: Post) -> list[ClipReading]:
    return [one for one in stand.readings if isinstance(one, ClipReading)]


def test_a_clip_is_asked_for_and_comes_as_a_reading_of_its_own() -> None:
    stand = Post(FILMED)

    async def script(_: asyncio.Task[None]) -> None:
        await stand.driver.perform(film(stand.clock))
        (word,) = asked(stand)
        assert word.end_ns - word.begin_ns == 15 * S
        told = Clip(
            camera="cam-1", key=word.key, frames=30, begin_ns=word.begin_ns, end_ns=word.begin_ns + 8 * S,
            original=b"sealed", sha256="ab" * 32, masked=b"masked",
        )  # fmt: skip
        stand.child.say(told, told)
        await stand.clock.settle()

    played(stand, script)
    (clip,) = clips(stand)
    assert (clip.occasion, clip.problem_id, clip.frames) == ("06010", "cam-1-p1", 30)
    assert (clip.original, clip.masked, clip.original_sha256) == (b"sealed", b"masked", "ab" * 32)
    assert (clip.end.mono_ns - clip.begin.mono_ns) / S == pytest.approx(8, abs=0.5)


def test_what_came_together_is_one_clip_of_all_its_problems() -> None:
    stand = Post(FILMED)
    problems = [f"cam-1-p{number}" for number in range(8)]

    async def script(_: asyncio.Task[None]) -> None:
        for problem in problems:
            await stand.driver.perform(film(stand.clock, problem=problem))
        await stand.driver.perform(film(stand.clock, age_s=30.0, problem="cam-1-p9"))
        first, _other = asked(stand)
        told = Clip(camera="cam-1", key=first.key, frames=9, original=b"a", sha256="ab" * 32)
        stand.child.say(told)
        await stand.clock.settle()

    played(stand, script)
    assert [one.problem_id for one in clips(stand)] == problems
    assert {one.original for one in clips(stand)} == {b"a"}


@pytest.mark.parametrize(
    ("age_s", "begin_s", "end_s"),
    [
        (0.0, -10, 5),
        (120.0, -130, -115),  # a heap that was a problem only after two minutes: how it came
        (181.9, -191.9, -176.9),
        (183.0, -10, 5),  # the memory does not reach back as far: what there is now
        (-3.0, -10, 5),
        (None, -10, 5),  # it came before the last start of the box
    ],
)
def test_a_clip_shows_how_it_came_where_the_memory_reaches_back_as_far(
    age_s: float | None, begin_s: float, end_s: float
) -> None:
    assert FILMED.clip is not None
    age_ns = None if age_s is None else int(age_s * S)
    begin, end = span(FILMED.clip, 1_000 * S, age_ns)
    assert (begin / S - 1_000, end / S - 1_000) == (pytest.approx(begin_s), pytest.approx(end_s))
    assert FILMED.clip.ring_s >= -begin_s


def test_a_clip_that_does_not_come_is_told_as_none_also_after_the_camera_was_lost() -> None:
    stand = Post(FILMED)

    async def script(running: asyncio.Task[None]) -> None:
        await stand.driver.perform(film(stand.clock))
        stand.child.say(Lost(camera="cam-1", reason="no route"))
        await asyncio.gather(running, return_exceptions=True)
        again = asyncio.create_task(stand.driver.run(stand.emit))
        await stand.clock.settle()
        stand.child.say(COUNTS)
        await stand.clock.settle()
        assert clips(stand) == []
        await stand.clock.advance(ANSWER_S + 6.0)
        stand.child.say(COUNTS)
        await stand.clock.settle()
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)

    played(stand, script)
    (clip,) = clips(stand)
    assert (clip.frames, clip.reason, clip.original) == (0, "no answer", b"")


def test_clips_are_bounded_at_once_and_by_the_hour() -> None:
    stand = Post(FILMED)

    async def script(_: asyncio.Task[None]) -> None:
        for number in range(MOST_CLIPS):
            await stand.driver.perform(film(stand.clock, age_s=10.0 * number))
        with pytest.raises(DeviceRefused, match="4 clips in an hour, 4 of them are awaited"):
            await stand.driver.perform(film(stand.clock, age_s=90.0))
        for word in asked(stand):
            stand.child.say(Clip(camera="cam-1", key=word.key, frames=0, reason="nothing"))
        await stand.clock.settle()
        await stand.driver.perform(film(stand.clock))
        with pytest.raises(DeviceRefused, match="5 clips in an hour, 1 of them"):
            await stand.driver.perform(film(stand.clock, age_s=90.0))
        stand.clock.tick(3_600)
        await stand.driver.perform(film(stand.clock, age_s=90.0))

    played(stand, script)


def test_a_camera_without_clips_or_without_a_line_says_so() -> None:
    stand = Post(FIXED)

    async def script(running: asyncio.Task[None]) -> None:
        with pytest.raises(DeviceRefused, match="has no `clip` for it"):
            await stand.driver.perform(film(stand.clock))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        for order in (film(stand.clock), AcceptView()):
            with pytest.raises(DeviceUnreachable, match="is not connected"):
                await stand.driver.perform(order)

    played(stand, script)


def test_a_view_is_accepted_or_it_is_said_why_not() -> None:
    stand = Post(FIXED)

    async def script(_: asyncio.Task[None]) -> None:
        for reason in (None, "the view is covered: nothing but an even surface"):
            order = asyncio.create_task(stand.driver.perform(AcceptView("left")))
            await stand.clock.settle()
            word = stand.child.told[-1]
            assert isinstance(word, AskReference)
            assert word.preset == "left"
            stand.child.say(Referred(camera="cam-1", key=word.key, reason=reason))
            await stand.clock.settle()
            if reason is None:
                await order
                continue
            with pytest.raises(DeviceRefused, match="nothing but an even surface"):
                await order
        with pytest.raises(DeviceRefused, match="no preset 'x'"):
            await stand.driver.perform(AcceptView("x"))
        silent = asyncio.create_task(stand.driver.perform(AcceptView()))
        await stand.clock.advance(25.0)
        with pytest.raises(DeviceUnreachable, match="gave no answer"):
            await silent

    played(stand, script)


def test_the_view_of_a_preset_is_accepted_where_the_head_stands_then() -> None:
    head = PlayedHead(moves=1)
    stand = Post(CONFIG, head=head)

    async def script(_: asyncio.Task[None]) -> None:
        order = asyncio.create_task(stand.driver.perform(AcceptView("shops")))
        await stand.clock.advance(4.0)
        word = stand.child.told[-1]
        assert isinstance(word, AskReference)
        assert stand.child.told[-2] == Stand(camera="cam-1", preset="shops")
        stand.child.say(Referred(camera="cam-1", key=word.key))
        await stand.clock.advance(5.0)
        await order

    played(stand, script)
    assert head.went == ["2", "1"]
    assert stand.child.told[-2] == Stand(camera="cam-1", preset="home")


def test_a_head_that_does_not_obey_has_no_view_to_accept() -> None:
    stand = Post(CONFIG, head=PlayedHead(error=DeviceRefused("the login is refused")))

    async def script(_: asyncio.Task[None]) -> None:
        order = asyncio.create_task(stand.driver.perform(AcceptView("shops")))
        await stand.clock.advance(5.0)
        with pytest.raises(DeviceRefused, match="the login is refused"):
            await order

    played(stand, script)
    assert not any(isinstance(word, AskReference) for word in stand.child.told)
