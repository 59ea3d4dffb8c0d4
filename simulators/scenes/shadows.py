"""Who stands in whose shadow, and how much of the sky a place sees. Pure.

Shadows are looked up in a map along the key light, with soft edges from several taps. How open a place
is to the sky comes from a height map seen from above, blurred over 0.3 m and 1 m: a cheap stand-in for
ambient occlusion that darkens what is under an awning, behind a bin and where things touch the ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from simulators.scenes.arrays import Floats, f32
from simulators.scenes.mesh import Mesh
from simulators.scenes.pinhole import Lightmap
from simulators.scenes.raster import rasterise

TAPS = ((-1.3, 0.5), (0.6, 1.4), (1.3, -0.6), (-0.5, -1.4))
MAP, HEIGHTS = 576, 256  # texels along a side
TALLEST_M = 2.6  # of what counts as hiding the sky: a house would darken the whole street


@dataclass(frozen=True, slots=True)
class Shadows:
    """`near` and `wide`: blurred heights on the grid of `above`."""

    key: Lightmap
    depth: Floats
    above: Lightmap
    near: Floats
    wide: Floats
    lamp: Lightmap | None = None
    lamp_depth: Floats | None = None

    def lit(self, position: Floats, normal: Floats) -> Floats:
        """0 = in shadow, 1 = in the light of the key."""
        return _tapped(self.key, self.depth, f32(position + normal * 0.07))

    def lamp_lit(self, position: Floats, normal: Floats) -> Floats:
        if self.lamp is None or self.lamp_depth is None:
            return np.ones(len(position), np.float32)
        return _tapped(self.lamp, self.lamp_depth, f32(position + normal * 0.12))

    def open_sky(self, position: Floats) -> Floats:
        """1 = sees all of the sky."""
        spot = self.above.screen(position)[:, :2]
        near, wide = _sampled(self.near, spot), _sampled(self.wide, spot)
        shut = 0.75 * np.clip((near - position[:, 2]) / 0.5, 0, 1)
        shut = np.maximum(shut, 0.6 * np.clip((wide - position[:, 2]) / 1.6, 0, 1))
        return f32(1.0 - shut)


def cast(
    mesh: Mesh,
    key: tuple[float, float, float],
    middle: tuple[float, float, float],
    reach: float,
    lamp: tuple[float, float, float] | None = None,
) -> Shadows:
    """`lamp`: where the nearest street lamp hangs; its shadows are taken as parallel, which is right in
    the middle and wrong by some degrees at the edge."""
    along = Lightmap(middle, key, reach, MAP)
    depth = rasterise(along.screen(mesh.points), mesh.faces, MAP, MAP, perspective=False).depth
    above = Lightmap((middle[0], middle[1], 0.0), (0.0, 0.0, 1.0), reach, HEIGHTS)
    down = rasterise(
        above.screen(mesh.points), mesh.faces, HEIGHTS, HEIGHTS, perspective=False
    ).depth
    heights = np.clip(np.where(np.isfinite(down), -down, 0.0), 0.0, TALLEST_M).astype(np.float32)
    texel = 2 * reach / HEIGHTS
    near = cv2.GaussianBlur(heights, (0, 0), 0.16 / texel)
    wide = cv2.GaussianBlur(heights, (0, 0), 0.7 / texel)
    if lamp is None:
        return Shadows(along, f32(depth), above, f32(near), f32(wide))
    way = f32(lamp) - f32(middle)
    way[2] = max(float(way[2]), 3.0)
    way /= np.linalg.norm(way)
    lamps = Lightmap(middle, (float(way[0]), float(way[1]), float(way[2])), reach, 512)
    behind = rasterise(lamps.screen(mesh.points), mesh.faces, 512, 512, perspective=False).depth
    return Shadows(along, f32(depth), above, f32(near), f32(wide), lamps, f32(behind))


def _tapped(view: Lightmap, depth: Floats, position: Floats) -> Floats:
    spot = view.screen(position)
    base = np.clip(spot[:, :2], 2, view.side - 3)
    flat, limit = depth.reshape(-1), spot[:, 2] - 0.05
    total = np.zeros(len(position), np.int8)
    for right, down in TAPS:
        at = (base[:, 1] + np.float32(down)).astype(np.int32)
        at *= view.side
        at += (base[:, 0] + np.float32(right)).astype(np.int32)
        total += np.take(flat, at) > limit
    return total * np.float32(1 / len(TAPS))


def _sampled(field: Floats, spot: Floats) -> Floats:
    limit = np.array([field.shape[1] - 1, field.shape[0] - 1])
    at = np.clip(spot, 0, limit).astype(np.int32)
    return f32(np.take(field, at[:, 1] * field.shape[1] + at[:, 0]))
