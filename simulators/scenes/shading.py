"""From covered pixels to light: texture, relief, sun and shadow, sky, lamps, haze. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.scenes.arrays import Floats, Whole, dot, f32
from simulators.scenes.light import Lamp, Light
from simulators.scenes.mesh import Mesh, unit
from simulators.scenes.pinhole import Pinhole
from simulators.scenes.raster import Fragments, weights
from simulators.scenes.shadows import Shadows
from simulators.scenes.surfaces.bank import LEVELS, Bank
from simulators.scenes.surfaces.tile import SIZE
from simulators.scenes.things.kit import Kit

LINEAR = f32(((np.arange(256) / 255.0 + 0.055) / 1.055) ** 2.4)
LINEAR[:11] = np.arange(11, dtype=np.float32) / 255.0 / 12.92
BUMP = 0.035  # how far a full relief leans a normal


@dataclass(frozen=True, slots=True)
class Surfels:
    """What the picture shows at its covered pixels (flat numbers `pixel`): one row each. `traits` are
    gloss, sharp, glow, bump and soft of the material."""

    pixel: NDArray[np.int64]
    face: Whole
    position: Floats
    normal: Floats
    view: Floats
    depth: Floats
    albedo: Floats
    traits: Floats


def surfels(
    camera: Pinhole, mesh: Mesh, found: Fragments, kit: Kit, pixel: NDArray[np.int64]
) -> Surfels:
    """At those pixels, all of which something covers."""
    palette, bank = kit.palette, kit.bank
    flat = found.face.reshape(-1)
    face = flat[pixel]
    share = weights(found, face, pixel, camera.width)
    depth = found.depth.reshape(-1)[pixel]
    ray = camera.rays(pixel)
    position = camera.at + ray * depth[:, None]
    view = -unit(ray)
    corners = np.take(mesh.faces, face, 0)
    both = np.concatenate([mesh.normals, mesh.uv], 1)
    mixed = _mixed(both, corners, share)
    normal = unit(mixed[:, :3])
    facing = dot(normal, view)
    normal *= np.where(facing < 0, np.float32(-1), np.float32(1))[:, None]
    tiles, tints, traits = palette.table()
    material = np.take(mesh.material, face)
    across, down, texels, row_of = _tangents(mesh, face)
    step = texels[row_of] * depth / camera.focal_px / np.sqrt(np.maximum(np.abs(facing), 0.08))
    level = np.clip(np.log2(np.maximum(step, 1e-6)) + 0.1, 0, LEVELS - 1).astype(np.int32)
    texel = _texel(bank, tiles[material], mixed[:, 3:], level)
    albedo = np.take(LINEAR, np.take(bank.colour, texel, axis=0)) * np.take(tints, material, 0)
    row = np.take(traits, material, 0)
    lean = np.take(bank.slope, texel, axis=0).astype(np.float32) * (BUMP / 4.0) * row[:, 3:4]
    right, below = np.take(across, row_of, 0), np.take(down, row_of, 0)
    normal = unit(f32(normal - lean[:, :1] * right - lean[:, 1:] * below))
    return Surfels(pixel, face, f32(position), normal, view, depth, f32(albedo), row)


def _mixed(values: Floats, corners: Whole, share: Floats) -> Floats:
    return f32(
        np.take(values, corners[:, 0], 0) * share[:, :1]
        + np.take(values, corners[:, 1], 0) * share[:, 1:2]
        + np.take(values, corners[:, 2], 0) * share[:, 2:]
    )


def _texel(bank: Bank, tile: Whole, uv: Floats, level: Whole) -> Whole:
    side = (SIZE >> level).astype(np.int32)
    first = bank.first[level]
    spot = ((uv - np.floor(uv)) * side[:, None].astype(np.float32)).astype(np.int32)
    np.minimum(spot, (side - 1)[:, None], out=spot)
    found: Whole = first + (tile * side + spot[:, 1]) * side + spot[:, 0]
    return found


def _tangents(mesh: Mesh, face: Whole) -> tuple[Floats, Floats, Floats, Whole]:
    """Of the faces that are seen: where the texture runs to the right and down (unit), texels per metre;
    and which row is each pixel's."""
    number = np.zeros(len(mesh.faces), np.int32)
    number[face] = 1
    used = np.flatnonzero(number)
    number[used] = np.arange(len(used), dtype=np.int32)
    p, t = mesh.points[mesh.faces[used]], mesh.uv[mesh.faces[used]]
    e1, e2 = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
    d1, d2 = t[:, 1] - t[:, 0], t[:, 2] - t[:, 0]
    turn = d1[:, 0] * d2[:, 1] - d2[:, 0] * d1[:, 1]
    safe = np.where(np.abs(turn) < 1e-9, 1e-9, turn)[:, None]
    across = unit(f32((e1 * d2[:, 1:] - e2 * d1[:, 1:]) / safe))
    down = unit(f32((e2 * d1[:, :1] - e1 * d2[:, :1]) / safe))
    area = np.linalg.norm(np.cross(e1, e2), axis=1) + 1e-9
    return across, down, f32(SIZE * np.sqrt(np.abs(turn) / area)), number[face]


