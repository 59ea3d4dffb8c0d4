"""Projections against points worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from simulators.scenes.arrays import f32
from simulators.scenes.pinhole import Lightmap, Pinhole

LEVEL = Pinhole(0, 0, 0, yaw=0, pitch=0, across=90, width=640, height=360)
"""Focal length 320 px: half the width over tan 45°."""


@pytest.mark.parametrize(
    ("point", "pixel"),
    [
        ((0, 5, 0), (320, 180)),
        ((1, 2, 0), (480, 180)),  # 320 + 320 · 1/2
        ((0, 2, 1), (320, 20)),  # 180 - 320 · 1/2
        ((-3, 4, -1), (80, 260)),  # 320 - 320 · 3/4, 180 + 320 · 1/4
    ],
)
def test_a_level_camera_shows_a_point_where_the_rule_of_three_puts_it(
    point: tuple[float, float, float], pixel: tuple[float, float]
) -> None:
    assert LEVEL.pixel(*point) == pytest.approx(pixel, abs=1e-3)


def test_what_is_behind_is_not_in_the_picture() -> None:
    assert LEVEL.pixel(0, -1, 0) is None


def test_the_middle_ray_of_a_camera_that_looks_30_degrees_down_meets_the_ground_at_1_732_heights() -> (
    None
):
    camera = Pinhole(2, 1, 1.5, pitch=30)
    assert camera.ground(320, 180) == pytest.approx((2.0, 1.0 + 1.5 * 3**0.5), abs=1e-4)
    assert camera.ground(320, -2000) is None


def test_yaw_turns_left_and_roll_turns_the_picture() -> None:
    assert Pinhole(0, 0, 0, yaw=90, pitch=0).pixel(-2, 0, 0) == pytest.approx((320, 180), abs=1e-3)
    tipped = Pinhole(0, 0, 0, pitch=0, roll=90, across=90)
    assert tipped.pixel(1, 2, 0) == pytest.approx((320, 20), abs=1e-3)


def test_ground_is_the_inverse_of_pixel() -> None:
    camera = Pinhole(-3, -7, 4.2, yaw=25, pitch=22, roll=3, across=70)
    seen = camera.pixel(1.5, 0.4, 0.0)
    assert seen is not None
    assert camera.ground(*seen) == pytest.approx((1.5, 0.4), abs=1e-3)


def test_a_map_along_the_light_has_points_of_one_ray_on_one_texel() -> None:
    light = Lightmap((0, 0, 0), (0.6, 0.0, 0.8), 10, 100)
    spots = light.screen(f32([[1, 2, 0], [1 + 0.6, 2, 0.8], [0, 0, 0]]))
    assert spots[0, :2] == pytest.approx(spots[1, :2], abs=1e-3)
    assert spots[1, 2] == pytest.approx(spots[0, 2] - 1.0, abs=1e-4)  # nearer to the light
    assert np.allclose(spots[2], (50, 50, 0), atol=1e-4)
