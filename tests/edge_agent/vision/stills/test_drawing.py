from __future__ import annotations

import numpy as np

from edge_agent.vision.findings import Classes, ClassScore, Detection, Detections, Text
from edge_agent.vision.stills.drawing import _AnyScript, _Latin, colour_of, drawn, writer

GREY = np.full((240, 320, 3), 128, np.uint8)


def test_the_original_is_left_as_it_was_and_the_box_is_drawn() -> None:
    found = Detections((Detection("bin", 0.9, (100.0, 100.0, 200.0, 180.0)),))
    made = drawn(GREY, found)
    assert (GREY == 128).all()
    assert tuple(made[140, 100]) == colour_of("bin")
    assert (made[140, 150] == 128).all()  # the inside is left free


def test_chinese_labels_differ_from_each_other() -> None:
    """A font without them would draw the same sign for both."""
    box = (40.0, 60.0, 140.0, 160.0)
    one, other = (
        drawn(GREY, Detections((Detection(label, 0.5, box),))) for label in ("满溢", "占道")
    )
    letters = [np.where((made > 200).all(axis=2), 1, 0) for made in (one, other)]
    assert letters[0].sum() > 20
    assert not np.array_equal(*letters)
    assert isinstance(writer(), _AnyScript)


def test_labels_at_the_edges_stay_on_the_picture() -> None:
    corner = Detections((Detection("a long label", 0.5, (300.0, 0.0, 320.0, 10.0)),))
    made = drawn(GREY, corner)
    white = (made > 200).all(axis=2)
    assert white.sum() > 30


def test_the_older_opencv_writes_what_it_has_and_numbers_for_the_rest() -> None:
    assert _Latin()._plain("bin 满") == "bin u6ee1"
    canvas = GREY.copy()
    _Latin().write(canvas, "bin 满", (5, 100), 24)
    assert not np.array_equal(canvas, GREY)
    assert _Latin().extent("bin", 24)[0] > 10


def test_classes_and_text_are_written_at_the_top() -> None:
    for found in (
        Classes((ClassScore("glass", 0.9), ClassScore("paper", 0.1))),
        Text("皖A0B1", 0.9),
    ):
        made = drawn(GREY, found)
        assert not np.array_equal(made[:60], GREY[:60])
        assert np.array_equal(made[120:], GREY[120:])
