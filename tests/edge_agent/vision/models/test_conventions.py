"""Every convention, told from the file alone, over files whose answers are known by construction."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from edge_agent.errors import ModelRefused
from edge_agent.vision.findings import Classes, Detections
from edge_agent.vision.models.model import Model
from edge_agent.vision.postprocess.ssd import anchors_for
from tests.edge_agent.vision.models.opening import opened
from tests.fakes.tflite_files import Array, ModelFile, constant_model, quantise

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
    grid[0, 12, 0], grid[0, 12, 4] = 0.2, 0.1  # sure of the class, not of there being anything
    grid[0, 13, :5] = [0.8, 0.5, 0.1, 0.1, 0.5]  # neither much: 0.5 x 0.4
    grid[0, 13, -1] = 0.4
    model = opened(tmp_path, constant_model([grid], size=(320, 320)))
    assert model.convention == "yolov5"
    found = detections(model, SQUARE)
    assert found == [(f"class {classes - 1}", pytest.approx(0.6), [120.0, 120.0, 200.0, 200.0])]


def test_three_anchors_a_place_speak_of_objectness_whichever_side_comes_first(
    tmp_path: Path,
) -> None:
    grid = np.zeros((1, 6300, 7), np.float32)
    grid[..., :4] = [0.5, 0.5, 0.04, 0.04]
    grid[0, 11] = [0.5, 0.5, 0.25, 0.25, 0.8, 0.0, 0.75]
    turned = np.ascontiguousarray(grid.swapaxes(1, 2))
    model = opened(tmp_path, constant_model([turned], size=(320, 320)))
    assert model.convention == "yolov5"
    assert detections(model, SQUARE) == [
        ("class 1", pytest.approx(0.6), [120.0, 120.0, 200.0, 200.0])
    ]


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


def test_outputs_without_a_batch_are_read_as_those_with_one(tmp_path: Path) -> None:
    rows = opened(tmp_path, constant_model([finished()[0]], size=(320, 320)), CAT_DOG)
    assert rows.convention == "nms"
    assert detections(rows, SQUARE)[0] == ("dog", pytest.approx(0.9), [32.0, 64.0, 160.0, 192.0])
    four = [FOUR[name][0] if name != "count" else FOUR[name] for name in FOUR]
    ssd = opened(tmp_path, constant_model(four, size=(300, 300)), CAT_DOG)
    assert detections(ssd, WIDE)[0] == ("dog", pytest.approx(0.8), [320.0, 90.0, 640.0, 270.0])


FOUR = {
    "boxes": np.array(
        [[[0.25, 0.5, 0.75, 1.0], [0, 0, 0.1, 0.1], [0.6, 0.1, 0.9, 0.3]]], np.float32
    ),
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


def test_a_yolov8_grid_in_two_outputs_is_put_together(tmp_path: Path) -> None:
    grid = v8(2100, 2, {7: [0.5, 0.5, 0.25, 0.25, 0.1, 0.9]})
    boxes, scores = np.ascontiguousarray(grid[:, :4]), np.ascontiguousarray(grid[:, 4:])
    for outputs in ([boxes, scores], [scores, boxes]):
        model = opened(tmp_path, constant_model(outputs, size=(320, 320)), CAT_DOG)
        assert model.convention == "yolov8"
        assert detections(model, SQUARE) == [
            ("dog", pytest.approx(0.9), [120.0, 120.0, 200.0, 200.0])
        ]


def test_a_yolov8_grid_with_places_as_rows_is_told_by_their_number(tmp_path: Path) -> None:
    grid = np.swapaxes(v8(2100, 2, {7: [0.5, 0.5, 0.25, 0.25, 0.1, 0.9]}), 1, 2)
    model = opened(tmp_path, constant_model([np.ascontiguousarray(grid)], size=(320, 320)), CAT_DOG)
    assert model.convention == "yolov8"
    assert detections(model, SQUARE)[0][0] == "dog"


def test_class_scores_beyond_1_get_their_sigmoid(tmp_path: Path) -> None:
    grid = v8(2100, 2, {7: [0.5, 0.5, 0.25, 0.25, -4.0, 2.0]})
    grid[:, 4:] -= 6 * (grid[:, 4:] == 0)
    model = opened(tmp_path, constant_model([grid], size=(320, 320)), CAT_DOG)
    assert detections(model, SQUARE) == [
        ("dog", pytest.approx(1 / (1 + np.exp(-2.0))), [120.0, 120.0, 200.0, 200.0])
    ]


def test_an_odd_grid_is_told_by_the_number_of_its_labels(tmp_path: Path) -> None:
    grid = np.zeros((1, 1777, 7), np.float32)
    grid[..., :4] = [0.5, 0.5, 0.2, 0.2]
    grid[0, 3, 4:] = [0.5, 0.8, 0.1]
    model = opened(tmp_path, constant_model([grid], size=(320, 320)), CAT_DOG)
    assert model.convention == "yolov5"
    assert detections(model, SQUARE) == [("cat", pytest.approx(0.4), [128.0, 128.0, 192.0, 192.0])]


def test_rows_of_seven_begin_with_the_number_of_the_picture(tmp_path: Path) -> None:
    rows = np.zeros((1, 100, 7), np.float32)
    rows[0, 0] = [0, 32, 64, 160, 192, 1, 0.9]
    model = opened(tmp_path, constant_model([rows], size=(320, 320)), CAT_DOG)
    assert detections(model, SQUARE) == [("dog", pytest.approx(0.9), [32.0, 64.0, 160.0, 192.0])]


def quantised(values: Array, scale: float, zero: int) -> tuple[str, Array, tuple[float, int]]:
    return "q", quantise(values, scale, zero, "uint8"), (scale, zero)


def test_four_quantised_outputs_are_made_real_before_they_are_told_apart(tmp_path: Path) -> None:
    outputs = [
        quantised(FOUR["scores"], 1 / 255, 0),
        quantised(FOUR["boxes"], 0.005, 10),
        quantised(FOUR["count"], 1.0, 0),
        quantised(FOUR["classes"], 1.0, 0),
    ]
    content = constant_model(outputs, size=(300, 300), kind="uint8", quantised=(1 / 128, 128))
    found = detections(opened(tmp_path, content, CAT_DOG), WIDE)
    assert about(found, "dog", 0.8, [320, 90, 640, 270])
    assert about(found, "cat", 0.3, [0, 0, 64, 36])


def test_classes_that_cannot_be_told_from_scores_are_refused_and_can_be_declared(
    tmp_path: Path,
) -> None:
    ones = np.ones((1, 3), np.float32)
    content = constant_model(
        [FOUR["boxes"], ones, (ones * [[1, 0, 1]]).astype(np.float32), FOUR["count"]],
        size=(300, 300),
    )
    with pytest.raises(ModelRefused, match=r"\[output\] order"):
        opened(tmp_path, content, CAT_DOG)


def ssd_in_the_runtime(boxes: Array, scores: Array, anchors: Array) -> bytes:
    """The operator that TFLite itself decodes with, over constants."""
    file = ModelFile()
    file.input([1, 300, 300, 3], "float32")
    inputs = [
        file.tensor("b", boxes.shape, "float32", values=boxes),
        file.tensor("s", scores.shape, "float32", values=scores),
        file.tensor("a", anchors.shape, "float32", values=anchors),
    ]
    number = 10
    shapes = {"boxes": [1, number, 4], "classes": [1, number], "scores": [1, number], "count": [1]}
    made = {
        name: file.tensor(f"out_{n}", shape, "float32")
        for n, (name, shape) in enumerate(shapes.items())
    }
    options = {
        "max_detections": number, "max_classes_per_detection": 1, "detections_per_class": 10,
        "nms_score_threshold": 0.05, "nms_iou_threshold": 0.45, "num_classes": scores.shape[2] - 1,
        "y_scale": 10.0, "x_scale": 10.0, "h_scale": 5.0, "w_scale": 5.0, "use_regular_nms": True,
    }  # fmt: skip
    file.operator(32, inputs, list(made.values()), custom=("TFLite_Detection_PostProcess", options))
    for name in ("scores", "boxes", "count", "classes"):
        file.output(made[name])
    return file.content


@pytest.fixture(scope="module")
def raw() -> tuple[Array, Array, Array]:
    """Box encodings and scores of 1917 places as a network might write them, and the anchors."""
    random = np.random.default_rng(5)
    boxes = random.normal(0, 1, (1, 1917, 4)).astype(np.float32)
    scores = random.uniform(0, 0.04, (1, 1917, 5)).astype(np.float32)
    for place in (30, 700, 1200, 1500, 1800, 1916):
        scores[0, place, 1 + place % 3] = random.uniform(0.4, 0.95)
    return boxes, scores, anchors_for(300, 300)


def test_raw_ssd_is_decoded_as_the_runtimes_own_operator_decodes_it(
    tmp_path: Path, raw: tuple[Array, Array, Array]
) -> None:
    boxes, scores, anchors = raw
    names = "one\ntwo\nthree\nfour\n"
    theirs = opened(tmp_path, ssd_in_the_runtime(boxes, scores, anchors), names)
    assert theirs.convention == "ssd"
    ours = opened(tmp_path, constant_model([scores, boxes], size=(300, 300)), names)
    assert ours.convention == "ssd-raw"
    expected, found = detections(theirs, WIDE), detections(ours, WIDE)
    assert len(expected) == len(found) >= 5
    for label, score, box in expected:
        assert about(found, label, score, box)


def test_raw_ssd_boxes_may_have_a_dimension_of_one_more(
    tmp_path: Path, raw: tuple[Array, Array, Array]
) -> None:
    boxes, scores, _ = raw
    plain = opened(tmp_path, constant_model([scores, boxes], size=(300, 300)))
    wider = opened(tmp_path, constant_model([scores, boxes[:, :, np.newaxis]], size=(300, 300)))
    assert detections(wider, WIDE) == detections(plain, WIDE)


def test_raw_ssd_scores_beyond_1_get_their_sigmoid(
    tmp_path: Path, raw: tuple[Array, Array, Array]
) -> None:
    boxes, scores, _ = raw
    logits = np.log(scores / (1 - scores))
    plain = opened(tmp_path, constant_model([scores, boxes], size=(300, 300)))
    beyond = opened(tmp_path, constant_model([logits, boxes], size=(300, 300)))
    found = detections(beyond, WIDE)
    assert len(found) >= 5
    assert all(about(found, *one) for one in detections(plain, WIDE))


def test_raw_scores_as_wide_as_boxes_are_told_by_their_values(
    tmp_path: Path, raw: tuple[Array, Array, Array]
) -> None:
    boxes, scores, _ = raw
    scores = np.ascontiguousarray(scores[..., :4])
    for outputs in ([boxes, scores], [scores, boxes]):
        model = opened(tmp_path, constant_model(outputs, size=(300, 300)))
        assert len(detections(model, WIDE)) >= 3
    with pytest.raises(ModelRefused, match="might be either"):
        opened(tmp_path, constant_model([boxes, boxes], size=(300, 300)))


def test_raw_ssd_of_other_anchors_is_refused_until_they_are_named(tmp_path: Path) -> None:
    content = constant_model(
        [np.ones((1, 500, 4), np.float32), np.ones((1, 500, 3), np.float32)], size=(300, 300)
    )
    with pytest.raises(ModelRefused, match="expected 500 anchors, found 1917"):
        opened(tmp_path, content)


def test_a_declared_convention_comes_before_what_the_shapes_say(tmp_path: Path) -> None:
    grid = np.zeros((1, 2100, 7), np.float32)  # 2 labels + 5, on a grid of v8
    grid[..., :4] = [0.5, 0.5, 0.2, 0.2]
    grid[0, 3, 4:] = [0.5, 0.8, 0.9]
    content = constant_model([grid], size=(320, 320))
    assert opened(tmp_path, content).convention == "yolov8"
    declared = opened(tmp_path, content, convention="yolov5")
    assert detections(declared, SQUARE) == [
        ("class 1", pytest.approx(0.45), [128.0, 128.0, 192.0, 192.0])
    ]
    with pytest.raises(ModelRefused, match="cannot be classifier"):
        opened(tmp_path, content, convention="classifier")


def test_sides_longer_than_two_pictures_are_no_pixels(tmp_path: Path) -> None:
    """YOLOv5 widths reach (2 x 1)² x 373 / 640 of the picture; centres stay within it."""
    grid = np.zeros((1, 6300, 6), np.float32)
    grid[..., :4] = [0.5, 0.5, 2.3, 0.1]
    grid[0, 3, :4] = [0.5, 0.5, 0.25, 0.25]
    grid[0, 3, 4:] = [0.9, 0.9]
    model = opened(tmp_path, constant_model([grid], size=(320, 320)))
    assert detections(model, SQUARE)[0][2] == [120.0, 120.0, 200.0, 200.0]
