"""Boxes x1, y1, x2, y2 in parts (0..1) of the upright picture, and what a detector says is in them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

Box = tuple[float, float, float, float]
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Found:
    """One detection."""

    label: str
    score: float
    box: Box


def area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def overlap(a: Box, b: Box) -> float:
    """The common area."""
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    return wide * high if wide > 0 and high > 0 else 0.0


def iou(a: Box, b: Box) -> float:
    common = overlap(a, b)
    whole = area(a) + area(b) - common
    return common / whole if whole > 0 else 0.0


def covered(box: Box, by: Box) -> float:
    """The part of `box` that lies within `by`."""
    own = area(box)
    return overlap(box, by) / own if own > 0 else 0.0


def centre(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def apart(a: Box, b: Box) -> float:
    """The distance of the centres, in mean sizes of the two boxes."""
    (ax, ay), (bx, by) = centre(a), centre(b)
    size = (hypot(a[2] - a[0], a[3] - a[1]) + hypot(b[2] - b[0], b[3] - b[1])) / 2
    return hypot(ax - bx, ay - by) / size if size > 0 else float("inf")


def shifted(box: Box, across: float, down: float) -> Box:
    return box[0] + across, box[1] + down, box[2] + across, box[3] + down


def within(box: Box) -> Box:
    """Cut at the picture's edges."""
    x1, y1, x2, y2 = (min(1.0, max(0.0, part)) for part in box)
    return x1, y1, x2, y2


def grown(box: Box, by: float) -> Box:
    """By this part of its size on each side, within the picture."""
    wide, high = (box[2] - box[0]) * by, (box[3] - box[1]) * by
    return within((box[0] - wide, box[1] - high, box[2] + wide, box[3] + high))


def around(boxes: tuple[Box, ...]) -> Box:
    """The smallest box that holds all of them."""
    return (
        min(one[0] for one in boxes),
        min(one[1] for one in boxes),
        max(one[2] for one in boxes),
        max(one[3] for one in boxes),
    )
