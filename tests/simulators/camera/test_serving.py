"""The camera's server before real clients."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from typer.testing import CliRunner

from simulators.camera.live import Frame, LiveCamera
from simulators.camera.playing import Player
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


def test_opencv_reads_the_stream_picture_by_picture_until_the_power_goes(
    url: str, player: Player
) -> None:
    player.play(0.0)
    at, done = iter(range(1, 10)), threading.Event()
    levels = list[int]()

    def play_on() -> None:
        while not done.wait(0.15):
            player.play(float(next(at, 9)))

    clock = threading.Thread(target=play_on)
    clock.start()
    try:
        capture = cv2.VideoCapture(f"{url}/stream")
        while True:
            there, picture = capture.read()
            if not there:
                break
            levels.append(round(float(picture.mean()) / 20) - 1)
    finally:
        done.set()
        clock.join()
    assert levels == sorted(levels)
    assert len(levels) >= 4
    assert levels[-1] == 8


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
