"""From the picture into the input and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.vision.models.preprocess import PADDING, Fit, fit
from tests.fakes.tflite_files import Array

sides = st.integers(1, 400)


@given(
    sides,
    sides,
    st.integers(1, 96),
    st.integers(1, 96),
    st.sampled_from(["letterbox", "stretch", "crop"]),
)
@settings(max_examples=60)
def test_every_picture_fills_the_input_and_boxes_come_back(
    width: int, height: int, across: int, down: int, how: Fit
) -> None:
    picture = np.full((height, width, 3), 200, np.uint8)
    fitted, geometry = fit(picture, across, down, how)
    assert fitted.shape == (down, across, 3)
    box = np.array([[width * 0.25, height * 0.25, width * 0.75, height * 0.75]], np.float32)
    scale = np.array([geometry.scale_x, geometry.scale_y] * 2)
    shift = np.array([geometry.shift_x, geometry.shift_y] * 2)
    back = geometry.in_picture((box * scale + shift).astype(np.float32))
    assert np.allclose(back, box, atol=0.01 * max(width, height) + 0.01)
    if how == "letterbox":
        ends = np.array([[0, 0, width, height]]) * scale + shift
        assert ends.min() >= -0.5
        assert np.all(ends[0, 2:] <= np.array([across, down]) + 0.5)


@given(st.integers(40, 300), st.integers(40, 300))
@settings(max_examples=30)
def test_a_mark_is_found_where_the_letterbox_says_it_is(width: int, height: int) -> None:
    """A white block on black: where it lies in the input, brought back, is where it was."""
    picture = np.zeros((height, width, 3), np.uint8)
    x, y = width // 4, height // 3
    picture[y : y + height // 3, x : x + width // 2] = 255
    fitted, geometry = fit(picture, 160, 160, "letterbox")
    rows, columns = np.nonzero(fitted[:, :, 0] > 190)
    seen = np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], np.float32)
    back = geometry.in_picture(seen)[0]
    pixel = max(width, height) / 160  # one of the input's
    assert back == pytest.approx([x, y, x + width // 2, y + height // 3], abs=1.5 * pixel + 1)


def test_boxes_that_lead_into_the_padding_end_at_the_pictures_edge() -> None:
    _, geometry = fit(np.zeros((360, 640, 3), np.uint8), 320, 320, "letterbox")
    boxes = geometry.in_picture(np.array([[-10, 0, 330, 320], [0, 0, 320, 60]], np.float32))
    assert boxes[0].tolist() == [0, 0, 640, 360]
    assert boxes[1].tolist() == [0, 0, 640, 0]


def test_the_padding_is_the_grey_of_yolo_and_lies_on_both_sides() -> None:
    fitted, _ = fit(np.zeros((100, 200, 3), np.uint8), 64, 64, "letterbox")
    assert (fitted[:16] == PADDING).all()
    assert (fitted[48:] == PADDING).all()
    assert not fitted[16:48].any()


def checks() -> Array:
    """Black and white pixels in turn: their mean is grey, single pixels are not."""
    y, x = np.mgrid[0:512, 0:512]
    return np.repeat((((x + y) % 2) * 255).astype(np.uint8)[:, :, np.newaxis], 3, axis=2)


def test_shrinking_takes_the_mean_instead_of_skipping_pixels() -> None:
    fitted, _ = fit(checks(), 100, 100, "stretch")
    assert np.abs(fitted.astype(int) - 127).max() <= 2
