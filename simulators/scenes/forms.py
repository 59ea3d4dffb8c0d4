"""The forms things are put together from. Each stands on z = 0 around the origin unless said. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from simulators.scenes.arrays import Chance, Floats, Whole, f32, turned
from simulators.scenes.mesh import Mesh, made, merge, unit


def box(material: int, x: float, y: float, z: float, tile_m: float = 1.0) -> Mesh:
    """Sides of x, y and z metres; `tile_m` metres of it are one tile (0 = each side one tile)."""
    points, normals, lengths, spots, faces = _cube()
    size = f32((x, y, z))
    uv = spots if not tile_m else spots * (lengths * size).sum(2) / f32(tile_m)
    number = np.full(len(faces), material, np.int32)
    return Mesh(points * size, normals, uv, faces, number, np.zeros(len(faces), np.int32))


@lru_cache(maxsize=1)
def _cube() -> tuple[Floats, Floats, Floats, Floats, Whole]:
    """Of the unit cube: points, normals, which side's length counts for u and v (n × 2 × 3), uv, faces."""
    sides = [
        ((1, 0, 0), (0, 0, 1), (-0.5, -0.5, 0)),
        ((-1, 0, 0), (0, 0, 1), (0.5, 0.5, 0)),
        ((0, -1, 0), (0, 0, 1), (-0.5, 0.5, 0)),
        ((0, 1, 0), (0, 0, 1), (0.5, -0.5, 0)),
        ((1, 0, 0), (0, 1, 0), (-0.5, -0.5, 1)),
        ((1, 0, 0), (0, -1, 0), (-0.5, 0.5, 0)),
    ]
    mesh = merge(sheet(0, at, across, up, 0.0) for across, up, at in sides)
    lengths = np.repeat(np.abs(f32([[across, up] for across, up, _ in sides])), 4, 0)
    return mesh.points, mesh.normals, lengths, mesh.uv, mesh.faces


def sheet(
    material: int,
    at: Sequence[float],
    across: Sequence[float],
    up: Sequence[float],
    tile_m: float = 1.0,
    *,
    cells: tuple[int, int] = (1, 1),
) -> Mesh:
    """A flat piece from the corner `at`, seen from the side where `up` is left of `across`."""
    unit_points, faces = _unit_grid(*cells)
    wide, tall = f32(across), f32(up)
    points = f32(at) + unit_points[:, :1] * wide + unit_points[:, 1:] * tall
    length = (math.dist((0, 0, 0), across), math.dist((0, 0, 0), up))
    scale = f32((length[0] / tile_m, length[1] / tile_m) if tile_m else (1.0, 1.0))
    uv = (f32((0, 1)) + unit_points * f32((1, -1))) * scale
    normal = f32(
        (
            wide[1] * tall[2] - wide[2] * tall[1],
            wide[2] * tall[0] - wide[0] * tall[2],
            wide[0] * tall[1] - wide[1] * tall[0],
        )
    )
    normal /= math.sqrt(float(normal @ normal)) + 1e-9
    normals = np.broadcast_to(normal, points.shape)
    number = np.full(len(faces), material, np.int32)
    return Mesh(f32(points), normals, f32(uv), faces, number, np.zeros(len(faces), np.int32))


@lru_cache(maxsize=64)
def _unit_grid(across: int, down: int) -> tuple[Floats, Whole]:
    u, v = np.meshgrid(np.linspace(0, 1, across + 1), np.linspace(0, 1, down + 1))
    return f32(np.stack([u.reshape(-1), v.reshape(-1)], -1)), _grid(across, down)


@lru_cache(maxsize=256)
def _grid(across: int, down: int) -> Whole:
    first = (np.arange(down)[:, None] * (across + 1) + np.arange(across)[None, :]).reshape(-1)
    row = across + 1
    near = np.stack([first, first + 1, first + row + 1], -1)
    far = np.stack([first, first + row + 1, first + row], -1)
    return np.concatenate([near, far]).astype(np.int32)


def lathe(
    material: int,
    profile: Sequence[tuple[float, float]],
    sides: int = 14,
    squeeze: float = 1.0,
    tile_m: float = 0.0,
) -> Mesh:
    """A turned form; `profile` of (radius, height) from below. `squeeze` narrows it in y."""
    radius, height = f32(profile)[:, 0], f32(profile)[:, 1]
    angle = f32(np.linspace(0, 2 * np.pi, sides + 1))
    x = np.cos(angle)[None] * radius[:, None]
    y = np.sin(angle)[None] * radius[:, None] * squeeze
    z = np.broadcast_to(height[:, None], x.shape)
    points = np.stack([x, y, z], -1).reshape(-1, 3)
    along = np.concatenate([[0], np.cumsum(np.hypot(np.diff(radius), np.diff(height)))])
    around = 2 * np.pi * float(radius.max())
    scale = (around / tile_m, 1 / tile_m) if tile_m else (2.0, 1.0 / max(float(along[-1]), 1e-6))
    u = np.broadcast_to(np.linspace(0, 1, sides + 1)[None] * scale[0], x.shape)
    v = np.broadcast_to(along[:, None] * scale[1], x.shape)
    return curved(f32(points), f32(np.stack([u, v], -1)), (sides, len(profile) - 1), material)


