"""The camera's server before real clients."""

from __future__ import annotations

import base64
import io
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from typer.testing import CliRunner

from simulators.camera.live import Frame, LiveCamera
from simulators.camera.playing import Player
from simulators.camera.rtsp import served_rtsp
from simulators.camera.serving import served
from simulators.camera.table import PLACES, WEATHERS
from simulators.camera.world import World
from simulators.cli import app


class Still(LiveCamera):
    """A camera that has its pictures ready: grey, lighter by the second, without power from 9 s on."""

    def frame(self, t: float) -> Frame:
        if t >= 9:
            return Frame(t, None)
        _, data = cv2.imencode(".jpg", np.full((48, 64, 3), 20 + 20 * int(t), np.uint8))
        return Frame(t, data.tobytes())


def scene_world() -> World:
    place = PLACES["disposal-point"]
    return place.world(1, 60, place.scene(1, (64, 48), 10.0, WEATHERS["sun"]))


@pytest.fixture
def truth() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def player(truth: io.StringIO) -> Player:
    return Player(Still(scene_world()), 1.0, truth)


@pytest.fixture
def url(player: Player) -> Iterator[str]:
    with served(player, "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}"


def test_a_snapshot_is_the_newest_picture_and_none_is_said(url: str, player: Player) -> None:
    assert httpx.get(f"{url}/snapshot.jpg").status_code == 503
    player.play(1.0)
    player.play(3.0)
    answer = httpx.get(f"{url}/snapshot.jpg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    assert abs(float(picture.mean()) - 80) < 2
    player.play(9.0)
    assert httpx.get(f"{url}/snapshot.jpg").status_code == 503


@contextmanager
def playing(player: Player) -> Iterator[None]:
    """One second of the world in 0.15 of the clock, to the power cut and on."""
    player.play(0.0)
    at, done = iter(range(1, 10)), threading.Event()

    def play_on() -> None:
        while not done.wait(0.15):
            player.play(float(next(at, 9)))

    clock = threading.Thread(target=play_on)
    clock.start()
    try:
        yield
    finally:
        done.set()
        clock.join()


def levels_seen(address: str) -> list[int]:
    """What OpenCV's FFmpeg decodes until there is no more."""
    capture, levels = cv2.VideoCapture(address, cv2.CAP_FFMPEG), list[int]()
    while True:
        there, picture = capture.read()
        if not there:
            capture.release()
            return levels
        levels.append(round(float(picture.mean()) / 20) - 1)


def test_opencv_reads_the_stream_picture_by_picture_until_the_power_goes(
    url: str, player: Player
) -> None:
    with playing(player):
        levels = levels_seen(f"{url}/stream")
    assert levels == sorted(levels)
    assert len(levels) >= 4
    assert levels[-1] == 8


@pytest.mark.parametrize("login", [None, "eye:s3cret"])
def test_opencv_reads_rtsp_over_tcp_until_the_power_goes(player: Player, login: str | None) -> None:
    known = f"{login}@" if login else ""
    with served_rtsp(player, "127.0.0.1", 0, login) as port, playing(player):
        levels = levels_seen(f"rtsp://{known}127.0.0.1:{port}/stream")
    assert levels == sorted(levels)
    assert len(levels) >= 3
    assert max(levels) >= 7


def asked(port: int, *requests: str) -> list[str]:
    """The first line of each answer."""
    with socket.create_connection(("127.0.0.1", port), 5) as line:
        found = []
        for number, request in enumerate(requests):
            line.sendall(f"{request}\r\nCSeq: {number}\r\n\r\n".encode())
            answer = line.recv(4096).decode()
            assert f"CSeq: {number}\r\n" in answer
            found.append(answer.split("\r\n")[0])
        return found


def test_rtsp_refuses_who_it_does_not_know_and_what_it_does_not_speak(player: Player) -> None:
    with served_rtsp(player, "127.0.0.1", 0, "eye:s3cret") as port:
        describe = "DESCRIBE rtsp://127.0.0.1/ RTSP/1.0"
        wrong = f"{describe}\r\nAuthorization: Basic {base64.b64encode(b'eye:guess').decode()}"
        assert asked(port, "OPTIONS * RTSP/1.0", describe, wrong) == [
            "RTSP/1.0 200 OK",
            "RTSP/1.0 401 Unauthorized",
            "RTSP/1.0 401 Unauthorized",
        ]
    with served_rtsp(player, "127.0.0.1", 0) as port:
        by_udp = (
            "SETUP rtsp://x/track1 RTSP/1.0\r\nTransport: RTP/AVP;unicast;client_port=5000-5001"
        )
        assert asked(port, "PLAY rtsp://x/ RTSP/1.0", by_udp, "RECORD rtsp://x/ RTSP/1.0") == [
            "RTSP/1.0 455 Method Not Valid in This State",
            "RTSP/1.0 461 Unsupported Transport",
            "RTSP/1.0 405 Method Not Allowed",
        ]


def test_people_hear_what_is_posted(url: str, player: Player, truth: io.StringIO) -> None:
    player.play(1.0)
    assert httpx.post(f"{url}/prompt", content="请分类投放".encode()).text == "heard\n"
    player.play(2.0)
    (line,) = [json.loads(line) for line in truth.getvalue().splitlines()]
    assert (line["kind"], line["words"], line["t"], line["deserved"]) == (
        "prompt",
        "请分类投放",
        2.0,
        False,
    )


def test_a_crew_that_is_sent_puts_everything_in_order(
    url: str, player: Player, truth: io.StringIO
) -> None:
    player.play(1.0)
    player.camera.world.opened(1.5, "h1", "waste_heap", "ground", _nothing)
    assert httpx.post(f"{url}/tidy").text == "heard\n"
    assert player.camera.world.problems
    player.camera.world.opened(
        1.6, "h2", "waste_heap", "ground", lambda t: player.camera.world.ended(t, "h2")
    )
    player.play(2.0)
    kinds = {line["id"]: line for line in map(json.loads, truth.getvalue().splitlines())}
    assert kinds["h2"]["until"] == 2.0
    assert kinds["tidied-2.00"]["kind"] == "tidied"


def _nothing(_t: float) -> None:
    """Somebody who does not come."""


def test_the_truth_says_which_pictures_somebody_waited_for(truth: io.StringIO) -> None:
    player = Player(Still(scene_world()), 1.0, truth, with_labels=True)
    player.play(1.0)
    number, _ = player.after(0)
    player.play(2.0)
    player.play(3.0)
    seen = list(map(json.loads, truth.getvalue().splitlines()))
    assert number == 1
    assert [line["awaited"] for line in seen if line["kind"] == "seen"] == [False, True, False]


def test_what_is_not_there_and_what_is_too_long_is_refused(url: str) -> None:
    assert httpx.get(f"{url}/else").status_code == 404
    assert httpx.post(f"{url}/snapshot.jpg", content=b"x").status_code == 404
    assert httpx.post(f"{url}/prompt", content=b"x" * 3000).status_code == 413


def test_the_end_of_the_world_ends_the_stream(url: str, player: Player, truth: io.StringIO) -> None:
    player.play(1.0)
    with httpx.stream("GET", f"{url}/stream") as answer:
        parts = answer.iter_raw()
        assert b"--frame" in next(parts)
        player.close(2.0)
        rest = b"".join(parts)
    assert rest.count(b"--frame") <= 1
    assert json.loads(truth.getvalue().splitlines()[-1])["kind"] == "end"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scene", "moon"], "--scene: expected one of disposal-point, street, dumping"),
        (["--weather", "hail"], "--weather: expected one of sun"),
        (["--http", "nowhere"], "--http: expected HOST:PORT"),
        (["--rtsp", "host:99999"], "--rtsp: expected HOST:PORT"),
        (["--rtsp", "h:1", "--height", "90"], "--rtsp: expected a width and height"),
        (["--mishap", "stolen@1:2"], "--mishap: expected KIND@SECONDS:DURATION"),
        (["--truth", "none/t"], "--truth: none/t: No such file"),
    ],
)
def test_a_mistake_is_one_clear_line_and_exit_2(arguments: list[str], said: str) -> None:
    refused = CliRunner().invoke(app, ["camera", *arguments])
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.e2e
def test_the_command_fills_a_folder_in_real_time_and_tells_the_truth(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "edile", "sim", "camera", "--scene", "dumping", "--seed", "2"]
    command += ["--folder", str(tmp_path / "in"), "--truth", str(tmp_path / "t.jsonl"), "--labels"]
    command += [
        "--minutes",
        "1",
        "--scale",
        "20",
        "--fps",
        "4",
        "--width",
        "160",
        "--height",
        "90",
        "--quick",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (0, "the scenario has ended\n"), done.stderr
    pictures = sorted((tmp_path / "in").glob("*.jpg"))
    assert len(pictures) >= 3
    assert cv2.imread(str(pictures[-1])) is not None
    lines = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert (lines[0]["kind"], lines[0]["scenario"], lines[-1]["kind"]) == (
        "truth",
        "dumping",
        "end",
    )
    assert any(line["kind"] == "seen" for line in lines)
