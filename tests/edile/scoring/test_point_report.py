"""Deposits and prompts in words, in an object and in a picture."""

from __future__ import annotations

import json
from pathlib import Path

import cv2

from edile.scoring.point_report import ScoredPoint
from edile.scoring.point_run import PointRun
from simulators.scoring.prompts import PointFigures


def run(seed: int, **figures: object) -> PointRun:
    usual = {"honest": 40, "wrong": 10, "beside": 4, "seen": 48, "missed": 2, "prompted": 9}
    told = PointFigures(**{**usual, "latencies": (0.4, 0.6, 0.9), **figures})  # type: ignore[arg-type]
    return PointRun(seed, 20.0, told, (), (), (), 900)


RUNS = [run(1), run(2, wrong_prompts=1, latencies=(0.5, 1.2))]


def test_lines_add_the_seeds_up() -> None:
    text = "\n".join(ScoredPoint(None).lines(RUNS))
    assert "disposal-point, labels: 2 seeds, 40 minutes" in text
    assert "deposits: 80 honest, 20 into a wrong bin, 8 beside" in text
    assert "seen at their bin: 96.0% of 100 (95 %: " in text
    assert "answered by a prompt: 90.0% of 20" in text
    assert "prompts nobody deserved: 1, 1.25 for 100 honest deposits" in text
    assert "p50 0.60 s, p95 1.20 s, most 1.20 s (n 5)" in text


def test_a_point_that_nobody_came_to_has_nothing_to_count() -> None:
    none = PointRun(3, 1.0, PointFigures(), (), (), (), 0)
    text = "\n".join(ScoredPoint("m.tflite").lines([none]))
    assert "nothing to count" in text
    assert "- for 100 honest deposits" in text


def test_the_object_has_the_goals_and_each_seed(tmp_path: Path) -> None:
    scored = ScoredPoint(None)
    told = scored.figures(RUNS)
    json.dumps(told)
    assert told["seen_share"]["n"] == 100
    assert told["latency_s"]["p95"] == 1.2
    assert [one["seed"] for one in told["runs"]] == [1, 2]
    scored.draw(told, tmp_path / "p.png")
    assert cv2.imread(str(tmp_path / "p.png")) is not None
