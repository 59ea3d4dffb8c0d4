"""What a detector found against what was there: suppression of doubles and average precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
EXCUSED = 0.3  # overlap with a doubtful thing


@dataclass(frozen=True)
class Boxes:
    """Corner boxes `[n, 4]` in pixels, their classes and (of findings) their scores."""

    corners: Floats
    kinds: NDArray[np.int64]
    scores: Floats


def found_in(
    answer: Floats,
    size: tuple[int, int],
    *,
    least: float = 0.05,
    overlap: float = 0.5,
    most: int = 100,
) -> Boxes:
    """Findings from an answer `[4 + classes, cells]` in shares of the sides, doubles suppressed.

    `size`: height and width in pixels.
    """
    sides = np.array([size[1], size[0]], np.float32)
    cell, kind = np.nonzero(least < answer[4:].T)
    scores = answer[4:].T[cell, kind]
    order = np.argsort(-scores)[:1000]
    cell, kind, scores = cell[order], kind[order], scores[order]
    middle, span = answer[:2].T[cell] * sides, answer[2:4].T[cell] * sides
    corners = np.concatenate([middle - span / 2, middle + span / 2], 1).astype(np.float32)
    shifted = np.concatenate([corners[:, :2] + kind[:, None] * 4.0 * sides.max(), span], 1)
    kept = cv2.dnn.NMSBoxes(shifted.tolist(), scores.tolist(), least, overlap) if len(cell) else []
    chosen = np.asarray(kept, np.int64).reshape(-1)[:most]
    return Boxes(corners[chosen], kind[chosen].astype(np.int64), scores[chosen])


def overlap_matrix(a: Floats, b: Floats) -> Floats:
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(2)
    areas = (a[:, 2:] - a[:, :2]).prod(1)[:, None] + (b[:, 2:] - b[:, :2]).prod(1)[None]
    return np.asarray(shared / np.maximum(areas - shared, 1e-6), np.float32)


@dataclass(frozen=True)
class Unasked:
    """What of a picture is neither right nor wrong: `doubtful` things, and classes that nobody labelled there
    (`asked` False)."""

    doubtful: Boxes
    asked: NDArray[np.bool_]


def _hits(
    found: Boxes, truth: Boxes, kind: int, iou: float, unasked: Unasked | None = None
) -> list[tuple[float, bool]]:
    """Score and rightness of one picture's findings of a class; each truth is taken once."""
    if unasked is not None and not unasked.asked[kind]:
        return []
    mine = np.nonzero(found.kinds == kind)[0]
    there = truth.corners[truth.kinds == kind]
    overlap = overlap_matrix(found.corners[mine], there)
    excused = np.zeros(len(mine), bool)
    if unasked is not None:
        vague = unasked.doubtful.corners[unasked.doubtful.kinds == kind]
        excused = (overlap_matrix(found.corners[mine], vague) > EXCUSED).any(1)
    free = np.ones(len(there), bool)
    rows = []
    for row in np.argsort(-found.scores[mine]):
        candidates = np.where(free, overlap[row], -1.0)
        best = int(candidates.argmax()) if len(there) else -1
        right = best >= 0 and candidates[best] >= iou
        if right:
            free[best] = False
        if right or not excused[row]:
            rows.append((float(found.scores[mine[row]]), bool(right)))
    return rows


def average_precision(
    found: Sequence[Boxes],
    truth: Sequence[Boxes],
    kind: int,
    *,
    iou: float = 0.5,
    unasked: Sequence[Unasked | None] = (),
) -> tuple[float, int]:
    """Area under the precision envelope (all points, as PASCAL VOC 2010) and the truth's count."""
    count = int(sum((t.kinds == kind).sum() for t in truth))
    vague = unasked or [None] * len(truth)
    rows = [
        r for f, t, u in zip(found, truth, vague, strict=True) for r in _hits(f, t, kind, iou, u)
    ]
    if not rows or not count:
        return 0.0, count
    rows.sort(key=lambda r: -r[0])
    right = np.cumsum([r[1] for r in rows])
    precision = right / np.arange(1, len(rows) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    recall = np.concatenate([[0.0], right / count])
    return float((np.diff(recall) * envelope).sum()), count


def mean_average_precision(
    found: Sequence[Boxes],
    truth: Sequence[Boxes],
    classes: int,
    *,
    iou: float = 0.5,
    unasked: Sequence[Unasked | None] = (),
) -> tuple[float, list[tuple[float, int]]]:
    """The mean over the classes that occur, and each class's figure with its count."""
    each = [
        average_precision(found, truth, kind, iou=iou, unasked=unasked) for kind in range(classes)
    ]
    occurring = [ap for ap, count in each if count]
    return float(np.mean(occurring)) if occurring else 0.0, each


def right_and_wrong(
    found: Sequence[Boxes],
    truth: Sequence[Boxes],
    kind: int,
    *,
    least: float,
    unasked: Sequence[Unasked | None] = (),
) -> tuple[int, int, int]:
    """At a least score: right findings, wrong findings, things there."""
    vague = unasked or [None] * len(truth)
    rows = [
        r
        for f, t, u in zip(found, truth, vague, strict=True)
        for r in _hits(f, t, kind, 0.5, u)
        if r[0] >= least
    ]
    right = sum(r[1] for r in rows)
    return right, len(rows) - right, int(sum((t.kinds == kind).sum() for t in truth))
