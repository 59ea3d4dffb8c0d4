"""The camera's driver over a vision process that a test plays: orders, turning, secrets, the way back."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.drivers.camera.driver import CameraDriver
from edge_agent.errors import DeviceRefused, DeviceUnreachable
from edge_agent.ports import Look, Say
from edge_agent.readings import (
    LineStatus,
    Reading,
    SceneReading,
    ViewReading,
)
from edge_agent.vision.words import (
    AskLook,
    Close,
    Counts,
    Dying,
    Heard,
    Lost,
    Open,
    Seen,
    Stand,
    View,
)
from tests.edge_agent.drivers.camera.played import (
    FIXED,
    PlayedHead,
    Post,
    looked,
    played,
    thing,
)


def test_words_become_readings_and_a_quiet_street_is_a_sign_of_health() -> None:
    stand = Post()

    async def script(_: asyncio.Task[None]) -> None:
        stand.child.say(
            Seen(camera="cam-1", captured_ns=1, things=(thing(3),), lon=113.2, lat=23.1),
            View(camera="cam-1", captured_ns=1, state="turned", detail="5 %"),
            Counts(camera="cam-1", bytes=10, frames=5, looks=1, refused=2, dropped=3, quiet=4),
            Counts(camera="cam-1", bytes=10, frames=5, looks=1, refused=2, dropped=3, quiet=4),
        )
        await stand.clock.settle()

    played(stand, script)
    scene, view, first, second = stand.readings
    assert isinstance(scene, SceneReading)
    assert (scene.things, scene.lon, scene.lat) == ((thing(3),), 113.2, 23.1)
    assert isinstance(view, ViewReading)
    assert (view.state, view.detail) == ("turned", "5 %")
    assert isinstance(first, LineStatus)
    assert isinstance(second, LineStatus)
    assert (first.passive, second.passive) == (True, False)
    assert (first.frames, first.readings, first.refused, first.dropped) == (5, 1, 2, 3)


def test_one_process_serves_all_cameras_and_each_hears_its_own_words() -> None:
    stand = Post()
    other = CameraDriver(replace(FIXED, id="cam-2"), stand.host, stand.clock, None, lambda *_: None)
    heard: list[Reading] = []

    async def script(_: asyncio.Task[None]) -> None:
        async def emit(reading: Reading) -> None:
            heard.append(reading)

        second = asyncio.create_task(other.run(emit))
        await stand.clock.settle()
        stand.child.say(
            View(camera="cam-2", captured_ns=1, state="dark"),
            View(camera="cam-1", captured_ns=1, state="good"),
            View(camera="cam-9", captured_ns=1, state="good"),
        )
        await stand.clock.settle()
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)

    played(stand, script)
    assert stand.started == 1
    assert [one.device for one in heard] == ["cam-2"]
    assert [getattr(one, "device", "") for one in stand.readings] == ["cam-1"]
    assert Close("cam-2") in stand.child.told


def test_a_camera_that_is_lost_is_unreachable_and_is_opened_again_with_fresh_numbers() -> None:
    stand = Post()

    async def script(running: asyncio.Task[None]) -> None:
        stand.child.say(Seen(camera="cam-1", captured_ns=1, things=(thing(7),), gone=(thing(9),)))
        stand.child.say(Lost(camera="cam-1", reason="no route to 10.0.0.7"))
        await stand.clock.settle()
        with pytest.raises(DeviceUnreachable, match="no route"):
            await running
        again = asyncio.create_task(stand.driver.run(stand.emit))
        await stand.clock.settle()
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)

    played(stand, script)
    opened = [word.first_track for word in stand.child.told if isinstance(word, Open)]
    assert opened == [1, 10]
    assert stand.started == 1


@pytest.mark.parametrize(
    ("last", "reason"),
    [(Dying("the detector has not answered for 31 s"), "has not answered"), (None, "has ended")],
)
def test_the_end_of_the_process_is_the_loss_of_its_cameras_and_the_next_start_makes_another(
    last: Heard | None, reason: str
) -> None:
    stand = Post()

    async def script(running: asyncio.Task[None]) -> None:
        first = stand.child
        first.say(last, None)
        await stand.clock.settle()
        with pytest.raises(DeviceUnreachable, match=reason):
            await running
        assert first.ended
        again = asyncio.create_task(stand.driver.run(stand.emit))
        await stand.clock.settle()
        assert stand.started == 2
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)

    played(stand, script)


def test_a_process_that_says_nothing_is_ended() -> None:
    stand = Post(silent_s=0.01)

    async def script(running: asyncio.Task[None]) -> None:
        with pytest.raises(DeviceUnreachable, match="has said nothing"):
            await running
        assert stand.child.ended

    played(stand, script)


def test_a_look_at_a_part_of_the_picture_moves_nothing() -> None:
    stand = Post(FIXED)

    async def script(_: asyncio.Task[None]) -> None:
        order = asyncio.create_task(stand.driver.perform(Look("l-1", "left")))
        await stand.clock.settle()
        stand.child.say(looked("l-1", "left"))
        await stand.clock.settle()
        await order

    played(stand, script)
    assert stand.looks() == [("l-1", True, None)]
    assert [type(word) for word in stand.child.told] == [Open, AskLook, Close]


def test_a_look_at_a_preset_turns_waits_until_it_stands_looks_and_goes_home() -> None:
    head = PlayedHead(moves=2)
    stand = Post(head=head)

    async def script(_: asyncio.Task[None]) -> None:
        order = asyncio.create_task(stand.driver.perform(Look("l-1", "shops")))
        await stand.clock.advance(1.0)
        assert stand.child.told[-1] == Stand(camera="cam-1", preset="shops", moving=True)
        await stand.clock.advance(3.0)
        assert stand.child.told[-2:] == [
            Stand(camera="cam-1", preset="shops"),
            AskLook(camera="cam-1", look="l-1", preset="shops"),
        ]
        stand.child.say(looked("l-1", "shops"))
        await stand.clock.advance(5.0)
        await order

    played(stand, script)
    assert head.went == ["2", "1"]
    assert stand.looks() == [("l-1", True, None)]
    assert stand.child.told[-2] == Stand(camera="cam-1", preset="home")


def test_a_head_that_does_not_obey_is_an_answer_too() -> None:
    stand = Post(head=PlayedHead(error=DeviceRefused("the login is refused")))

    async def script(_: asyncio.Task[None]) -> None:
        order = asyncio.create_task(stand.driver.perform(Look("l-1", "shops")))
        await stand.clock.advance(5.0)
        await order

    played(stand, script)
    assert stand.looks() == [("l-1", False, "cannot turn: the login is refused")]


def test_a_head_that_never_arrives_is_given_up() -> None:
    stand = Post(head=PlayedHead(moves=10_000))

    async def script(_: asyncio.Task[None]) -> None:
        order = asyncio.create_task(stand.driver.perform(Look("l-1", "shops")))
        await stand.clock.advance(60.0)
        await order

    played(stand, script)
    assert stand.looks() == [("l-1", False, "cannot turn: it was still on its way after 20 s")]


def test_a_look_without_an_answer_is_answered_by_the_agent() -> None:
    stand = Post(FIXED)

    async def script(_: asyncio.Task[None]) -> None:
        order = asyncio.create_task(stand.driver.perform(Look("l-1")))
        await stand.clock.advance(25.0)
        await order

    played(stand, script)
    assert stand.looks() == [("l-1", False, "no answer")]


def test_it_says_what_it_cannot_do() -> None:
    stand = Post(FIXED)

    async def script(running: asyncio.Task[None]) -> None:
        with pytest.raises(DeviceRefused, match="it can only look"):
            await stand.driver.perform(Say("hello"))
        with pytest.raises(DeviceRefused, match="has no preset 'x'; it has left"):
            await stand.driver.perform(Look("l", "x"))
        waiting = asyncio.create_task(stand.driver.perform(Look("l")))
        await stand.clock.settle()
        running.cancel()
        with pytest.raises(DeviceUnreachable, match="was lost"):
            await waiting
        with pytest.raises(DeviceUnreachable, match="is not connected"):
            await stand.driver.perform(Look("l"))

    played(stand, script)


def test_a_password_is_in_no_error_no_log_and_no_reading(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It reaches the vision process, and nothing that anybody reads."""
    caplog.set_level(logging.DEBUG)
    secret = "s3cr:t/p@ss"
    file = tmp_path / "password"
    file.write_text(f"{secret}\n")
    written = "other-s3cret"
    config = replace(FIXED, source=f"rtsp://me:{written}@10.0.0.7/one", password_file=file)
    stand = Post(config)
    errors: list[str] = []

    async def script(running: asyncio.Task[None]) -> None:
        opened = stand.child.told[0]
        assert isinstance(opened, Open)
        assert opened.password == secret
        stand.child.printed = [
            f"[rtsp] cannot open rtsp://me:{written}@10.0.0.7/one",
            "rtsp://me:s3cr%3At%2Fp%40ss@10.0.0.7/one: 401",
        ]
        stand.child.say(Lost(camera="cam-1", reason=f"cannot open with {secret} and {written}"))
        await stand.clock.settle()
        try:
            await running
        except DeviceUnreachable as error:
            errors.append(str(error))
        again = asyncio.create_task(stand.driver.run(stand.emit))
        await stand.clock.settle()
        stand.child.say(None)
        await stand.clock.settle()
        try:
            await again
        except DeviceUnreachable as error:
            errors.append(str(error))

    played(stand, script)
    everything = " ".join([*errors, caplog.text, repr(config), repr(stand.readings)])
    assert len(errors) == 2
    for hidden in (secret, written, "s3cr%3At"):
        assert hidden not in everything
    assert stand.clean is not None
    assert stand.clean("rtsp://who:ever@10.0.0.9/x") == "rtsp://10.0.0.9/x"


def test_a_password_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    stand = Post(replace(FIXED, password_file=tmp_path / "none"))

    async def script(running: asyncio.Task[None]) -> None:
        with pytest.raises(DeviceUnreachable, match="password file .* cannot be read"):  # noqa: RUF043
            await running

    played(stand, script)