def curved(points: Floats, uv: Floats, cells: tuple[int, int], material: int) -> Mesh:
    """A grid of points (rows from below, columns to the right) with smooth normals."""
    faces = _grid(*cells)
    corner = points[faces]
    across = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normals = np.zeros_like(points)
    for place in range(3):
        np.add.at(normals, faces[:, place], across)
    grid = normals.reshape(cells[1] + 1, cells[0] + 1, 3)
    if np.allclose(points.reshape(grid.shape)[:, 0], points.reshape(grid.shape)[:, -1]):
        seam = grid[:, 0] + grid[:, -1]
        grid[:, 0], grid[:, -1] = seam, seam
    return made(points, uv.reshape(-1, 2), faces, material, unit(normals))


def ball(material: int, x: float, y: float, z: float, detail: int = 10) -> Mesh:
    """An ellipsoid of those diameters."""
    angle = np.linspace(0, np.pi, detail + 1)
    profile = [(float(np.sin(a)), float(0.5 - 0.5 * np.cos(a))) for a in angle]
    return lathe(material, profile, int(detail * 1.5)).scaled(x / 2, y / 2, z)


def lumpy(form: Mesh, chance: Chance, rough: float, waves: float = 3.0) -> Mesh:
    """The form pushed in and out by soft noise (`rough` in parts of its size), creased a little."""
    points = form.points
    size = float(np.ptp(points, axis=0).max())
    push = np.zeros(len(points), np.float32)
    for octave in range(4):
        way = f32(chance.standard_normal((3, 3))) * waves * (1.7**octave) / size
        phase = f32(chance.random(3) * 6.3)
        wave = np.sin(turned(points, way) + phase)
        push += (wave[:, 0] * wave[:, 1] + (np.abs(wave[:, 2]) - 0.6)) * 0.55**octave
    moved = points + form.normals * (push * rough * size)[:, None]
    moved[:, 2] = np.maximum(moved[:, 2], points[:, 2].min())
    across = np.cross(
        moved[form.faces[:, 1]] - moved[form.faces[:, 0]],
        moved[form.faces[:, 2]] - moved[form.faces[:, 0]],
    )
    normals = f32(form.normals * 0.02 * float(np.abs(across).max()))
    for place in range(3):
        np.add.at(normals, form.faces[:, place], across)
    return Mesh(moved, unit(normals), form.uv, form.faces, form.material, form.thing)


def tube(
    material: int, path: Sequence[Sequence[float]], radius: float, sides: int = 6, end: float = 1.0
) -> Mesh:
    """A bent tube through points; `end` times as thick at its end."""
    line = f32(path)
    ahead = np.empty_like(line)
    ahead[1:-1], ahead[0], ahead[-1] = line[2:] - line[:-2], line[1] - line[0], line[-1] - line[-2]
    ahead = unit(ahead)
    aside = _crossed(ahead, f32((0.13, 0.29, 0.95)))
    weak = (aside * aside).sum(1) < 0.01
    if weak.any():
        aside[weak] = _crossed(ahead[weak], f32((1.0, 0, 0)))
    aside = unit(aside)
    over = _crossed(aside, ahead)
    cosine, sine = _circle(sides)
    thick = radius * np.linspace(1, end, len(line), dtype=np.float32)[:, None, None]
    ring = cosine * aside[:, None] + sine * over[:, None]
    points = (line[:, None] + ring * thick).reshape(-1, 3)
    uv, faces = _unit_grid(sides, len(line) - 1)
    number = np.full(len(faces), material, np.int32)
    zero = np.zeros(len(faces), np.int32)
    return Mesh(f32(points), f32(ring.reshape(-1, 3)), uv, faces, number, zero)


@lru_cache(maxsize=16)
def _circle(sides: int) -> tuple[Floats, Floats]:
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    return f32(np.cos(angle))[None, :, None], f32(np.sin(angle))[None, :, None]


def _crossed(a: Floats, b: Floats) -> Floats:
    """np.cross, without its overhead for small arrays."""
    x, y, z = (b[..., at] for at in range(3))
    u, v, w = (a[..., at] for at in range(3))
    return f32(np.stack([v * z - w * y, w * x - u * z, u * y - v * x], -1))


def hoop(material: int, radius: float, thick: float, sides: int = 18) -> Mesh:
    """A ring in the x-z plane around the origin: a wheel's tyre."""
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    path = np.stack([np.cos(angle) * radius, np.zeros_like(angle), np.sin(angle) * radius], -1)
    return tube(material, path.tolist(), thick, 5)


def extruded(
    material: int, outline: Sequence[tuple[float, float]], y: float, tile_m: float = 1.0
) -> Mesh:
    """A convex outline of (x, z), counter-clockwise from the side of negative y, `y` metres deep."""
    ring = f32(outline)
    count = len(ring)
    sides = []
    for at in range(count):
        a, b = ring[at], ring[(at + 1) % count]
        run = b - a
        sides.append(sheet(material, (a[0], -y / 2, a[1]), (run[0], 0, run[1]), (0, y, 0), tile_m))
    fan = np.stack([np.zeros(count - 2), np.arange(1, count - 1), np.arange(2, count)], -1)
    for face, front in ((-y / 2, True), (y / 2, False)):
        points = np.stack([ring[:, 0], np.full(count, face), ring[:, 1]], -1)
        turns = fan if front else fan[:, ::-1]
        uv = f32(ring / (tile_m or 1.0))
        sides.append(made(f32(points), uv, turns.astype(np.int32), material, None))
    return merge(sides)
