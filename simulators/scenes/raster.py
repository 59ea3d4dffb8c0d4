"""Triangles to pixels, all at once in numpy.

Edge functions in homogeneous coordinates (Olano and Greer, Triangle scan conversion using 2D
homogeneous coordinates, 1997) need no clipping: what is behind the camera falls out by its sign.
Each row of a triangle is the span that its edges leave; a minimum over packed (depth, face) keys says
whose each pixel is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.scenes.arrays import Flags, Floats, Whole, f32

NEAR_M = 0.12
CHUNK = 400_000  # pixels worked on at a time: fits a cache
EMPTY = np.int64(np.iinfo(np.int64).max)
FACE_BITS = 24


@dataclass(frozen=True, slots=True)
class Fragments:
    """Which faces cover which pixels: the nearest (`face` −1 = none, `depth` metres), rows × columns,
    and, for the faces asked for, all pixels they would cover were nothing in front."""

    face: Whole
    depth: Floats
    edges: Floats
    covers: Flags | None


def rasterise(
    screen: Floats,
    faces: Whole,
    width: int,
    height: int,
    *,
    perspective: bool = True,
    counted: Whole | None = None,
) -> Fragments:
    """`counted`: per face the row of `covers` it belongs to, -1 for none."""
    kept = _in_view(screen, faces, width, height, perspective)
    corners = screen[faces[kept]]
    flat = corners.copy()
    if not perspective:
        flat[:, :, 2] = 1.0
    edges = _edges(flat)
    slope = _depth_slopes(edges, corners, perspective)
    keys = np.full(width * height, EMPTY, np.int64)
    rows = int(counted.max()) + 1 if counted is not None and len(counted) else 0
    covers = np.zeros((rows, width * height), np.bool_) if rows else None
    spans = _spans(edges, _boxes(flat, edges, width, height, perspective), perspective)
    for who, pixel, x, y in _pixels(spans, width):
        depth = slope[who, 0] * x + slope[who, 1] * y + slope[who, 2]
        depth = np.minimum(1.0 / depth, 1e6) if perspective else depth + 500.0
        np.minimum.at(keys, pixel, ((depth * 65536.0).astype(np.int64) << FACE_BITS) | who)
        if covers is not None and counted is not None:
            row = counted[kept[who]]
            covers[row[row >= 0], pixel[row >= 0]] = True
    found = keys != EMPTY
    face = np.where(found, keys & ((1 << FACE_BITS) - 1), -1).astype(np.int32)
    face[found.reshape(-1)] = kept[face[found]]
    depth = np.where(found, (keys >> FACE_BITS) / 65536.0, np.inf).astype(np.float32)
    if not perspective:
        depth -= 500.0
    shape = (height, width)
    every = np.zeros((len(faces), 3, 3), np.float32)
    every[kept] = edges
    return Fragments(face.reshape(shape), depth.reshape(shape), every, covers)


def _in_view(
    screen: Floats, faces: Whole, width: int, height: int, perspective: bool
) -> NDArray[np.int64]:
    """Numbers of the faces that are not wholly beyond one edge of the picture."""
    x, y = screen[:, 0], screen[:, 1]
    depth = screen[:, 2] if perspective else np.ones(len(screen), np.float32)
    sides = [x < 0, x > width * depth, y < 0, y > height * depth]
    if perspective:
        sides.append(depth < NEAR_M)
    codes = np.packbits(np.stack(sides), axis=0)[0]
    code = codes[faces]
    return np.flatnonzero((code[:, 0] & code[:, 1] & code[:, 2]) == 0)


def _edge(edge: Floats, x: Floats, y: Floats) -> Floats:
    return f32(edge[:, 0] * x + edge[:, 1] * y + edge[:, 2])


def _edges(corners: Floats) -> Floats:
    """Per face the three edge functions (m × 3 corners × 3 coefficients): the inverse of its corners."""
    p = corners.astype(np.float64)
    edge = np.stack(
        [np.cross(p[:, 1], p[:, 2]), np.cross(p[:, 2], p[:, 0]), np.cross(p[:, 0], p[:, 1])], 1
    )
    volume = np.einsum("ij,ij->i", p[:, 0], edge[:, 0])
    safe = np.where(np.abs(volume) < 1e-9, np.inf, volume)
    return f32(edge / safe[:, None, None])


def _depth_slopes(edges: Floats, corners: Floats, perspective: bool) -> Floats:
    """Per face what is linear over the picture (m × 3): 1 / depth in perspective, else depth."""
    if perspective:
        return f32(edges.sum(1))
    return f32((edges * corners[:, :, 2:]).sum(1))


def _boxes(
    corners: Floats, edges: Floats, width: int, height: int, perspective: bool
) -> NDArray[np.int64]:
    """Per face that can be seen: its number, first row and rows, first column and columns."""
    depth = corners[:, :, 2]
    ahead = depth > (NEAR_M if perspective else 0)
    whole = np.asarray(ahead.all(1))[:, None]
    flat = corners[:, :, :2] / np.where(ahead, depth, 1.0)[..., None]
    limit = f32((width, height))
    low, high = np.where(whole, flat.min(1), 0.0), np.where(whole, flat.max(1), limit)
    first = np.clip(np.ceil(low - 0.5), 0, limit).astype(np.int64)
    size = np.clip(np.floor(high - 0.5) + 1, 0, limit).astype(np.int64) - first
    some = ahead.any(1) & (np.abs(edges).max((1, 2)) > 0) & (size > 0).all(1)
    number = np.flatnonzero(some)
    return np.stack([number, first[some, 1], size[some, 1], first[some, 0], size[some, 0]], 1)


def _spans(edges: Floats, boxes: NDArray[np.int64], perspective: bool) -> NDArray[np.int64]:
    """Per face and row that it touches: face, row, first column and columns."""
    which, step = _counted_out(boxes[:, 2])
    face, row = boxes[which, 0], boxes[which, 1] + step
    low = boxes[which, 3].astype(np.float32)
    high = low + boxes[which, 4] - 1
    sides = edges[face]
    if perspective:  # before the camera 1 / depth is positive
        sides = np.concatenate([sides, sides.sum(1)[:, None]], 1)
    middle = (row + 0.5).astype(np.float32)
    for side in range(sides.shape[1]):
        run, rest = sides[:, side, 0], sides[:, side, 1] * middle + sides[:, side, 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            meets = -rest / run - 0.5
        low = np.where(run > 0, np.maximum(low, np.ceil(meets)), low)
        high = np.where(run < 0, np.minimum(high, np.floor(meets)), high)
        high = np.where((run == 0) & (rest < 0), -1.0, high)
    some = high >= low
    first = low[some].astype(np.int64)
    return np.stack([face[some], row[some], first, high[some].astype(np.int64) - first + 1], 1)


def _counted_out(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each number as often as its count says, and how often it was given before."""
    which = np.repeat(np.arange(len(counts)), counts)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)


def _pixels(
    spans: NDArray[np.int64], width: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], Floats, Floats]]:
    """Chunks of (face, pixel, x, y) that the spans contain."""
    order = np.cumsum(spans[:, 3])
    start = 0
    while start < len(spans):
        done = order[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(order, done + CHUNK)))
        part = spans[start:stop]
        which, step = _counted_out(part[:, 3])
        column, row = part[which, 2] + step, part[which, 1]
        yield part[which, 0], row * width + column, f32(column + 0.5), f32(row + 0.5)
        start = stop


def weights(found: Fragments, face: Whole, pixel: NDArray[np.int64], width: int) -> Floats:
    """How much each corner of its face counts at a pixel, perspective included (n × 3)."""
    row, column = np.divmod(pixel, width)
    x, y = f32(column + 0.5), f32(row + 0.5)
    edges = np.take(found.edges.reshape(-1, 9), face, 0)
    share = np.stack([_edge(edges[:, at : at + 3], x, y) for at in (0, 3, 6)], -1)
    total = share[:, 0] + share[:, 1] + share[:, 2]
    return f32(share / total[:, None])
