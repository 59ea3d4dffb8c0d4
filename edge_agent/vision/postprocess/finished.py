"""Detections that the model has already suppressed: one row each, [1, n, 6] or [1, n, 7].

Six columns: x1, y1, x2, y2, score, class (Ultralytics v10, 26 and `nms=True`); some write class before
score. Seven: the picture's number first, then x1, y1, x2, y2, class, score (YOLOv7 end to end).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge_agent.vision.postprocess.boxes import Asked, Candidates, Units, in_pixels, sound
from edge_agent.vision.postprocess.tensors import Floats, Output


@dataclass(frozen=True)
class FinishedHead:
    """Columns are numbers into a row."""

    output: int
    first: int = 0
    score: int = 4
    label: int = 5
    units: Units = "auto"

    def read(self, outputs: Sequence[Output], asked: Asked) -> Candidates:
        rows = outputs[self.output].shaped(2).real()
        rows = rows[rows[:, self.score] > 0]
        boxes = in_pixels(rows[:, self.first : self.first + 4], self.units, asked)
        classes = np.rint(np.nan_to_num(rows[:, self.label], nan=0, posinf=0, neginf=0))
        found = Candidates(boxes, rows[:, self.score], classes.astype(np.int64))
        found = sound(found.chosen(found.scores >= asked.min_score))
        return found.chosen(np.argsort(-found.scores, kind="stable"))


def columns(rows: Floats) -> tuple[int, int] | None:
    """Score and class of rows with six columns, told by their values; None when both would do."""
    used = rows[np.any(rows != 0, axis=1)]
    if not len(used):
        return None
    whole = [bool(np.all(used[:, column] == np.rint(used[:, column]))) for column in (4, 5)]
    if whole[1] and not whole[0]:
        return 4, 5
    return (5, 4) if whole[0] and not whole[1] else None
