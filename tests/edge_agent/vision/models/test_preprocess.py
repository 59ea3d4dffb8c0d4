"""From the picture into the input and back."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from edge_agent.vision.models.preprocess import PADDING, Fit, InputPlan, fit
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


@given(
    st.integers(64, 700),
    st.integers(64, 700),
    st.integers(16, 96),
    st.integers(16, 96),
    st.sampled_from(["letterbox", "stretch"]),
)
@settings(max_examples=60)
def test_half_a_picture_that_is_large_enough_fills_the_input_with_the_very_same(
    width: int, height: int, across: int, down: int, how: Fit
) -> None:
    """The vision process has often made it for its gate already."""
    assume(width // 2 >= across and height // 2 >= down)
    picture = np.random.default_rng(4).integers(0, 256, (height, width, 3)).astype(np.uint8)
    half = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_LINEAR)
    if how == "letterbox":  # the whole one's odd sides may be rounded to another place
        assume(width % 2 == 0 and height % 2 == 0)
    assert np.array_equal(fit(half, across, down, how)[0], fit(picture, across, down, how)[0])


three = st.tuples(st.floats(0, 255), st.floats(0, 255), st.floats(0, 255))
spread = st.tuples(st.floats(1, 255), st.floats(1, 255), st.floats(1, 255))
one = st.floats(0, 255).map(lambda mean: (mean, mean, mean))
same = st.floats(1, 255).map(lambda std: (std, std, std))
Bytes = type[np.int8 | np.uint8 | np.int16]


def right(plan: InputPlan, picture: Array) -> bool:
    """The input is what the formula says, pixel by pixel and channel by channel."""
    values, _ = plan.prepare(picture)
    real = (picture[:, :, ::-1] - np.array(plan.mean)) / np.array(plan.std)
    limits = np.iinfo(plan.dtype)
    whole = np.clip(np.rint(real / plan.scale + plan.zero_point), limits.min, limits.max)
    return np.array_equal(values[0], whole)


@given(
    st.one_of(st.tuples(three, spread), st.tuples(one, same)),
    st.sampled_from([np.int8, np.uint8, np.int16]),
    st.floats(1e-3, 2.0),
    st.integers(0, 100),
)
@settings(max_examples=100)
def test_a_pixel_becomes_the_number_that_its_channel_says(
    levels: tuple[tuple[float, float, float], tuple[float, float, float]],
    dtype: Bytes,
    scale: float,
    zero_point: int,
) -> None:
    picture = np.random.default_rng(5).integers(0, 256, (21, 37, 3)).astype(np.uint8)
    mean, std = levels
    plan = InputPlan(37, 21, False, "rgb", "stretch", mean, std, np.dtype(dtype), scale, zero_point)
    assert right(plan, picture)


@pytest.mark.parametrize("side", [1, 64])
@pytest.mark.parametrize(
    ("mean", "std", "scale", "computed"),
    [
        (127.0, 128.0, 0.0071435426361858845, True),  # as models are quantised that see -1 to 1
        (127.0, 128.0, 0.007015285547822714, True),
        # Halves, which OpenCV rounds otherwise on some processors ...
        (0.0, 10.0, 0.2, False),  # however many at once,
        (63.5, 5.0, 1 / 127, False),  # only many at once,
        (63.5, 2.0, 0.3, False),  # only one alone
    ],
)
def test_a_straight_line_is_computed_only_where_every_pixel_value_comes_out_right(
    side: int, mean: float, std: float, scale: float, *, computed: bool
) -> None:
    plan = InputPlan(
        side, side, False, "rgb", "stretch", (mean,) * 3, (std,) * 3, np.dtype(np.int8), scale, -4
    )
    assert plan.line is not None or not computed
    for pixel in range(256):
        assert right(plan, np.full((side, side, 3), pixel, np.uint8))
