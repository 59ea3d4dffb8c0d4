"""How right answers are: counts, intervals, average precision. Pure; nothing is drawn or read here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from edge_agent.vision.findings import Box, Detection
from edge_agent.vision.postprocess.boxes import overlap

Z_95 = 1.959964
MIN_OVERLAP = 0.5


def wilson(right: int, number: int, z: float = Z_95) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); 0..1 when there is nothing to be counted."""
    if not number:
        return 0.0, 1.0
    share, square = right / number, z * z
    centre = share + square / (2 * number)
    spread = z * sqrt(share * (1 - share) / number + square / (4 * number * number))
    scale = 1 + square / number
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


@dataclass(frozen=True)
class Share:
    """`right` of `number`, with its 95 % interval."""

    right: int
    number: int

    def written(self) -> dict[str, object]:
        low, high = wilson(self.right, self.number)
        share = round(self.right / self.number, 4) if self.number else None
        return {"share": share, "n": self.number, "interval95": [round(low, 4), round(high, 4)]}


def confusion(pairs: Iterable[tuple[str, str]], labels: Sequence[str]) -> NDArray[np.int64]:
    """Rows: what it is, columns: what was said. Labels outside `labels` are not counted."""
    place = {label: number for number, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels)), np.int64)
    for truth, said in pairs:
        if truth in place and said in place:
            counts[place[truth], place[said]] += 1
    return counts


@dataclass(frozen=True)
class LabelledBox:
    label: str
    box: Box


@dataclass(frozen=True)
class ClassResult:
    """`precision`, `recall`: at the score that detections are asked for; `ap` over all scores."""

    label: str
    boxes: int
    ap: float | None
    precision: Share
    recall: Share


def average_precisions(
    found: Sequence[Sequence[Detection]],
    truth: Sequence[Sequence[LabelledBox]],
    labels: Sequence[str],
    min_score: float,
) -> list[ClassResult]:
    """One result a class; `found` and `truth` are by picture. Average precision at 0.5 overlap with
    every point of the curve (PASCAL VOC 2010 and later): a box is found once, best score first."""
    return [_class_result(label, found, truth, min_score) for label in labels]


def mean_ap(results: Iterable[ClassResult]) -> float | None:
    """Over the classes that have boxes at all."""
    known = [one.ap for one in results if one.ap is not None]
    return sum(known) / len(known) if known else None


def _class_result(
    label: str,
    found: Sequence[Sequence[Detection]],
    truth: Sequence[Sequence[LabelledBox]],
    min_score: float,
) -> ClassResult:
    there: Mapping[int, list[Box]] = {
        number: [one.box for one in boxes if one.label == label]
        for number, boxes in enumerate(truth)
    }
    said = [
        (one.score, number, one.box)
        for number, items in enumerate(found)
        for one in items
        if one.label == label
    ]
    said.sort(key=lambda one: -one[0])
    hits = _hits(said, there)
    boxes = sum(len(one) for one in there.values())
    asked = [hit for hit, one in zip(hits, said, strict=True) if one[0] >= min_score]
    right = sum(asked)
    ap = _area(np.array(hits, bool), boxes) if boxes else None
    return ClassResult(label, boxes, ap, Share(right, len(asked)), Share(right, boxes))


def _hits(said: Sequence[tuple[float, int, Box]], there: Mapping[int, list[Box]]) -> list[bool]:
    taken: set[tuple[int, int]] = set()
    hits = []
    for _, picture, box in said:
        boxes = there[picture]
        overlaps = _overlaps(box, boxes)
        best = int(overlaps.argmax()) if len(boxes) else -1
        hit = best >= 0 and overlaps[best] >= MIN_OVERLAP and (picture, best) not in taken
        if hit:
            taken.add((picture, best))
        hits.append(bool(hit))
    return hits


def _overlaps(box: Box, boxes: Sequence[Box]) -> NDArray[np.float32]:
    rows = np.array(boxes, np.float32).reshape(-1, 4)
    return overlap(np.array(box, np.float32), rows)


def _area(hits: NDArray[np.bool_], boxes: int) -> float:
    """Under the precision-recall curve, each precision raised to the best at any higher recall."""
    right = np.cumsum(hits)
    recall = np.concatenate([[0.0], right / boxes])
    precision = right / np.arange(1, len(hits) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall) * best))
