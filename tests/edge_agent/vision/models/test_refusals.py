"""Models that load and are no use: outputs of no convention, other tasks, answers of zeros."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_agent.errors import ModelRefused
from tests.edge_agent.vision.models.opening import opened
from tests.edge_agent.vision.models.test_conventions import FOUR, finished, v8
from tests.fakes.tflite_files import Array, constant_model, quantise, with_zip


@pytest.mark.parametrize(
    ("outputs", "found"),
    [
        ([np.ones((1, 64, 64, 21), np.float32)], "a map"),
        ([np.ones((1, 116, 84), np.float32), np.ones((1, 16, 16, 32), np.float32)], "two outputs"),
        ([np.ones((1, 8, 8, 255), np.float32)] * 3, "3 outputs"),
        ([np.ones((1, 7, 3), np.float32)], "neither a grid"),
    ],
)
def test_outputs_of_no_convention_are_refused_with_their_shapes(
    tmp_path: Path, outputs: list[Array], found: str
) -> None:
    with pytest.raises(ModelRefused, match=found):
        opened(tmp_path, constant_model(outputs))


@pytest.mark.parametrize("task", ["segment", "pose", "obb"])
def test_a_model_whose_metadata_names_another_task_is_refused(tmp_path: Path, task: str) -> None:
    grid = v8(2100, 3, {7: [0.5, 0.5, 0.25, 0.25, 0.1, 0.9, 0.3]})
    content = constant_model([grid], size=(320, 320))
    said = repr({"task": task, "names": {0: "cat", 1: "dog"}, "imgsz": [320, 320]})
    with pytest.raises(ModelRefused, match=task):
        opened(tmp_path, with_zip(content, {"temp_meta.txt": said}))


ZEROS: list[list[Array]] = [
    [np.zeros((1, 84, 2100), np.float32)],
    [v8(2100, 2, {})],
    [np.zeros((1, 6300, 85), np.float32)],
    [np.zeros((1, 300, 6), np.float32)],
    [FOUR["boxes"], FOUR["classes"], np.zeros((1, 3), np.float32), FOUR["count"]],
    [np.zeros((1, 1001), np.float32)],
    [np.full((1, 10), np.nan, np.float32)],
]


@pytest.mark.parametrize("outputs", ZEROS)
def test_a_model_that_answers_nothing_to_the_self_test_is_refused(
    tmp_path: Path, outputs: list[Array]
) -> None:
    with pytest.raises(ModelRefused, match=r"self-test|might be classes"):
        opened(tmp_path, constant_model(outputs, size=(320, 320)))


def test_a_step_too_coarse_for_scores_is_named(tmp_path: Path) -> None:
    """An end-to-end export whose pixels and scores share one scale."""
    rows = finished() * np.array([320, 320, 320, 320, 1, 1], np.float32)
    rows[..., 4] *= 0.5
    content = constant_model(
        [("y", quantise(rows, 2.5, -128, "int8"), (2.5, -128))], size=(320, 320)
    )
    with pytest.raises(ModelRefused, match=r"step of 2\.5 is too coarse"):
        opened(tmp_path, content)
