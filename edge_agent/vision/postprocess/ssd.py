"""SSD: four finished outputs, or the raw ones (1917 places) with their anchors outside the file.

Finished: TFLite_Detection_PostProcess (tensorflow/lite/kernels/detection_postprocess.cc): boxes as
y1, x1, y2, x2 of 0..1, classes from 0 without the background, scores, count.
Raw: box encodings ty, tx, th, tw with the scales 10, 10, 5, 5 and scores with the background first
(object_detection/box_coders/faster_rcnn_box_coder.py, anchor_generators/multiple_grid_anchor_generator.py
of tensorflow/models, as ssd_mobilenet_v1_coco.config sets them: 6 layers, scales 0.2..0.95, aspect
ratios 1, 2, 0.5, 3, 0.3333, fewer boxes in the lowest layer).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, sqrt

import numpy as np

from edge_agent.vision.postprocess.boxes import (
    Asked,
    Candidates,
    Units,
    in_pixels,
    no_candidates,
    sound,
    suppressed,
    swapped,
)
from edge_agent.vision.postprocess.tensors import Floats, Output, sigmoid

CODER_SCALES = np.array([10, 10, 5, 5], np.float32)
MAX_LOG = 10.0  # exp of more is no box in any picture
LAYERS, MIN_SCALE, MAX_SCALE = 6, 0.2, 0.95
ASPECTS = (1.0, 2.0, 0.5, 3.0, 0.3333)
LOWEST_STRIDE = 16


@dataclass(frozen=True)
class SsdHead:
    """Which output is which. `count` None = there is none: every row with a score counts."""

    boxes: int
    classes: int
    scores: int
    count: int | None
    units: Units = "auto"

    def read(self, outputs: Sequence[Output], asked: Asked) -> Candidates:
        boxes = outputs[self.boxes].shaped(2).real()
        scores = np.atleast_1d(outputs[self.scores].flat().real())
        classes = np.atleast_1d(outputs[self.classes].flat().real())
        rows = min(len(boxes), len(scores), len(classes), self._rows(outputs))
        found = Candidates(
            in_pixels(swapped(boxes[:rows]), self.units, asked),
            scores[:rows],
            np.rint(np.nan_to_num(classes[:rows], nan=0, posinf=0, neginf=0)).astype(np.int64),
        )
        found = sound(found.chosen(found.scores >= asked.min_score))
        return found.chosen(np.argsort(-found.scores, kind="stable"))

    def _rows(self, outputs: Sequence[Output]) -> int:
        if self.count is None:
            return 1 << 30
        count = float(outputs[self.count].real().ravel()[0])
        return max(0, round(count)) if np.isfinite(count) else 0


@dataclass(frozen=True)
class RawSsdHead:
    """`anchors`: one row a place: centre y, centre x, height, width, of 0..1."""

    boxes: int
    scores: int
    logits: bool
    anchors: Floats = field(repr=False)

    def read(self, outputs: Sequence[Output], asked: Asked) -> Candidates:
        scored = outputs[self.scores].shaped(2)
        least = float(np.log(asked.min_score / (1 - asked.min_score)))
        limit = scored.raw(least if self.logits else asked.min_score)
        kept = np.flatnonzero(scored.values[:, 1:].max(axis=1) >= limit)
        if not kept.size:
            return no_candidates()
        real = scored.real(scored.values[kept, 1:])  # column 0 is the background
        classes = real.argmax(axis=1)
        best = real[np.arange(len(kept)), classes]
        coded = outputs[self.boxes].shaped(2)
        boxes = swapped(decoded(coded.real(coded.values[kept]), self.anchors[kept]))
        found = Candidates(
            in_pixels(boxes, "unit", asked),
            sigmoid(best) if self.logits else best,
            classes.astype(np.int64),
        )
        return suppressed(sound(found), asked.max_overlap)


def decoded(coded: Floats, anchors: Floats) -> Floats:
    """Boxes y1, x1, y2, x2 of 0..1."""
    moves = coded[:, :4] / CODER_SCALES
    centres = moves[:, :2] * anchors[:, 2:] + anchors[:, :2]
    halves = np.exp(np.clip(moves[:, 2:], None, MAX_LOG)) * anchors[:, 2:] / 2
    return np.concatenate([centres - halves, centres + halves], axis=1).astype(np.float32)


def anchors_for(height: int, width: int) -> Floats:
    """The anchors of SSD MobileNet for this input: 1917 for 300 x 300, 2034 for 320 x 320."""
    step = (MAX_SCALE - MIN_SCALE) / (LAYERS - 1)
    scales = [MIN_SCALE + step * layer for layer in range(LAYERS)] + [1.0]
    layers = []
    for layer in range(LAYERS):
        stride = LOWEST_STRIDE << layer
        shapes = _shapes(layer, scales)
        layers.append(_grid(ceil(height / stride), ceil(width / stride), shapes))
    return np.concatenate(layers)


def _shapes(layer: int, scales: list[float]) -> list[tuple[float, float]]:
    """Height and width of each box of a layer."""
    if layer == 0:
        pairs = [(0.1, 1.0), (scales[0], 2.0), (scales[0], 0.5)]
    else:
        pairs = [(scales[layer], aspect) for aspect in ASPECTS]
        pairs.append((sqrt(scales[layer] * scales[layer + 1]), 1.0))
    return [(scale / sqrt(aspect), scale * sqrt(aspect)) for scale, aspect in pairs]


def _grid(rows: int, columns: int, shapes: list[tuple[float, float]]) -> Floats:
    y = (np.arange(rows, dtype=np.float32) + 0.5) / rows
    x = (np.arange(columns, dtype=np.float32) + 0.5) / columns
    grid = np.empty((rows, columns, len(shapes), 4), np.float32)
    grid[..., 0] = y[:, np.newaxis, np.newaxis]
    grid[..., 1] = x[np.newaxis, :, np.newaxis]
    grid[..., 2:] = np.array(shapes, np.float32)
    return grid.reshape(-1, 4)
