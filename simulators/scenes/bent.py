"""Forms that sag, bend and flow: cloth over a frame and bodies of vehicles. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulators.scenes.arrays import Chance, Floats, f32
from simulators.scenes.forms import curved
from simulators.scenes.mesh import Mesh


def draped(material: int, x: float, y: float, sag: float, chance: Chance) -> Mesh:
    """A roof of cloth: a ridge along x, hanging between its corners."""
    u, v = np.meshgrid(np.linspace(-1, 1, 9), np.linspace(-1, 1, 7))
    ridge = 0.3 * (1 - np.abs(v))
    hang = -sag * 0.3 * (1 - u**2) * (0.4 + 0.6 * np.abs(v)) + chance.normal(0, 0.01, u.shape)
    points = f32(np.stack([u * x / 2, v * y / 2, ridge + hang], -1).reshape(-1, 3))
    uv = f32(np.stack([u, v], -1).reshape(-1, 2) * 0.5 + 0.5)
    return curved(points, uv, (8, 6), material)


def hull(
    material: int,
    stations: Sequence[tuple[float, float, float, float]],
    square: float,
    sides: int = 20,
) -> Mesh:
    """A closed body along x; `stations` of (x, half width, bottom, top). `square` 2 is an ellipse, more
    comes nearer to a box."""
    rows = f32(stations)
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    across, over = _rounded(np.cos(angle), square), _rounded(np.sin(angle), square)
    middle, half = (rows[:, 3] + rows[:, 2]) / 2, (rows[:, 3] - rows[:, 2]) / 2
    grid = np.stack(
        [
            np.repeat(rows[:, :1], sides + 1, 1),
            rows[:, 1:2] * across,
            middle[:, None] + half[:, None] * over,
        ],
        -1,
    )
    u, v = np.meshgrid(np.linspace(0, 2, sides + 1), np.linspace(0, 2, len(rows)))
    uv = f32(np.stack([u, v], -1).reshape(-1, 2))
    return curved(f32(grid.reshape(-1, 3)), uv, (sides, len(rows) - 1), material)


def _rounded(wave: Floats, square: float) -> Floats:
    return f32(np.sign(wave) * np.abs(wave) ** (2 / square))
