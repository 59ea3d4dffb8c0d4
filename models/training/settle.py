"""Scores that mean the same in every class: half a point is where a class is told best in validation.

One number per class is added before the sigmoid, so that a gateway's usual least score of 0.5 is the one with
the best balance of precision and recall (F1).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from models.training.detections import right_and_wrong
from models.training.detector import Detector
from models.training.fit_detector import Labelled, findings

LEVELS = tuple(float(one) for one in np.arange(0.3, 0.86, 0.05))
LEAST_THINGS = 10


def best_level(right_wrong_there: Sequence[tuple[int, int, int]]) -> float:
    """Of LEVELS the one with the best F1; the middle one of equals."""
    f1 = np.array(
        [2 * right / max(right + wrong + there, 1) for right, wrong, there in right_wrong_there]
    )
    best = np.flatnonzero(f1 >= f1.max() - 1e-9)
    return LEVELS[int(best[len(best) // 2])]


def settle(model: Detector, held: Sequence[Labelled]) -> list[float]:
    """Puts the shifts into the model's last bias; returns the levels that became 0.5."""
    found = findings(model, [one.picture for one in held])
    truth, unasked = [one.boxes for one in held], [one.unasked() for one in held]
    levels = []
    for kind in range(model.classes):
        rows = [
            right_and_wrong(found, truth, kind, least=level, unasked=unasked) for level in LEVELS
        ]
        levels.append(best_level(rows) if rows[0][2] >= LEAST_THINGS else 0.5)
    at = torch.tensor(levels)
    with torch.no_grad():
        model.score.bias -= (at / (1 - at)).log()
    return [round(level, 2) for level in levels]
