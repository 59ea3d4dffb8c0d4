"""What does not move, rendered once; what moves, rendered into it. So a live camera costs little.

The street and all that stands are kept as light, depth and shadow until something stands elsewhere or the
light has changed. Each picture then draws only the people and vehicles on their way: their pixels, and
their shadow on the ground as a flat projection along the light (they throw none on walls and each other).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from simulators.scenes import lens as faults
from simulators.scenes.arrays import Bytes, Flags, Floats, Numbers, Whole, f32
from simulators.scenes.labels import boxes, owners, share_outside
from simulators.scenes.mesh import Mesh, merge
from simulators.scenes.picture import assemble, exposed, light_of, shadows_of
from simulators.scenes.raster import Fragments, rasterise
from simulators.scenes.scene import Label, Scene
from simulators.scenes.shading import hazed, lit, surfels
from simulators.scenes.things.table import label_of
from simulators.scenes.view import Stage, View
from simulators.scenes.workshop import Workshop

OVERCAST = 0.8  # of `dim`: above it shadows have no direction
SHADED = 0.12  # m: how near a shadow's plane a pixel must be to lie in it


@dataclass(frozen=True, slots=True)
class Backdrop:
    """`screen` is toned but not yet noisy (0..255), `dim` what a full shadow leaves of the ground's light;
    `labels` of what stands."""

    view: View
    stage: Stage
    depth: Floats
    screen: Bytes
    gain: float
    dim: float
    labels: tuple[Label, ...]


def backdrop(scene: Scene, workshop: Workshop) -> Backdrop:
    stage = assemble(scene, workshop=workshop)
    camera, light = scene.camera, light_of(scene)
    found = rasterise(
        camera.screen(stage.mesh.points), stage.mesh.faces, camera.width, camera.height,
        counted=stage.mesh.thing - 1,
    )  # fmt: skip
    view = View(scene, camera, light, shadows_of(scene, stage.mesh, light))
    linear = exposed(view, stage, found)
    gain = faults.exposure(linear, scene.lens, light.dark)
    screen = faults.toned(faults.bloomed(linear, gain), gain, scene.lens)
    screen = faults.softened(screen, scene.lens)
    seen = owners(found.face, stage.mesh.thing)
    outside = [share_outside(camera, mesh.used()) for mesh in stage.things]
    names = [label_of(thing.kind, thing.options) for thing in scene.things]
    sun = max(light.key_rgb) * max(light.key[2], 0.1)
    around = max(light.sky_rgb) + 1e-4
    return Backdrop(
        view, stage, found.depth, np.clip(screen, 0, 255).astype(np.uint8), gain,
        float(around / (around + sun)) ** 0.45, tuple(boxes(seen, found.covers, outside, names)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moving:
    """`screen` before noise (rows × columns × RGB); `who` of the movers (from 1) is seen at each pixel, and by
    mover the pixels it `covers`, also where something is before it (None: there are no movers)."""

    screen: Bytes
    who: Whole
    covers: Flags | None


def drawn(back: Backdrop, movers: Sequence[Mesh]) -> Moving:
    camera = back.view.camera
    rows, columns = camera.height, camera.width
    if not movers:
        return Moving(back.screen.copy(), np.zeros((rows, columns), np.int32), None)
    mesh = merge(one.of(at + 1) for at, one in enumerate(movers))
    found = rasterise(camera.screen(mesh.points), mesh.faces, columns, rows, counted=mesh.thing - 1)
    nearer = (found.face >= 0) & (found.depth < back.depth)
    screen = _shadowed(back, mesh)
    pixel = np.flatnonzero(nearer.reshape(-1))
    if len(pixel):
        _laid(back, screen, mesh, found, pixel)
    who = np.where(nearer, mesh.thing[np.maximum(found.face, 0)], 0)
    return Moving(screen, who.astype(np.int32), found.covers)


def _laid(back: Backdrop, screen: Bytes, mesh: Mesh, found: Fragments, pixel: Numbers) -> None:
    """Draws the movers' pixels, their edges softened into what is behind."""
    view = back.view
    seen = surfels(view.camera, mesh, found, back.stage.kit, pixel)
    colour = lit(seen, view.light, view.shadows, view.scene.weather.wet)
    colour = hazed(colour, seen.depth, view.light, view.scene.weather.fog)
    tone = faults.toned(colour[None], back.gain, view.scene.lens)[0]
    screen.reshape(-1, 3)[pixel] = np.clip(tone, 0, 255).astype(np.uint8)
    row, column = np.divmod(pixel, view.camera.width)
    top, left = max(0, int(row.min()) - 2), max(0, int(column.min()) - 2)
    part = (slice(top, int(row.max()) + 3), slice(left, int(column.max()) + 3))
    touched = np.zeros(screen.shape[:2], np.uint8)
    touched.reshape(-1)[pixel] = 255
    edge = cv2.dilate(touched[part], np.ones((3, 3), np.uint8))[..., None] > 0
    soft = cv2.GaussianBlur(screen[part], (0, 0), max(0.45, view.scene.lens.blur_px))
    screen[part] = np.where(edge, soft, screen[part])


def _shadowed(back: Backdrop, mesh: Mesh) -> Bytes:
    """The backdrop with the movers' shadows on the ground."""
    camera, key = back.view.camera, back.view.light.key
    screen = back.screen.copy()
    lean = f32((key[0], key[1])) / max(key[2], 0.25) if back.dim < OVERCAST else f32((0.0, 0.0))
    flat = mesh.points.copy()
    flat[:, :2] -= lean * np.maximum(flat[:, 2:], 0)
    flat[:, 2] = 0.004
    half = (camera.width // 2, camera.height // 2)
    below = rasterise(camera.screen(flat) * f32((0.5, 0.5, 1)), mesh.faces, *half)
    ground = np.minimum(back.depth[::2, ::2][: half[1], : half[0]], 1e4)
    dark = (below.face >= 0) & (
        np.abs(np.minimum(below.depth, 2e4) - ground) < SHADED * (1 + 0.02 * ground)
    )
    if not dark.any():
        return screen
    sharp = back.dim < OVERCAST
    share = f32(cv2.GaussianBlur(f32(dark), (0, 0), 0.8 if sharp else 2.5))
    strength = (1 - back.dim) if sharp else 0.22
    factor = 1 - strength * cv2.resize(share, (camera.width, camera.height))
    rows = np.flatnonzero((factor < 0.99).any(1))
    if not len(rows):  # too thin a shadow in a small picture
        return screen
    part = slice(int(rows[0]), int(rows[-1]) + 1)
    screen[part] = (screen[part] * f32(factor)[part][..., None]).astype(np.uint8)
    return screen
