"""The rasteriser and its labels against rays that are cast one box at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.scenes.arrays import Floats, f32
from simulators.scenes.forms import ball, box
from simulators.scenes.labels import boxes, owners, share_outside
from simulators.scenes.mesh import merge
from simulators.scenes.pinhole import Lightmap, Pinhole
from simulators.scenes.raster import rasterise

CAMERA = Pinhole(0, 0, 1.6, yaw=5, pitch=12, roll=2, across=70, width=160, height=90)
BLOCKS = [
    ((-1.0, 4.0), (1.0, 0.8, 1.2)),
    ((-0.3, 3.0), (0.7, 0.5, 1.7)),
    ((0.6, 6.0), (2.0, 1.0, 2.4)),
]
"""(x, y) of the middle and the sides of three boxes on the ground; the second hides some of both."""


def rays() -> Floats:
    """Of all pixels, from the camera's definition: right, down and ahead turned by hand."""
    yaw, pitch, roll = np.radians((CAMERA.yaw, CAMERA.pitch, CAMERA.roll))
    ahead = np.array([-np.sin(yaw) * np.cos(pitch), np.cos(yaw) * np.cos(pitch), -np.sin(pitch)])
    right = np.array([np.cos(yaw), np.sin(yaw), 0])
    down = np.cross(ahead, right)
    right, down = (
        np.cos(roll) * right + np.sin(roll) * down,
        np.cos(roll) * down - np.sin(roll) * right,
    )
    focal = 80 / np.tan(np.radians(35))
    u = (np.arange(160) + 0.5 - 80) / focal
    v = (np.arange(90) + 0.5 - 45) / focal
    return f32(ahead + u[None, :, None] * right + v[:, None, None] * down)


def met(block: tuple[tuple[float, float], tuple[float, float, float]]) -> Floats:
    """Where each ray enters a box, in parts of the ray; inf = it misses (slabs)."""
    (x, y), (wide, deep, tall) = block
    low = np.array([x - wide / 2, y - deep / 2, 0]) - (0, 0, 1.6)
    high = np.array([x + wide / 2, y + deep / 2, tall]) - (0, 0, 1.6)
    way = rays()
    first, second = low / way, high / way
    enters, leaves = np.minimum(first, second).max(2), np.maximum(first, second).min(2)
    return f32(np.where((enters <= leaves) & (leaves > 0), enters, np.inf))


@pytest.fixture(scope="module")
def cast() -> tuple[Floats, Floats]:
    far = np.stack([met(block) for block in BLOCKS])
    return f32(np.where(np.isinf(far.min(0)), 0, far.argmin(0) + 1)), f32(np.isfinite(far))


def test_every_pixel_belongs_to_the_box_that_its_ray_meets_first(
    cast: tuple[Floats, Floats],
) -> None:
    mesh = merge(box(0, *size).moved(x, y).of(at + 1) for at, ((x, y), size) in enumerate(BLOCKS))
    found = rasterise(CAMERA.screen(mesh.points), mesh.faces, 160, 90, counted=mesh.thing - 1)
    seen = owners(found.face, mesh.thing)
    assert (seen == cast[0]).mean() > 0.999
    assert found.covers is not None
    for at in range(3):
        assert (found.covers[at].reshape(90, 160) == (cast[1][at] > 0)).mean() > 0.999


def test_labels_are_the_boxes_and_hidden_shares_that_the_rays_count(
    cast: tuple[Floats, Floats],
) -> None:
    mesh = merge(box(0, *size).moved(x, y).of(at + 1) for at, ((x, y), size) in enumerate(BLOCKS))
    found = rasterise(CAMERA.screen(mesh.points), mesh.faces, 160, 90, counted=mesh.thing - 1)
    labels = boxes(owners(found.face, mesh.thing), found.covers, [0.0] * 3, ["a", "b", "c"])
    assert [label.label for label in labels] == ["a", "b", "c"]
    for at, label in enumerate(labels):
        rows, columns = np.nonzero(cast[0] == at + 1)
        expected = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert label.box == pytest.approx(expected, abs=1.01)
        hidden = 1 - (cast[0] == at + 1).sum() / cast[1][at].sum()
        assert label.hidden == pytest.approx(hidden, abs=0.01)
    assert labels[1].hidden == 0
    assert min(labels[0].hidden, labels[2].hidden) > 0.02


def test_depth_is_metres_along_the_view() -> None:
    mesh = box(0, 2, 1, 2).moved(0, 4.5)
    found = rasterise(
        Pinhole(0, 0, 1, pitch=0, width=64, height=36).screen(mesh.points), mesh.faces, 64, 36
    )
    assert found.depth[18, 32] == pytest.approx(4.0, abs=1e-3)


def test_a_face_that_runs_past_the_camera_is_cut_not_turned_inside_out() -> None:
    camera = Pinhole(0, 0, 1, pitch=0, across=90, width=64, height=64)
    ground = box(0, 40, 40, 0.01)
    found = rasterise(camera.screen(ground.points), ground.faces, 64, 64)
    assert (found.face[:31] < 0).all()
    assert (found.face[40:] >= 0).all()
    assert found.depth[-1, 32] == pytest.approx(1 / (31.5 / 32), abs=0.02)


def test_along_the_light_the_higher_thing_is_nearer() -> None:
    above = Lightmap((0, 0, 0), (0, 0, 1), 4, 64)
    mesh = merge([box(0, 6, 6, 0.1), box(0, 1, 1, 2.0)])
    found = rasterise(above.screen(mesh.points), mesh.faces, 64, 64, perspective=False)
    assert found.depth[32, 32] == pytest.approx(-2.0, abs=1e-3)
    assert found.depth[5, 12] == pytest.approx(np.inf) or found.depth[5, 12] == pytest.approx(-0.1)
    assert found.depth[12, 12] == pytest.approx(-0.1, abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-6, 6), st.floats(0.5, 12), st.floats(-1, 3), st.floats(0.1, 3), st.floats(-80, 80)
)
def test_any_ball_is_drawn_within_its_projected_points(
    x: float, y: float, z: float, size: float, yaw: float
) -> None:
    camera = Pinhole(0, 0, 1.5, yaw=yaw, pitch=10, width=80, height=45)
    mesh = ball(0, size, size, size, 6).moved(x, y, z)
    screen = camera.screen(mesh.points)
    found = rasterise(screen, mesh.faces, 80, 45)
    rows, columns = np.nonzero(found.face >= 0)
    if len(rows) and (screen[:, 2] > 0.2).all():
        flat = screen[:, :2] / screen[:, 2:]
        assert columns.min() + 0.5 >= flat[:, 0].min() - 1e-2
        assert columns.max() + 0.5 <= flat[:, 0].max() + 1e-2
        assert rows.min() + 0.5 >= flat[:, 1].min() - 1e-2
        assert found.depth[rows, columns].min() >= screen[:, 2].min() - 1e-3


def test_what_lies_beyond_the_edge_is_counted_as_outside() -> None:
    camera = Pinhole(0, 0, 0, pitch=0, across=90, width=100, height=100)
    flat = f32([[0, 10, -1], [20, 10, 1]])  # columns 50..150 of 100
    assert share_outside(camera, flat) == pytest.approx(0.5, abs=1e-3)
    assert share_outside(camera, f32([[0, 10, -1], [5, 10, 1]])) == pytest.approx(0.0, abs=1e-3)
