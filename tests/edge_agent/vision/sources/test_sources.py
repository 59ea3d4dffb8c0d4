"""Sources of pictures: one suite of what the port promises, and what each does by itself."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.vision.frames import Frame, Image, Shape
from edge_agent.vision.sources.csi import csi_pipeline, has_gstreamer
from edge_agent.vision.sources.opening import open_source, with_login
from edge_agent.vision.sources.picamera import PiCameraSource
from edge_agent.vision.sources.port import Pace, Source, SourceLost
from tests.edge_agent.vision.camera_server import PASSWORD, USER, serving
from tests.edge_agent.vision.street import grey, jpeg, street

SECOND = 1_000_000_000
PICTURES = [jpeg(street(seed=number)) for number in range(6)]


class Time:
    """Stands still until a source waits; `ending` makes it wait in vain."""

    def __init__(self) -> None:
        self.now_ns, self.ending = 10 * SECOND, False

    def wait(self, seconds: float) -> bool:
        self.now_ns += max(0, int(seconds * SECOND))
        return self.ending

    def pace(self, fps: float = 5.0, **how: bool) -> Pace:
        return Pace(fps, lambda: self.now_ns, self.wait, **how)


def config(source: str, **more: object) -> CameraConfig:
    return CameraConfig(id="cam-1", source=source, **more)  # type: ignore[arg-type]


def video(path: Path, frames: int = 50, fps: float = 25.0) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (640, 360))
    for number in range(frames):
        writer.write(street(seed=number))
    writer.release()
    return path


def folder(path: Path, pictures: list[bytes] = PICTURES) -> Path:
    path.mkdir(exist_ok=True)
    for number, picture in enumerate(pictures):
        (path / f"{number:03}.jpg").write_bytes(picture)
    return path


def all_of(source: Source, most: int = 500) -> tuple[list[Frame], str]:
    """Its frames and its last words."""
    frames = []
    try:
        for _ in range(most):
            frame = source.read()
            frames += [] if frame is None else [frame]
    except SourceLost as error:
        return frames, str(error)
    finally:
        source.close()
    return frames, ""


@pytest.mark.parametrize("kind", ["file", "folder", "mjpeg"])
def test_every_source_gives_its_frames_in_order_of_time_and_then_says_that_it_is_over(
    kind: str, tmp_path: Path
) -> None:
    time = Time()
    with serving(PICTURES) as server:
        sources = {
            "file": f"file:{video(tmp_path / 'v.avi')}",
            "folder": f"folder:{folder(tmp_path / 'pictures')}",
            "mjpeg": f"{server.url}/stream",
        }
        source = open_source(config(sources[kind]), None, time.pace(fps=1000.0, paced=False))
        frames, last = all_of(source)
    assert frames
    assert all(a.captured_ns <= b.captured_ns for a, b in pairwise(frames))
    assert all(Shape(config("v4l2:x")).colour(one) is not None for one in frames)
    assert last


@pytest.mark.parametrize("source", ["file:/nowhere/x.avi", "folder:/nowhere", "v4l2:/dev/video99"])
def test_what_is_not_there_is_said(source: str) -> None:
    with pytest.raises(SourceLost, match=r"nowhere|video99"):
        all_of(open_source(config(source), None, Time().pace(paced=False)))


def test_a_video_is_thinned_to_what_was_asked_and_played_in_its_own_time(tmp_path: Path) -> None:
    time = Time()
    source = open_source(config(f"file:{video(tmp_path / 'v.avi')}"), None, time.pace(fps=5.0))
    frames, last = all_of(source)
    assert len(frames) == 10  # two seconds at five a second
    assert source.skipped == 40
    assert time.now_ns - 10 * SECOND == frames[-1].captured_ns - 10 * SECOND == int(1.8 * SECOND)
    assert last.endswith("has ended")


def test_a_video_that_repeats_begins_again(tmp_path: Path) -> None:
    source = open_source(
        config(f"file:{video(tmp_path / 'v.avi', 25)}"), None, Time().pace(fps=5.0, repeat=True)
    )
    frames, last = all_of(source, most=40)
    assert len(frames) > 20
    assert last == ""


def test_a_folder_keeps_the_bytes_and_waits_for_new_files_taking_the_newest(tmp_path: Path) -> None:
    time, place = Time(), folder(tmp_path / "pictures")
    source = open_source(config(f"folder:{place}"), None, time.pace())
    first = [one for one in (source.read() for _ in range(20)) if one is not None]
    assert [one.jpeg for one in first] == PICTURES
    assert source.read() is None
    for name in ("100", "101", "102"):
        (place / f"{name}.jpg").write_bytes(PICTURES[int(name) - 100])
    newest = [one for one in (source.read() for _ in range(4)) if one is not None]
    assert [one.jpeg for one in newest] == [PICTURES[2]]
    assert source.skipped == 2


def test_what_is_no_picture_in_a_folder_is_counted(tmp_path: Path) -> None:
    place = folder(tmp_path / "pictures", PICTURES[:1])
    (place / "x.png").write_bytes(b"no picture")
    (place / "readme.txt").write_text("not meant")
    source = open_source(config(f"folder:{place}"), None, Time().pace(paced=False))
    assert len(all_of(source)[0]) == 1
    assert source.refused == 1


def test_a_file_that_is_still_being_written_is_waited_for(tmp_path: Path) -> None:
    time, place = Time(), folder(tmp_path / "pictures", PICTURES[:1])
    source = open_source(config(f"folder:{place}"), None, time.pace())
    assert source.read() is not None
    for size in (0, 100, 5000, len(PICTURES[1]) - 1):
        (place / "100.jpg").write_bytes(PICTURES[1][:size])
        assert [source.read() for _ in range(10)] == [None] * 10
    (place / "100.jpg").write_bytes(PICTURES[1])
    frames = [one for one in (source.read() for _ in range(3)) if one is not None]
    assert [one.jpeg for one in frames] == [PICTURES[1]]
    assert source.refused == 0


def test_a_file_that_was_never_finished_holds_up_nothing(tmp_path: Path) -> None:
    time, place = Time(), folder(tmp_path / "pictures", PICTURES[:1])
    source = open_source(config(f"folder:{place}"), None, time.pace())
    assert source.read() is not None
    (place / "100.jpg").write_bytes(PICTURES[1][:-100])
    began_ns = time.now_ns
    while not source.refused:
        assert source.read() is None
    assert 5 * SECOND <= time.now_ns - began_ns < 7 * SECOND
    (place / "101.jpg").write_bytes(PICTURES[2][:-100])
    assert [source.read() for _ in range(5)] == [None] * 5
    (place / "102.jpg").write_bytes(PICTURES[3])
    frames = [one for one in (source.read() for _ in range(40)) if one is not None]
    assert [one.jpeg for one in frames] == [PICTURES[3]]


def test_a_stream_gives_the_newest_frame_as_it_came() -> None:
    time = Time()
    with serving(PICTURES) as server:
        source = open_source(config(f"{server.url}/stream"), None, time.pace())
        frames, last = all_of(source)
    assert {one.jpeg for one in frames} <= set(PICTURES)
    assert len(frames) + source.skipped == len(PICTURES)
    assert "ended the stream" in last


def test_snapshots_come_at_the_pace_that_was_asked() -> None:
    time = Time()
    with serving(PICTURES) as server:
        source = open_source(config(f"snapshot+{server.url}/snapshot"), None, time.pace(fps=0.5))
        frames = [source.read() for _ in range(3)]
    assert [one.jpeg for one in frames if one] == PICTURES[:3]
    assert [one.captured_ns for one in frames if one] == [10 * SECOND, 12 * SECOND, 14 * SECOND]


def test_a_snapshot_that_was_cut_short_is_no_picture() -> None:
    with serving([PICTURES[0][:-100], PICTURES[1]]) as server:
        source = open_source(config(f"snapshot+{server.url}/snapshot"), None, Time().pace())
        assert source.read() is None
        whole = source.read()
    assert whole is not None
    assert (whole.jpeg, source.refused) == (PICTURES[1], 1)


@pytest.mark.parametrize("login", ["basic", "digest"])
def test_cameras_with_a_login_let_us_in(login: str) -> None:
    with serving(PICTURES, login) as server:
        asked = config(f"snapshot+{server.url}/snapshot", user=USER)
        source = open_source(asked, PASSWORD, Time().pace())
        frame = source.read()
    assert frame is not None
    assert frame.jpeg == PICTURES[0]


def test_a_refused_login_says_so_and_names_nobody() -> None:
    with serving(PICTURES, "basic") as server:
        source = open_source(
            config(f"snapshot+{server.url}/snapshot", user=USER), "wr0ng-pass", Time().pace()
        )
        with pytest.raises(SourceLost, match="the login is refused") as caught:
            source.read()
    assert "wr0ng" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_password_with_any_characters_reaches_an_rtsp_address() -> None:
    assert (
        with_login("rtsp://10.0.0.7:554/a", "me", "p@s/s:w")
        == "rtsp://me:p%40s%2Fs%3Aw@10.0.0.7:554/a"
    )
    assert with_login("rtsp://10.0.0.7/a", None, None) == "rtsp://10.0.0.7/a"


def test_a_jetson_camera_without_gstreamer_is_said_plainly() -> None:
    with_it = "  Video I/O:\n    GStreamer:                   YES (1.20.3)\n"
    assert has_gstreamer(with_it)
    assert "sensor-id=1" in csi_pipeline(1, with_it)
    assert not has_gstreamer("    GStreamer:                   NO\n")
    with pytest.raises(SourceLost, match="built without GStreamer"):
        csi_pipeline(0, "    GStreamer:                   NO\n")


def test_a_raspberry_pi_camera_without_its_package_is_said_plainly() -> None:
    with pytest.raises(SourceLost, match="apt install python3-picamera2"):
        open_source(config("picamera:0"), None, Time().pace())


class FakePiCamera:
    """What picamera2 offers of what we use."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def create_video_configuration(self, **wanted: object) -> dict[str, object]:
        return wanted

    def configure(self, wanted: dict[str, object]) -> None:
        self.calls.append(f"configure {wanted['main']}")

    def start(self) -> None:
        self.calls.append("start")

    def capture_array(self, name: str) -> Image:
        return np.zeros((720, 1280, 3), np.uint8)

    def stop(self) -> None:
        self.calls.append("stop")

    def close(self) -> None:
        self.calls.append("close")


