"""The camera's driver over the real vision process: pictures in a folder become readings."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import cv2
import pytest

from edge_agent.clock import SystemClock
from edge_agent.config.devices.camera import CameraConfig, ClipConfig, PresetConfig, ZoneConfig
from edge_agent.drivers.camera.driver import CameraDriver
from edge_agent.errors import DeviceUnreachable
from edge_agent.ports import AcceptView, Film, Look
from edge_agent.readings import ClipReading, LineStatus, LookReading, Reading, SceneReading
from edge_agent.vision.host import VisionHost, start_child
from tests.edge_agent.vision.street import jpeg, street

BAG = (0.4, 0.7, 0.5, 0.85)
PAVEMENT = ZoneConfig("pavement", ((0.0, 0.6), (1.0, 0.6), (1.0, 1.0), (0.0, 1.0)))
CHILD = partial(start_child, module="tests.edge_agent.vision.child")


def folder(path: Path, pictures: int, bag_from: int) -> Path:
    path.mkdir()
    for number in range(pictures):
        things = [("bag", BAG)] if number >= bag_from else []
        (path / f"{number:04}.jpg").write_bytes(jpeg(street(things, seed=number)))
    return path


def camera(
    source: Path, name: str = "cam-1", *, paced: bool = False, **more: object
) -> CameraConfig:
    return CameraConfig(
        id=name, source=f"folder:{source}", detector="colours", paced=paced, fps=5.0,
        zones=(PAVEMENT,), **more,  # type: ignore[arg-type]
    )  # fmt: skip


class Site:
    """Drivers on one host, and what they said."""

    def __init__(self, data_dir: Path, *configs: CameraConfig) -> None:
        self.host, self.readings = VisionHost(CHILD), list[Reading]()
        self.came = asyncio.Event()
        self.drivers = [
            CameraDriver(one, self.host, SystemClock(), data_dir, lambda *_: None)
            for one in configs
        ]

    async def emit(self, reading: Reading) -> None:
        self.readings.append(reading)
        self.came.set()

    def scenes(self) -> list[SceneReading]:
        return [one for one in self.readings if isinstance(one, SceneReading)]

    async def until(self, kind: type[Reading], number: int = 1) -> None:
        while sum(isinstance(one, kind) for one in self.readings) < number:
            self.came.clear()
            await self.came.wait()


def played(site: Site, script: Callable[[], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        async with asyncio.timeout(240):
            await script()
        await site.host.close()

    asyncio.run(all_of_it())


def test_a_bag_put_down_is_one_track_in_its_zone_and_its_picture_comes_along(
    tmp_path: Path,
) -> None:
    site = Site(tmp_path, camera(folder(tmp_path / "pictures", 60, bag_from=20)))

    async def script() -> None:
        with pytest.raises(DeviceUnreachable, match="have been seen"):
            await site.drivers[0].run(site.emit)

    played(site, script)
    scenes = site.scenes()
    assert [one.full for one in scenes[:2]] == [
        True,
        True,
    ]  # the first picture, and once it is calm
    with_bag = [one for one in scenes if one.things]
    assert {thing.track for one in with_bag for thing in one.things} == {1}
    assert with_bag[0].things[0].label == "bag"
    assert with_bag[0].things[0].zones == ("pavement",)
    assert with_bag[0].model == ("colours", "00" * 32)
    picture = with_bag[0].picture
    assert picture is not None
    captured = sorted((tmp_path / "pictures").glob("*.jpg"))[20:24]
    assert picture.original in [one.read_bytes() for one in captured]
    assert len(picture.thumbnail) <= 8_000


def test_a_camera_that_fails_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    good = camera(folder(tmp_path / "good", 3, bag_from=0), "good", paced=True)
    bad = camera(tmp_path / "nothing-here", "bad", paced=True)
    site = Site(tmp_path, good, bad)

    async def script() -> None:
        running = asyncio.create_task(site.drivers[0].run(site.emit))
        with pytest.raises(DeviceUnreachable, match="nothing-here cannot be read"):
            await site.drivers[1].run(site.emit)
        await site.until(LineStatus)
        await site.until(SceneReading)
        running.cancel()

    played(site, script)
    assert {one.device for one in site.scenes()} == {"good"}


def test_a_look_that_was_asked_for_is_answered_with_what_is_there_now(tmp_path: Path) -> None:
    left, right = (
        PresetConfig("left", box=(0, 0, 0.5, 1)),
        PresetConfig("right", box=(0.5, 0, 1, 1)),
    )
    pictures = folder(tmp_path / "pictures", 12, bag_from=0)
    site = Site(tmp_path, camera(pictures, paced=True, repeat=True, presets=(left, right)))

    async def script() -> None:
        running = asyncio.create_task(site.drivers[0].run(site.emit))
        await site.until(SceneReading)
        await site.drivers[0].perform(Look("look-1", "left"))
        await site.drivers[0].perform(Look("look-2", "right"))
        running.cancel()

    played(site, script)
    answers = [one for one in site.readings if isinstance(one, LookReading)]
    assert [(one.look, one.done, len(one.things)) for one in answers] == [
        ("look-1", True, 1),
        ("look-2", True, 0),
    ]
    assert answers[0].picture is not None


def test_a_model_that_crashes_ends_the_process_and_its_cameras_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = folder(tmp_path / "pictures", 8, bag_from=0)
    site = Site(
        tmp_path, camera(pictures, "cam-1", paced=True), camera(pictures, "cam-2", paced=True)
    )

    async def script() -> None:
        monkeypatch.setenv("EDILE_TEST_FAULT", "crash")
        both = [asyncio.create_task(one.run(site.emit)) for one in site.drivers]
        ended = await asyncio.gather(*both, return_exceptions=True)
        assert [type(one) for one in ended] == [DeviceUnreachable, DeviceUnreachable]
        assert "the vision process has ended" in str(ended[0])
        monkeypatch.delenv("EDILE_TEST_FAULT")
        again = asyncio.create_task(site.drivers[0].run(site.emit))
        await site.until(SceneReading)
        again.cancel()

    played(site, script)


def test_a_detector_that_hangs_is_noticed_and_the_process_ends_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDILE_TEST_FAULT", "hang")
    monkeypatch.setenv("EDILE_TEST_STUCK_S", "0.5")
    site = Site(tmp_path, camera(folder(tmp_path / "pictures", 8, bag_from=0), paced=True))

    async def script() -> None:
        with pytest.raises(DeviceUnreachable, match="the detector has not answered for"):
            await site.drivers[0].run(site.emit)

    played(site, script)


def test_what_a_library_prints_is_cleaned_before_anybody_reads_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "s3cr:t/p@ss"
    file = tmp_path / "password"
    file.write_text(secret)
    monkeypatch.setenv(
        "EDILE_TEST_PRINT", f"[rtsp] {secret} rtsp://me:other@10.0.0.7/x s3cr%3At%2Fp%40ss"
    )
    pictures = folder(tmp_path / "pictures", 3, bag_from=0)
    site = Site(tmp_path / "data", camera(pictures, password_file=file))

    async def script() -> None:
        with pytest.raises(DeviceUnreachable):
            await site.drivers[0].run(site.emit)

    played(site, script)
    assert "[rtsp] … rtsp://10.0.0.7/x …" in caplog.text
    assert "s3cr" not in caplog.text


def test_a_real_rtsp_failure_shows_no_password_anywhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "s3cr:t/p@ss"
    file = tmp_path / "password"
    file.write_text(secret)
    config = CameraConfig(
        id="cam-1", source="rtsp://127.0.0.1:9/stream", user="me", password_file=file
    )
    site = Site(tmp_path / "data", config)
    said: list[str] = []

    async def script() -> None:
        with pytest.raises(
            DeviceUnreachable, match=r"rtsp://127\.0\.0\.1:9/stream cannot be opened"
        ) as one:
            await site.drivers[0].run(site.emit)
        said.append(str(one.value))

    played(site, script)
    written = [one.read_bytes() for one in tmp_path.rglob("*") if one.is_file() and one != file]
    everything = " ".join([*said, caplog.text]).encode() + b" ".join(written)
    assert b"s3cr" not in everything
    assert b"%3A" not in everything


def test_a_clip_comes_out_of_the_process_and_a_view_is_accepted_in_it(tmp_path: Path) -> None:
    clip = ClipConfig(before_s=30.0, after_s=0.0, fps=5.0, leaves=True)
    source = folder(tmp_path / "pictures", 40, bag_from=0)
    site = Site(tmp_path, camera(source, paced=True, repeat=True, clip=clip))
    driver = site.drivers[0]

    async def script() -> None:
        running = asyncio.create_task(driver.run(site.emit))
        await site.until(SceneReading)
        await driver.perform(Film("06010", SystemClock().moment(), "cam-1-p1"))
        await site.until(ClipReading)
        await driver.perform(AcceptView())
        running.cancel()

    played(site, script)
    (made,) = [one for one in site.readings if isinstance(one, ClipReading)]
    captured = [one.read_bytes() for one in source.iterdir()]
    assert sum(one in made.original for one in captured) == made.frames > 0
    assert made.original_sha256 == hashlib.sha256(made.original).hexdigest()
    file = tmp_path / "masked.avi"
    file.write_bytes(made.masked)
    shown = cv2.VideoCapture(str(file))
    assert shown.get(cv2.CAP_PROP_FRAME_COUNT) == made.frames
    shown.release()
    assert (tmp_path / "cameras" / "cam-1" / "home.npz").exists()
