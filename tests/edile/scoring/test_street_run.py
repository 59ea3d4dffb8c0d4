"""Simulated streets and yards before the real tracks and roles, in their own time."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.errors import StopError
from edge_agent.readings import Reading
from edge_agent.vision.boxes import Found
from edge_agent.vision.frames import Image
from edge_agent.vision.looking import Models
from edile.scoring.cli import vision
from edile.scoring.conditions import Conditions
from edile.scoring.scenes import SEEN_LABELS
from edile.scoring.sight import Faults, NoisyLabels
from edile.scoring.street_report import figures, lines, outcome_of, reported
from edile.scoring.street_run import StreetRun, camera_of, ground, run_street
from edile.scoring.street_sights import EyeSight, LabelSight, moment_at
from simulators.camera.live import Frame
from simulators.camera.table import PLACES, WEATHERS
from simulators.scenes.pinhole import Pinhole

CLOUD, SIZE = Conditions(10.0, "cloud"), (192, 108)


def perfect(camera: CameraConfig, seed: int) -> LabelSight:
    return LabelSight(camera, NoisyLabels(seed, SEEN_LABELS, SIZE, Faults(0, 0, 0, 0)))


@cache
def street() -> StreetRun:
    return run_street("street", 3, 300.0, perfect, CLOUD, size=SIZE)


def test_what_a_perfect_detector_sees_is_told_once_each() -> None:
    out = outcome_of(street())
    assert out.counted.total() >= 2
    assert out.found == out.counted
    assert (out.false.total(), out.twice.total()) == (0, 0)
    assert min(out.delays_s) >= 30.0
    assert street().looks >= 15


def test_a_least_score_below_what_a_class_is_still_seen_at_can_be_scored() -> None:
    run = run_street("street", 3, 120.0, perfect, CLOUD, size=SIZE, min_score=0.3)
    assert run.watching.looks


def test_truths_have_their_boxes_and_their_ends() -> None:
    ended = [one for one in street().truths if one.until < 300.0]
    assert ended
    for one in ended:
        assert one.code
        assert all(one.begins <= t <= one.until for t in one.boxes)
        assert all(0 <= side <= 1 for box in one.boxes.values() for side in box)


def test_timed_looks_are_twenty_seconds_apart_and_doubts_are_none() -> None:
    timed = street().watching.looks
    assert all(b - a >= 20.0 for a, b in pairwise(timed))
    assert len(timed) < street().looks


def test_who_tells_nothing_misses_everything() -> None:
    out = outcome_of(replace(street(), told=[]))
    assert out.missed == out.counted
    assert out.right.total() + out.false.total() == 0


def test_heaps_left_in_the_yard_are_told_by_the_station() -> None:
    run = run_street("dumping", 4, 500.0, perfect, CLOUD, size=SIZE, picture_s=10.0)
    out = outcome_of(run)
    assert {*out.counted} <= {"waste_heap", "rubble_heap"}
    assert out.found.total() >= 1
    assert out.false.total() == 0
    assert min(out.delays_s) >= 120.0


def test_the_yards_zone_holds_every_stop_and_no_roadway() -> None:
    view = Pinhole(0.0, -9.9, 4.4, 2.0, 19.0, 0.0, 76.0, *SIZE)
    corners = ground(view, -9.0, 9.0, -3.2, -0.1)
    (zone,) = camera_of("dumping", view).zones
    assert zone.points == corners
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    low, high = min(y for _, y in corners), max(y for _, y in corners)
    for stop in (-4.6, 4.9):
        pixel = view.pixel(stop, -1.5, 0.0)
        assert pixel is not None
        assert left < pixel[0] / SIZE[0] < right
        assert low < pixel[1] / SIZE[1] < high
    road = view.pixel(0.0, -5.0, 0.0)
    assert road is not None
    assert road[1] / SIZE[1] > high


class Heap:
    """Sees one heap, always at the same place."""

    name, sha256, labels, input_size = "heap", "00" * 32, ("waste_heap",), (320, 320)

    def __init__(self) -> None:
        self.asked = 0

    def find(self, image: Image) -> list[Found]:
        self.asked += 1
        whole = image.shape[1] == SIZE[0]
        return [Found("waste_heap", 0.9, (0.4, 0.4, 0.6, 0.6))] if whole else []


def test_pictures_go_through_the_whole_eye() -> None:
    """Gate, looks that are due, tracks, the role: what a detector says stands there becomes a problem."""
    heap = Heap()
    run = run_street(
        "street", 1, 60.0, lambda camera, _seed: EyeSight(camera, Models(heap)), CLOUD,
        size=SIZE, edition=-1,
    )  # fmt: skip
    assert (run.pictures, len(run.told)) == (12, 1)
    assert run.told[0].code == "06010"
    assert run.told[0].box == pytest.approx((0.4, 0.4, 0.6, 0.6), abs=0.05)
    assert heap.asked >= run.looks >= 3


class Kept:
    """Sees nothing and keeps the pictures."""

    painted = True

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def look(self, frame: Frame) -> list[Reading]:
        self.frames.append(frame)
        return []


def test_other_surfaces_change_the_pictures_and_nothing_that_happens() -> None:
    def played(edition: int) -> tuple[list[Frame], StreetRun]:
        kept = Kept()
        return kept.frames, run_street(
            "street", 1, 30.0, lambda _camera, _seed: kept, CLOUD, size=SIZE, edition=edition
        )

    (first, one), (second, other) = played(-1), played(-2)
    assert one.truths == other.truths
    assert all(a.jpeg != b.jpeg for a, b in zip(first, second, strict=True))


def test_a_picture_that_is_none_is_passed_over() -> None:
    scene = PLACES["street"].scene(1, SIZE, 10.0, WEATHERS["sun"])
    sight = EyeSight(camera_of("street", scene.camera), Models(Heap()))
    assert sight.look(Frame(0.0, b"no jpeg")) == []


def test_moments_of_the_world_are_its_seconds() -> None:
    a, b = moment_at(1.0), moment_at(2.5)
    assert (b.mono_ns - a.mono_ns, b.utc_ns - a.utc_ns) == (1_500_000_000, 1_500_000_000)


def test_figures_and_lines_say_the_same() -> None:
    report = reported("street", "labels", [street(), street()])
    told = figures(report)
    assert (told["counted"], told["seeds"]) == (2 * told["runs"][0]["counted"], [3, 3])
    assert told["recall"]["share"] == 1.0
    assert told["recall"]["n"] == told["counted"]
    assert 0.4 < told["recall"]["interval95"][0] < 1.0
    text = "\n".join(lines(report))
    assert f"recall: 100.0% of {told['counted']} (95 %: " in text
    assert "waste_heap" in text
    json.dumps(told)


def test_the_command_writes_its_figures_and_its_picture(tmp_path: Path) -> None:
    out, drawn = tmp_path / "f.json", tmp_path / "f.png"
    line = ["score", "--model", "labels", "--seeds", "3", "--minutes", "0.5"]
    result = CliRunner().invoke(vision, [*line, "--out", str(out), "--draw", str(drawn)])
    assert result.exit_code == 0, result.exception
    assert "seed 3, 16 h, " in result.stderr
    assert json.loads(out.read_text())["scene"] == "street"
    assert cv2.imread(str(drawn)) is not None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--seeds", "x"], "--seeds: expected seeds such as"),
        (["--model", "no-such-model"], "no-such-model"),
    ],
)
def test_a_mistake_on_the_line_is_one_line(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(vision, ["score", "--minutes", "1", *arguments])
    assert isinstance(result.exception, StopError)
    assert said in str(result.exception)
