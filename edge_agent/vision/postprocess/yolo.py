"""YOLO grids: one row (v5: x, y, w, h, objectness, classes) or one column (v8, v11: x, y, w, h,
classes) a place in the picture. Also split in two tensors, boxes and classes.

Layouts as written by Ultralytics exports (docs.ultralytics.com, "TFLite"): v5 [1, n, 5 + c], v8 and
11 [1, 4 + c, n], boxes as centre and size, 0..1 of the letterboxed input or its pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge_agent.vision.postprocess.boxes import (
    Asked,
    Candidates,
    Units,
    corners,
    in_pixels,
    no_candidates,
    sound,
    suppressed,
    units_of,
)
from edge_agent.vision.postprocess.tensors import Array, Floats, Output, sigmoid


@dataclass(frozen=True)
class YoloHead:
    """`scores` is another output than `boxes` where the two were exported apart.

    channels_first  a place is a column
    objectness      column 4 multiplies the classes
    logits          scores are to be put through a sigmoid
    """

    boxes: int
    scores: int
    channels_first: bool
    objectness: bool
    logits: bool = False
    units: Units = "auto"

    def read(self, outputs: Sequence[Output], asked: Asked) -> Candidates:
        places, scored = self._places(outputs[self.boxes]), self._places(outputs[self.scores])
        first = 0 if self.boxes != self.scores else 4
        kept = self._likely(scored, first, asked.min_score)
        if not kept.size:
            return no_candidates()
        rows = scored.values[kept]
        scores = self._probability(scored, rows[:, first + self.objectness :])
        classes = scores.argmax(axis=1)
        best = scores[np.arange(len(kept)), classes]
        if self.objectness:
            best = best * self._probability(scored, rows[:, first])
        units = units_of(places.real(places.values[:, :2])) if self.units == "auto" else self.units
        boxes = in_pixels(corners(places.real(places.values[kept, :4])), units, asked)
        found = Candidates(boxes, best, classes.astype(np.int64))
        return suppressed(sound(found.chosen(best >= asked.min_score)), asked.max_overlap)

    def _places(self, output: Output) -> Output:
        """One row a place. A transposed view: nothing is copied."""
        flat = output.shaped(2)
        return flat._replace(values=flat.values.T) if self.channels_first else flat

    def _likely(self, scored: Output, first: int, min_score: float) -> Array:
        """Which places may reach the score. The greatest is taken before anything is made real: that
        is the whole cost of a grid of thousands of places of which a handful are kept."""
        if self.objectness:
            greatest = scored.values[:, first]
        elif self.channels_first:
            greatest = scored.values.T[first:].max(axis=0)
        else:
            greatest = scored.values[:, first:].max(axis=1)
        least = float(np.log(min_score / (1 - min_score))) if self.logits else min_score
        return np.flatnonzero(greatest >= scored.raw(least))

    def _probability(self, scored: Output, part: Array) -> Floats:
        real = scored.real(part)
        return sigmoid(real) if self.logits else real
