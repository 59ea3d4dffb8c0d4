"""Triangles and how to move them. Metres; x along the street, y towards the houses, z up. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from simulators.scenes.arrays import Floats, Whole, f32, turned


@dataclass(frozen=True, slots=True)
class Mesh:
    """`points` and `normals` n × 3, `uv` n × 2 (1 = one tile), `faces` m × 3, `material` and `thing` m.
    Faces turn counter-clockwise seen from outside, but both sides are drawn."""

    points: Floats
    normals: Floats
    uv: Floats
    faces: Whole
    material: Whole
    thing: Whole

    def moved(self, x: float = 0, y: float = 0, z: float = 0) -> Mesh:
        return replace(self, points=self.points + f32((x, y, z)))

    def turned(self, yaw: float = 0, pitch: float = 0, roll: float = 0) -> Mesh:
        """Radians: first roll about y, then pitch about x, then yaw about z."""
        by = turn(yaw, pitch, roll)
        return replace(self, points=turned(self.points, by), normals=turned(self.normals, by))

    def scaled(self, x: float, y: float | None = None, z: float | None = None) -> Mesh:
        factor = f32((x, x if y is None else y, x if z is None else z))
        return replace(self, points=self.points * factor, normals=unit(self.normals / factor))

    def of(self, thing: int) -> Mesh:
        return replace(self, thing=np.full(len(self.faces), thing, np.int32))

    def used(self) -> Floats:
        """The points that a face stands on."""
        return self.points[np.unique(self.faces)]

    def painted(self, material: int) -> Mesh:
        return replace(self, material=np.full(len(self.faces), material, np.int32))

    def tiled(self, across: float, down: float, shift: float = 0.0) -> Mesh:
        return replace(self, uv=self.uv * f32((across, down)) + f32(shift))


def unit(vectors: Floats) -> Floats:
    return f32(vectors / (np.sqrt(np.einsum("...i,...i->...", vectors, vectors)) + 1e-9)[..., None])


def turn(yaw: float = 0, pitch: float = 0, roll: float = 0) -> Floats:
    cy, sy, cp, sp, cr, sr = *_cs(yaw), *_cs(pitch), *_cs(roll)
    about_z = np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_y = np.array([[cr, 0, sr], [0, 1, 0], [-sr, 0, cr]])
    return f32(about_z @ about_x @ about_y)


def _cs(angle: float) -> tuple[float, float]:
    return float(np.cos(angle)), float(np.sin(angle))


def merge(meshes: Iterable[Mesh]) -> Mesh:
    """One mesh of many; of none, an empty one."""
    parts = list(meshes)
    if not parts:
        none = np.zeros((0, 3), np.float32)
        return Mesh(none, none, none[:, :2], *_no_faces())
    starts = np.cumsum([0, *(len(part.points) for part in parts[:-1])]).astype(np.int32)
    return Mesh(
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.uv for part in parts]),
        np.concatenate([part.faces + at for part, at in zip(parts, starts, strict=True)]),
        np.concatenate([part.material for part in parts]),
        np.concatenate([part.thing for part in parts]),
    )


def _no_faces() -> tuple[Whole, Whole, Whole]:
    return np.zeros((0, 3), np.int32), np.zeros(0, np.int32), np.zeros(0, np.int32)


def made(points: Floats, uv: Floats, faces: Whole, material: int, normals: Floats | None) -> Mesh:
    """Without normals every face is flat, and its points are its own."""
    if normals is None:
        flat = faces.reshape(-1)
        points, uv = points[flat], uv[flat]
        faces = np.arange(len(flat), dtype=np.int32).reshape(-1, 3)
        corner = points.reshape(-1, 3, 3)
        across = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        normals = np.repeat(unit(f32(across)), 3, 0)
    number = np.full(len(faces), material, np.int32)
    return Mesh(f32(points), f32(normals), f32(uv), faces, number, np.zeros(len(faces), np.int32))
