"""What of a small grey picture is compared with another of the same view, and how well they agree. Pure.

Edges are taken across and down apart: where a camera pans along a street, cornices and kerbs still lie where
they lay, and only what stands upright has moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.vision.frames import Image

TILES = (6, 8)  # rows, columns
EDGE_TILES = (15, 20)  # pixels of a tile
COARSE = (9, 16)
LEAST_TILES, SURE_TILES = 4, 8
LEAST_SEEN = 0.4  # of a tile that says something
TILE_MATCH = 0.35
TEXTURE = 6.0  # mean gradient of a tile that says something; in a dim picture its own mean
NOISE = 0.8  # mean gradient that a good sensor shows of nothing

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tiles:
    """Edges of one direction. `rows`: one each tile, without its mean and of length 1; `means` of the tiles;
    `mean` of the whole picture."""

    rows: Floats
    means: Floats
    mean: float

    @property
    def telling(self) -> npt.NDArray[np.bool_]:
        return self.means > max(NOISE, min(TEXTURE, self.mean))


@dataclass(frozen=True, slots=True)
class Features:
    """`tiles`: of edges across and of edges down."""

    shape: tuple[int, ...]
    edges: Floats
    edge_mean: float
    contrast: float
    sharpness: float
    coarse: Floats
    tiles: tuple[Tiles, ...]


def features(grey: Image, seen: Image | None = None) -> Features:
    """`seen`: what does not lie behind a mask, as `Shape.seen` has it: the border of a mask is an edge that is
    always sharp and always in place."""
    soft: Any = cv2.GaussianBlur(grey, (3, 3), 0)
    maps = [_shown(cv2.Sobel(soft, cv2.CV_32F, x, 1 - x, scale=0.25), seen) for x in (1, 0)]
    edges = _floats(cv2.magnitude(*maps))
    if seen is not None:
        grey = np.where(seen > 0, grey, np.uint8(cv2.mean(grey, seen)[0]))
    coarse: Any = cv2.resize(grey, COARSE[::-1], interpolation=cv2.INTER_AREA)
    contrast = max(4.0, float(cv2.meanStdDev(grey, mask=seen)[1][0][0]))
    return Features(
        shape=grey.shape,
        edges=edges,
        edge_mean=float(cv2.mean(edges, seen)[0]),
        contrast=contrast,
        sharpness=_strongest(edges, seen) / contrast,
        coarse=_unit(_row(coarse), _row(_counted(seen, COARSE, 128))),
        tiles=tuple(_tiles(np.abs(one), seen) for one in maps),
    )


def in_place(now: Features, then: Features) -> float | None:
    """Of the tiles with edges on both sides, those whose edges lie where they lay: across or down, whichever
    is fewer, or of both together where there are few. None: too few to tell."""
    found = [_agreeing(*pair) for pair in zip(now.tiles, then.tiles, strict=True)]
    sure = [right / number for right, number in found if number >= SURE_TILES]
    if sure:
        return min(sure)
    right, number = (sum(column) for column in zip(*found, strict=True))
    return right / number if number >= LEAST_TILES else None


@dataclass(frozen=True, slots=True)
class Shift:
    """By how much all of the picture has moved, in parts of it; `sure`: the height of the peak (0 to 1)."""

    across: float
    down: float
    sure: float

    @property
    def none(self) -> bool:
        """Surely not moved."""
        return self.sure >= 0.12 and max(abs(self.across), abs(self.down)) < 0.01

    @property
    def plain(self) -> bool:
        return self.sure >= 0.08 and max(abs(self.across), abs(self.down)) >= 0.02


def shift(now: Features, then: Features) -> Shift:
    """By phase correlation of the edges."""
    high, wide = now.edges.shape
    window = cv2.createHanningWindow((wide, high), cv2.CV_32F)
    (across, down), sure = cv2.phaseCorrelate(then.edges, now.edges, window)
    return Shift(across / wide, down / high, sure)


def alike(now: Features, then: Features) -> float:
    """How much the coarse shapes have in common, -1 to 1."""
    return float((now.coarse * then.coarse).sum())


def some(values: Any, seen: Image | None, step: int) -> Any:
    """Every so many-th of what is seen."""
    part = values[::step, ::step]
    return part.ravel() if seen is None else part[seen[::step, ::step] > 0]


def _agreeing(now: Tiles, then: Tiles) -> tuple[int, int]:
    """How many tiles agree, of how many that tell something."""
    telling = now.telling & then.telling
    matches = (now.rows[telling] * then.rows[telling]).sum(axis=1)
    return int((matches > TILE_MATCH).sum()), int(telling.sum())


def _tiles(edges: Floats, seen: Image | None) -> Tiles:
    size = (TILES[0] * EDGE_TILES[0], TILES[1] * EDGE_TILES[1])
    small = cv2.resize(edges, size[::-1], interpolation=cv2.INTER_AREA)
    soft: Any = cv2.blur(small, (3, 3))  # a mast that sways by a pixel has not turned
    counted = cv2.erode(_counted(seen, size, 255), np.ones((3, 3), np.uint8))
    rows, shares = _tiled(soft), _tiled(_floats(counted))
    means = np.where(shares.mean(axis=1) < LEAST_SEEN, 0.0, _means(rows, shares)[:, 0])
    return Tiles(_unit(rows, shares), means, float(cv2.mean(edges, seen)[0]))


def _shown(edges: Any, seen: Image | None) -> Any:
    return edges if seen is None else cv2.bitwise_and(edges, edges, mask=seen)


def _counted(seen: Image | None, size: tuple[int, int], least: int) -> Floats:
    """1 for pixels of the smaller picture of which enough is seen, else 0."""
    if seen is None:
        return np.ones(size, np.float32)
    small: Any = cv2.resize(seen, size[::-1], interpolation=cv2.INTER_AREA)
    return _floats((small >= least).astype(np.float32))


def _tiled(picture: Floats) -> Floats:
    """One row each tile."""
    (rows, columns), (high, wide) = TILES, EDGE_TILES
    return picture.reshape(rows, high, columns, wide).swapaxes(1, 2).reshape(rows * columns, -1)


def _row(picture: Any) -> Floats:
    return _floats(picture.astype(np.float32).reshape(1, -1))


def _means(rows: Floats, shares: Floats) -> Floats:
    """Of what counts in each row; a column."""
    counted = np.maximum(1.0, shares.sum(axis=1, keepdims=True))
    return _floats((rows * shares).sum(axis=1, keepdims=True) / counted)


def _unit(rows: Floats, shares: Floats) -> Floats:
    """Each row without its mean, of length 1, 0 where nothing counts; an even row is all zeros."""
    centred = (rows - _means(rows, shares)) * shares
    lengths = np.sqrt((centred * centred).sum(axis=1, keepdims=True))
    return _floats(np.divide(centred, lengths, out=np.zeros_like(centred), where=lengths > 1e-6))


def _strongest(edges: Floats, seen: Image | None) -> float:
    """The 98th percentile: noise has no strong edges, and what is out of focus has none either."""
    values = some(edges, seen, 2)
    place = int(values.size * 0.98)
    return float(np.partition(values, place)[place])


def _floats(array: Any) -> Floats:
    """What the stubs of OpenCV and NumPy leave open."""
    return array  # type: ignore[no-any-return]
