"""Two glances at one picture, the second at its mirror image, as one answer.

How sure a detector is of a thing hangs on how its grid of cells lies upon it. In the mirror it lies otherwise,
and the two errors have little in common: what both find is there, what one alone finds is half believed. That
costs the detector's time twice, so only full looks do it, which are rare and have to be right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from edge_agent.vision.boxes import Box, Found, iou
from edge_agent.vision.detector import Detects
from edge_agent.vision.frames import Image

SAME = 0.5  # overlap of the boxes of one thing


def glances(detector: Detects, image: Image, times: int) -> list[list[Found]]:
    """What each of `times` glances found, in parts of the picture as it is."""
    found = [detector.find(image)]
    if times > 1:
        seen = detector.find(np.asarray(cv2.flip(image, 1), np.uint8))
        found.append([replace(one, box=_mirrored(one.box)) for one in seen])
    return found


def agreed(found: Sequence[Sequence[Found]]) -> list[Found]:
    """Of two glances one answer: of what both found the mean of the scores and of the boxes, of what one found
    half its score. A single glance is its own answer."""
    first, *second = found
    return _merged(first, second[0]) if second else list(first)


def _merged(first: Sequence[Found], second: Sequence[Found]) -> list[Found]:
    """Pairs of one label, the nearest first, each once."""
    near = sorted(
        (-common, a, b)
        for a, one in enumerate(first)
        for b, other in enumerate(second)
        if one.label == other.label and (common := iou(one.box, other.box)) > SAME
    )
    pair, taken = dict[int, int](), set[int]()
    for _, a, b in near:
        if a not in pair and b not in taken:
            pair[a] = b
            taken.add(b)
    both = [_mean(one, second[pair[a]]) if a in pair else _half(one) for a, one in enumerate(first)]
    alone = [_half(one) for b, one in enumerate(second) if b not in taken]
    return sorted([*both, *alone], key=lambda one: -one.score)


def _mean(one: Found, other: Found) -> Found:
    x1, y1, x2, y2 = ((a + b) / 2 for a, b in zip(one.box, other.box, strict=True))
    return Found(one.label, (one.score + other.score) / 2, (x1, y1, x2, y2))


def _half(one: Found) -> Found:
    return replace(one, score=one.score / 2)


def _mirrored(box: Box) -> Box:
    return 1.0 - box[2], box[1], 1.0 - box[0], box[3]