def lit(seen: Surfels, light: Light, shadows: Shadows, wet: float = 0.0) -> Floats:
    """The light that each surfel sends to the camera (n × 3)."""
    normal, view = seen.normal, seen.view
    gloss, sharp, glow, soft = (seen.traits[:, [place]] for place in (0, 1, 2, 4))
    key = f32(light.key)
    open_sky = shadows.open_sky(seen.position)[:, None]
    up = 0.5 + 0.5 * normal[:, 2:]
    around = (
        f32(light.bounce_rgb) * (1 - up)
        + (0.75 * f32(light.sky_rgb) + 0.25 * f32(light.horizon_rgb)) * up
    )
    total = around * open_sky * 1.15
    facing = np.einsum("ij,j->i", normal, key)
    shine = np.zeros_like(total)
    if max(light.key_rgb) > 1e-4:
        front = np.maximum(facing, soft[:, 0] * 0.6 * np.abs(facing))
        at = np.flatnonzero(front > 0.01)
        there, turned = np.take(seen.position, at, 0), np.take(normal, at, 0)
        sunny = shadows.lit(there, turned)[:, None]
        total[at] += f32(light.key_rgb) * (np.take(front, at)[:, None] * sunny)
        spark = _highlight(turned, np.take(view, at, 0), key, np.take(sharp, at, 0))
        shine[at] = f32(light.key_rgb) * (spark * sunny)
    for lamp in light.lamps:
        add, spark = _lamp(seen, lamp, sharp, shadows)
        total, shine = total + add * light.dark, shine + spark * light.dark
    facing_us = dot(normal, view)[:, None]
    away = 1 - np.abs(facing_us)
    away = away * away * away * away * away
    mirror = gloss + (1 - gloss) * 0.35 * away * np.minimum(1, gloss * 12)
    back = np.clip(2 * facing_us * normal[:, 2:] - view[:, 2:], -1, 1)
    horizon = f32(light.horizon_rgb)
    over = horizon + (f32(light.sky_rgb) - horizon) * np.maximum(back, 0)
    sky = np.where(back > 0, over, f32(light.bounce_rgb) * 1.5)
    albedo = seen.albedo * (1 - 0.45 * wet * np.maximum(normal[:, 2:], 0))
    out = albedo * total * (1 - mirror) + mirror * sky * open_sky + shine * gloss * 3.0
    return f32(out + albedo * glow * light.dark)


def _highlight(normal: Floats, view: Floats, towards: Floats, sharp: Floats) -> Floats:
    """Blinn's highlight with Schlick's cheap power (x / (n - n x + x))."""
    half = unit(f32(view + towards))
    close = np.maximum(dot(normal, half), 1e-4)[:, None]
    return f32(close / (2 * sharp * (1 - close) + close))


def _lamp(seen: Surfels, lamp: Lamp, sharp: Floats, shadows: Shadows) -> tuple[Floats, Floats]:
    way = f32(lamp.at) - seen.position
    far = np.sqrt(dot(f32(way), f32(way)))[:, None] + 1e-3
    towards = f32(way / far)
    power = lamp.power / (1.0 + far * far)
    if lamp.towards is not None:
        inside = -np.einsum("ij,j->i", towards, f32(lamp.towards))[:, None]
        power = power * np.clip((inside - 0.90) / 0.08, 0, 1)
    else:
        power = power * shadows.lamp_lit(seen.position, seen.normal)[:, None]
    facing = np.maximum(dot(seen.normal, towards), 0)[:, None]
    shine = _highlight(seen.normal, seen.view, towards, sharp)
    return f32(f32(lamp.rgb) * power * facing), f32(f32(lamp.rgb) * power * shine)


def hazed(colour: Floats, depth: Floats, light: Light, fog: float) -> Floats:
    """What is far fades into the horizon's colour; `fog` 1 hides what is 25 m away."""
    share = 1 - np.exp(-depth * (0.0008 + 0.05 * fog * fog))[:, None]
    veil = (
        f32(light.horizon_rgb) * (1 - 0.3 * light.dark)
        + f32((0.01, 0.009, 0.007)) * light.dark * fog
    )
    return f32(colour + (veil - colour) * share)
