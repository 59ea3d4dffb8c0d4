"""Every convention, told from the file alone, over files whose answers are known by construction."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from edge_agent.vision.findings import Classes, Detections
from edge_agent.vision.models.model import Model
from tests.edge_agent.vision.models.opening import opened
from tests.fakes.tflite_files import Array, constant_model, quantise

WIDE = np.full((360, 640, 3), 90, np.uint8)  # twice as wide as 320 x 320 inputs are, roughly
SQUARE = np.full((320, 320, 3), 90, np.uint8)
CAT_DOG = "cat\ndog\n"


def detections(model: Model, picture: Array) -> list[tuple[str, float, list[float]]]:
    found = model.run(picture)
    assert isinstance(found, Detections)
    return [(one.label, one.score, [round(e, 1) for e in one.box]) for one in found.items]


def about(
    found: list[tuple[str, float, list[float]]], label: str, score: float, box: list[float]
) -> bool:
    return any(
        name == label and abs(sure - score) < 0.02 and np.allclose(edges, box, atol=2.5)
        for name, sure, edges in found
    )


def v8(places: int, classes: int, rows: dict[int, list[float]]) -> Array:
    """[1, 4 + classes, places]: `rows` by place; elsewhere small boxes all over and no score."""
    grid = np.zeros((places, 4 + classes), np.float32)
    grid[:, 0] = np.linspace(0.02, 0.98, places)
    grid[:, 1] = 0.5
    grid[:, 2:4] = 0.04
    for place, row in rows.items():
        grid[place] = row
    return np.ascontiguousarray(grid.T[np.newaxis])


def test_a_yolov8_grid_is_read_through_its_letterbox(tmp_path: Path) -> None:
    # 640 x 360 lies in 320 x 320 as 320 x 180, with 70 rows of padding above.
    model = opened(
        tmp_path,
        constant_model([v8(2100, 2, {7: [0.5, 0.5, 0.25, 0.25, 0.1, 0.9]})], size=(320, 320)),
        CAT_DOG,
    )
    assert (model.convention, model.kind, model.labels) == ("yolov8", "detector", ("cat", "dog"))
    assert detections(model, WIDE) == [("dog", pytest.approx(0.9), [240.0, 100.0, 400.0, 260.0])]


def test_a_yolov8_grid_in_pixels_is_told_from_one_of_0_to_1(tmp_path: Path) -> None:
    grid = v8(2100, 2, {7: [0.5, 0.5, 0.25, 0.25, 0.1, 0.9]})
    grid[:, :4] *= 320
    model = opened(tmp_path, constant_model([grid], size=(320, 320)), CAT_DOG)
    assert detections(model, WIDE) == [("dog", pytest.approx(0.9), [240.0, 100.0, 400.0, 260.0])]


@pytest.mark.parametrize("kind", ["int8", "uint8"])
def test_a_quantised_yolov8_grid_is_read_by_scale_and_zero_point(tmp_path: Path, kind: str) -> None:
    scale, zero = 1 / 255, -128 if kind == "int8" else 0
    grid = quantise(v8(2100, 2, {7: [0.5, 0.5, 0.25, 0.25, 0.1, 0.9]}), scale, zero, kind)
    content = constant_model(
        [("y", grid, (scale, zero))], size=(320, 320), kind=kind, quantised=(scale, zero)
    )
    found = detections(opened(tmp_path, content, CAT_DOG), WIDE)
    assert len(found) == 1
    assert about(found, "dog", 0.9, [240, 100, 400, 260])


@pytest.mark.parametrize("classes", [1, 80])
def test_a_yolov5_grid_multiplies_its_objectness(tmp_path: Path, classes: int) -> None:
    grid = np.zeros((1, 6300, 5 + classes), np.float32)
    grid[..., :4] = [0.5, 0.5, 0.04, 0.04]
    grid[0, 11, :5] = [0.5, 0.5, 0.25, 0.25, 0.8]
    grid[0, 11, -1] = 0.75
    grid[0, 12] = grid[0, 11]
    grid[0, 12, 4] = 0.1  # sure of the class, not of there being anything
    model = opened(tmp_path, constant_model([grid], size=(320, 320)))
    assert model.convention == "yolov5"
    found = detections(model, SQUARE)
    assert found == [(f"class {classes - 1}", pytest.approx(0.6), [120.0, 120.0, 200.0, 200.0])]


def finished() -> Array:
    rows = np.zeros((1, 300, 6), np.float32)
    rows[0, 0] = [0.1, 0.2, 0.5, 0.6, 0.9, 1]
    rows[0, 1] = [0.3, 0.3, 0.4, 0.4, 0.35, 0]
    return rows


@pytest.mark.parametrize("factor", [1, 320])
def test_rows_that_were_suppressed_already_are_taken_as_they_are(
    tmp_path: Path, factor: int
) -> None:
    rows = finished()
    rows[..., :4] *= factor
    model = opened(tmp_path, constant_model([rows], size=(320, 320)), CAT_DOG)
    assert model.convention == "nms"
    assert detections(model, SQUARE) == [
        ("dog", pytest.approx(0.9), [32.0, 64.0, 160.0, 192.0]),
        ("cat", pytest.approx(0.35), [96.0, 96.0, 128.0, 128.0]),
    ]


def test_rows_with_the_class_before_the_score_are_told_by_their_values(tmp_path: Path) -> None:
    rows = finished()[..., [0, 1, 2, 3, 5, 4]]
    model = opened(tmp_path, constant_model([rows], size=(320, 320)), CAT_DOG)
    assert detections(model, SQUARE)[0] == ("dog", pytest.approx(0.9), [32.0, 64.0, 160.0, 192.0])


FOUR = {
    "boxes": np.array([[[0.25, 0.5, 0.75, 1.0], [0, 0, 0.1, 0.1], [0, 0, 0, 0]]], np.float32),
    "classes": np.array([[1, 0, 0]], np.float32),
    "scores": np.array([[0.8, 0.3, 0.9]], np.float32),
    "count": np.array([2], np.float32),
}


@pytest.mark.parametrize("order", list(itertools.permutations(FOUR)))
def test_the_four_outputs_of_ssd_come_in_any_order(tmp_path: Path, order: tuple[str, ...]) -> None:
    model = opened(
        tmp_path, constant_model([FOUR[name] for name in order], size=(300, 300)), CAT_DOG
    )
    assert model.convention == "ssd"
    assert detections(model, WIDE) == [  # stretched: no padding; the third row is beyond the count
        ("dog", pytest.approx(0.8), [320.0, 90.0, 640.0, 270.0]),
        ("cat", pytest.approx(0.3), [0.0, 0.0, 64.0, 36.0]),
    ]


def test_a_classifier_with_softmax_is_left_as_it_is(tmp_path: Path) -> None:
    model = opened(tmp_path, constant_model([np.array([[0.25, 0.75]], np.float32)]), CAT_DOG)
    found = model.run(SQUARE)
    assert isinstance(found, Classes)
    assert [(one.label, round(one.score, 4)) for one in found.items] == [
        ("dog", 0.75),
        ("cat", 0.25),
    ]


def test_a_classifier_without_softmax_gets_one(tmp_path: Path) -> None:
    model = opened(tmp_path, constant_model([np.log(np.array([[1, 3]], np.float32)) - 2]), CAT_DOG)
    found = model.run(SQUARE)
    assert isinstance(found, Classes)
    assert [(one.label, round(one.score, 4)) for one in found.items] == [
        ("dog", 0.75),
        ("cat", 0.25),
    ]