def test_a_raspberry_pi_camera_is_asked_for_what_opencv_understands() -> None:
    camera, time = FakePiCamera(), Time()
    source = PiCameraSource(0, time.pace(), camera)
    frames = [source.read(), source.read()]
    source.close()
    assert [one.captured_ns for one in frames if one] == [10 * SECOND, 10 * SECOND + SECOND // 5]
    assert camera.calls == [
        "configure {'size': (1280, 720), 'format': 'RGB888'}",
        "start",
        "stop",
        "close",
    ]


RMC = (
    "$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\n"  # the usual example of RMC
    "$GPRMC,123520,V,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*00\n"
    "$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\n"
)


def test_a_patrol_car_s_pictures_have_their_place(tmp_path: Path) -> None:
    track = tmp_path / "track.csv"
    track.write_text("seconds,lat,lon\n0,23.10,113.20\n1,23.11,113.22\n40,23.2,113.3\n")
    place = folder(tmp_path / "pictures")
    source = open_source(
        config(f"folder:{place}", moving=True, track_file=track),
        None,
        Time().pace(fps=2.0, paced=False),
    )
    frames, _ = all_of(source)
    assert [one.place for one in frames[:3]] == [
        (113.20, 23.10),
        (pytest.approx(113.21), pytest.approx(23.105)),
        (113.22, 23.11),
    ]


def test_a_track_may_be_nmea_and_what_is_wrong_in_it_is_left_out(tmp_path: Path) -> None:
    track = tmp_path / "track.nmea"
    track.write_text(RMC)
    source = open_source(
        config(f"folder:{folder(tmp_path / 'pictures')}", track_file=track),
        None,
        Time().pace(paced=False),
    )
    frames, _ = all_of(source)
    assert frames[0].place == (pytest.approx(11.516667, abs=1e-6), pytest.approx(48.1173, abs=1e-6))


@pytest.mark.parametrize("text", ["", "nothing\n", RMC.replace("*6A", "*6B")])
def test_a_track_without_a_position_is_refused(text: str, tmp_path: Path) -> None:
    track = tmp_path / "track"
    track.write_text(text)
    with pytest.raises(SourceLost, match="holds neither"):
        open_source(
            config(f"folder:{folder(tmp_path / 'p')}", track_file=track),
            None,
            Time().pace(paced=False),
        )


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_pictures_are_turned_upright_and_small_ones_like_large_ones(degrees: int) -> None:
    plain = config("v4l2:x")
    turned = replace(plain, rotate=degrees)
    standing = street([("bag", (0.4, 0.7, 0.5, 0.85))], noise=0)
    as_mounted = np.ascontiguousarray(np.rot90(standing, degrees // 90))
    assert np.array_equal(Shape(turned).colour(Frame(0, pixels=as_mounted)), standing)
    small, other = (
        Shape(turned).grey(Frame(0, pixels=as_mounted)),
        Shape(plain).grey(Frame(0, pixels=standing)),
    )
    assert small is not None
    assert other is not None
    assert small.shape == other.shape == (180, 320)
    assert np.abs(small.astype(int) - other.astype(int)).mean() < 2


def test_a_masked_window_is_black_in_whatever_anybody_sees_and_the_frame_is_untouched() -> None:
    from edge_agent.config.devices.camera import MaskConfig  # noqa: PLC0415

    window = MaskConfig("window", ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5)))
    picture = street(noise=0)
    frame = Frame(0, pixels=picture)
    shape = Shape(config("v4l2:x", masks=(window,)))
    for seen in (shape.colour(frame), shape.grey(frame)):
        assert seen is not None
        high, wide = seen.shape[:2]
        assert seen[: high // 2 - 1, : wide // 2 - 1].max() == 0
        assert seen[high // 2 + 2 :].max() > 0
    assert np.array_equal(picture, street(noise=0))


def test_a_fisheye_is_cut_to_its_circle_and_its_square() -> None:
    shape = Shape(config("v4l2:x", circle=(0.5, 0.28125, 0.25), crop=(0.25, 0.0, 0.75, 1.0)))
    seen = shape.colour(Frame(0, pixels=np.full((360, 640, 3), 200, np.uint8)))
    assert seen is not None
    assert seen.shape == (360, 320, 3)
    assert seen[0, 0].max() == 0
    assert seen[180, 160].min() == 200


def test_jpeg_is_decoded_small_and_gives_the_gate_the_same_street() -> None:
    small = Shape(config("v4l2:x")).grey(Frame(0, jpeg=jpeg(street(noise=0))))
    assert small is not None
    assert np.abs(small.astype(int) - grey(noise=0).astype(int)).mean() < 3


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", PICTURES[0][:500], b"GIF89a"])
def test_a_broken_picture_is_none(data: bytes) -> None:
    shape = Shape(config("v4l2:x"))
    assert shape.colour(Frame(0, jpeg=data)) is None or len(data) == 500
    assert shape.grey(Frame(0, jpeg=data)) is None or len(data) == 500


def test_a_picture_bomb_is_refused_before_it_is_decoded() -> None:
    bomb = bytearray(PICTURES[0])
    at = bomb.index(b"\xff\xc0")
    bomb[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    assert Shape(config("v4l2:x")).grey(Frame(0, jpeg=bytes(bomb))) is None
