"""Wet ground: the street upside down in it, stronger the flatter one looks. Pure."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np

from simulators.scenes.arrays import Floats, f32
from simulators.scenes.noise import fractal
from simulators.scenes.raster import rasterise
from simulators.scenes.scene import Scene
from simulators.scenes.shading import Surfels, lit, surfels
from simulators.scenes.view import Stage, View

UPSIDE_DOWN = f32((1, 1, -1))
POOL = 256


def puddled(scene: Scene, mirror: Floats, seen: Surfels, colour: Floats) -> Floats:
    """`colour` with what the ground mirrors (`mirror`: pixels × 3)."""
    level = (seen.position[:, 2] < 0.03) & (seen.normal[:, 2] > 0.75)
    if not level.any():
        return colour
    away = np.clip(1 - seen.view[:, 2], 0, 1)
    field = _pools(scene.seed % 97)
    spot = (seen.position[:, :2] * 28).astype(np.int32) % POOL
    pool = np.clip(field[spot[:, 1], spot[:, 0]] * 1.5 + 2.2 * scene.weather.wet - 1.2, 0, 1)
    share = (0.06 + 0.75 * away * away * away) * (0.35 + 0.65 * pool) * scene.weather.wet * level
    return f32(colour * (1 - share[:, None]) + mirror[seen.pixel] * share[:, None])


@lru_cache(maxsize=2)
def _pools(seed: int) -> Floats:
    return fractal(np.random.default_rng(seed), POOL, 1.8, 2)


def upside_down(view: View, stage: Stage) -> Floats:
    """What stands on the ground as a mirror at z = 0 shows it (pixels × 3), made at half the resolution."""
    camera, mesh, kit = view.camera, stage.mesh, stage.kit
    half = replace(camera, width=camera.width // 2, height=camera.height // 2)
    stands = mesh.points[:, 2][mesh.faces].max(1) > 0.05
    turned = replace(
        mesh,
        points=mesh.points * UPSIDE_DOWN,
        normals=mesh.normals * UPSIDE_DOWN,
        faces=mesh.faces[stands],
        material=mesh.material[stands],
        thing=mesh.thing[stands],
    )
    found = rasterise(half.screen(turned.points), turned.faces, half.width, half.height)
    back = surfels(half, turned, found, kit, np.flatnonzero(found.face.reshape(-1) >= 0))
    upright = replace(
        back,
        position=back.position * UPSIDE_DOWN,
        normal=back.normal * UPSIDE_DOWN,
        view=back.view * UPSIDE_DOWN,
    )
    out = np.empty((half.height * half.width, 3), np.float32)
    out[:] = 0.5 * (f32(view.light.sky_rgb) + f32(view.light.horizon_rgb))
    out[back.pixel] = lit(upright, view.light, view.shadows)
    smear = 1 + 3 * int(2 + 3 * (1 - view.scene.weather.wet))
    soft = f32(cv2.blur(out.reshape(half.height, half.width, 3), (3, smear)))
    return f32(cv2.resize(soft, (camera.width, camera.height))).reshape(-1, 3)
