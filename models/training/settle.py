"""Scores that mean the same in every class: half a point is where a class is told best in validation.

One number per class is added before the sigmoid, so that a gateway's usual least score of 0.5 is the one with
the best balance of precision and recall (F1). Of what stands, the highest one that is hardly worse: a gateway
looks at it again and again, so what one look misses another finds, while a wrong one is wrong in every look.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch

from models.training.detections import right_and_wrong
from models.training.detector import Detector
from models.training.fit_detector import Labelled, findings
from models.training.levels import LEVELS, best_level

LEAST_THINGS = 10


def settle(
    model: Detector, held: Sequence[Labelled], standing: Collection[int] = ()
) -> list[float]:
    """Puts the shifts into the model's last bias; returns the levels that became 0.5. `standing`: classes of
    what stands."""
    found = findings(model, [one.picture for one in held])
    truth, unasked = [one.boxes for one in held], [one.unasked() for one in held]
    levels = []
    for kind in range(model.classes):
        rows = [
            right_and_wrong(found, truth, kind, least=level, unasked=unasked) for level in LEVELS
        ]
        level = best_level(rows, stands=kind in standing)
        levels.append(level if rows[0][2] >= LEAST_THINGS else 0.5)
    at = torch.tensor(levels)
    with torch.no_grad():
        model.score.bias -= (at / (1 - at)).log()
    return [round(level, 2) for level in levels]
