"""Text by steps of characters: which side is which, which class is the blank."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_agent.vision.findings import Text
from tests.edge_agent.vision.models.opening import opened
from tests.edge_agent.vision.models.test_conventions import SQUARE
from tests.fakes.tflite_files import Array, constant_model

PLATE = "皖A0B1"
LETTERS = "皖京沪AB01-"


def steps(text: str, blank: int, classes: int) -> Array:
    """[steps, classes]: every character twice, then a blank."""
    rows = []
    for letter in text:
        rows += [LETTERS.index(letter)] * 2 + [blank]
    made = np.full((len(rows), classes), -3.0, np.float32)
    made[np.arange(len(rows)), rows] = 4.0
    return made


@pytest.mark.parametrize("classes_first", [True, False])
def test_a_plate_is_read_from_steps_of_characters(tmp_path: Path, classes_first: bool) -> None:
    made = steps(PLATE, 7, 8)
    made = made.T if classes_first else made
    content = constant_model([np.ascontiguousarray(made[np.newaxis])], size=(24, 94))
    model = opened(tmp_path, content, "\n".join(LETTERS))
    assert (model.convention, model.kind) == ("ctc", "text")
    found = model.run(np.zeros((40, 160, 3), np.uint8))
    assert isinstance(found, Text)
    assert found.text == PLATE
    assert found.score > 0.98


def test_a_doubled_character_needs_a_blank_between(tmp_path: Path) -> None:
    made = steps("AA1", 7, 8)
    model = opened(tmp_path, constant_model([made[np.newaxis]], size=(24, 94)), "\n".join(LETTERS))
    found = model.run(SQUARE)
    assert isinstance(found, Text)
    assert found.text == "AA1"


def test_a_blank_before_the_characters_is_told_from_steps_without_text(tmp_path: Path) -> None:
    # Eight classes, seven labels: the blank, class 0, wins most steps.
    order = [0] * 12 + [LETTERS.index(one) + 1 for one in "沪B1"] + [0] * 9
    made = np.zeros((len(order), 8), np.float32)
    made[np.arange(len(order)), order] = 1.0
    model = opened(
        tmp_path, constant_model([made[np.newaxis]], size=(32, 128)), "\n".join(LETTERS[:7])
    )
    found = model.run(SQUARE)
    assert isinstance(found, Text)
    assert found.text == "沪B1"


def test_a_character_that_no_label_names_is_a_question_mark(tmp_path: Path) -> None:
    made = steps("B1", 7, 8)
    model = opened(tmp_path, constant_model([made[np.newaxis]], size=(24, 94)), convention="ctc")
    found = model.run(SQUARE)
    assert isinstance(found, Text)
    assert found.text == "??"
