"""The sky behind everything. Pure."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulators.scenes.arrays import Floats, f32
from simulators.scenes.light import Light
from simulators.scenes.mesh import unit
from simulators.scenes.noise import fractal
from simulators.scenes.pinhole import Pinhole
from simulators.scenes.scene import Scene

SIZE = 256


@lru_cache(maxsize=4)
def _clouds(seed: int) -> Floats:
    return fractal(np.random.default_rng(seed), SIZE, 1.7, 2)


def sky(scene: Scene, camera: Pinhole, light: Light, pixel: NDArray[np.int64]) -> Floats:
    """Linear light at those pixels (n × 3)."""
    rays = unit(camera.rays(pixel))
    up = np.clip(rays[:, 2], 0, 1)
    share = np.sqrt(up)[:, None]
    colour = f32(light.horizon_rgb) * (1 - share) + f32(light.sky_rgb) * share
    field = _clouds(scene.seed % 16)
    far = 40.0 / (up + 0.12)
    row = (rays[:, 0] * far).astype(np.int32) % SIZE
    column = (rays[:, 1] * far).astype(np.int32) % SIZE
    cloud = np.clip(field[row, column] * 0.5 + 1.6 * scene.weather.cloud - 0.5, 0, 1)[:, None]
    bright = f32(light.key_rgb) * 0.35 + f32(light.horizon_rgb) * 0.9
    return f32(colour * (1 - 0.7 * cloud) + bright * 0.7 * cloud)
