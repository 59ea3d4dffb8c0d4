"""Boxes as arrays of n rows x1, y1, x2, y2: overlap, suppression, units, orders of their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge_agent.vision.postprocess.tensors import Floats

Units = Literal["auto", "unit", "pixels"]
MAX_UNIT = 2.0  # a box of 0..1 may lead a little out of the picture, one of pixels is larger
MAX_CANDIDATES = 1000
MAX_DETECTIONS = 300
NO_FAMILIES: Mapping[int, int] = MappingProxyType({})


class Candidates(NamedTuple):
    """Boxes in pixels of the model's input, scores 0..1, classes as the model counts them."""

    boxes: Floats
    scores: Floats
    classes: NDArray[np.int64]

    def chosen(self, which: NDArray[np.bool_ | np.int64]) -> Candidates:
        return Candidates(self.boxes[which], self.scores[which], self.classes[which])


class Asked(NamedTuple):
    """What a reading of outputs needs to know besides them."""

    width: int
    height: int
    min_score: float
    max_overlap: float


def no_candidates() -> Candidates:
    return Candidates(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64))


def corners(centred: Floats) -> Floats:
    """From centre x, centre y, width, height."""
    half = centred[:, 2:4] / 2
    return np.concatenate([centred[:, :2] - half, centred[:, :2] + half], axis=1)


def swapped(boxes: Floats) -> Floats:
    """From y1, x1, y2, x2."""
    return boxes[:, [1, 0, 3, 2]]


def units_of(boxes: Floats) -> Units:
    """Told by their size; "auto" when there is none to be told by."""
    finite = boxes[np.isfinite(boxes)]
    if not finite.size or not np.any(finite):
        return "auto"
    return "pixels" if finite.max() > MAX_UNIT else "unit"


def in_pixels(boxes: Floats, units: Units, asked: Asked) -> Floats:
    if units == "auto":
        units = units_of(boxes)
    if units == "pixels":
        return boxes
    side = np.array([asked.width, asked.height, asked.width, asked.height], np.float32)
    return boxes * side


def overlap(box: Floats, boxes: Floats) -> Floats:
    """Intersection over union of one box with each; 0 for boxes without an area."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    union = _area(box[np.newaxis]) + _area(boxes) - shared
    return np.where(union > 0, shared / np.where(union > 0, union, 1), 0).astype(np.float32)


def _area(boxes: Floats) -> Floats:
    sides = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None)
    areas: Floats = sides[:, 0] * sides[:, 1]
    return areas


def suppressed(
    found: Candidates, max_overlap: float, families: Mapping[int, int] = NO_FAMILIES
) -> Candidates:
    """Best first; of boxes of one class, or of classes of one family, that overlap more than this, the best.
    Equal scores keep their order, so the answer does not depend on how a sort breaks ties."""
    kinds = np.array([families.get(one, one) for one in found.classes.tolist()], np.int64)
    order = np.argsort(-found.scores, kind="stable")[:MAX_CANDIDATES]
    kept: list[int] = []
    while order.size and len(kept) < MAX_DETECTIONS:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        same = kinds[rest] == kinds[best]
        near = overlap(found.boxes[best], found.boxes[rest]) > max_overlap
        order = rest[~(same & near)]
    return found.chosen(np.array(kept, np.int64))


def sound(found: Candidates) -> Candidates:
    """Without what is no box or no score: NaN, infinite, no width or height."""
    whole = np.isfinite(found.boxes).all(axis=1) & np.isfinite(found.scores)
    sides = found.boxes[:, 2:] > found.boxes[:, :2]
    return found.chosen(whole & sides.all(axis=1))
