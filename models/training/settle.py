"""Scores that mean the same in every class: half a point is where a class is told best in validation.

One number per class is added before the sigmoid, so that a gateway's usual least score of 0.5 is the one with
the best balance of precision and recall (F1). Of what stands, the highest one that is hardly worse: a gateway
looks at it again and again, so what one look misses another finds, while a wrong one is wrong in every look. It
glances twice then, so what stands is told so here too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import torch

from models.training.detections import Boxes, right_and_wrong
from models.training.detector import Detector
from models.training.fit_detector import Labelled, findings
from models.training.levels import LEVELS, best_level
from models.training.pictures import Picture
from models.training.twice import together, turned

LEAST_THINGS = 10
NONE_GIVEN: Mapping[int, float] = MappingProxyType({})


def settle(
    model: Detector,
    held: Sequence[Labelled],
    standing: Collection[int] = (),
    given: Mapping[int, float] = NONE_GIVEN,
) -> list[float]:
    """Puts the shifts into the model's last bias; returns the levels that became 0.5. `standing`: classes of
    what stands. `given`: levels that something else than these pictures has shown to be better."""
    pictures = [one.picture for one in held]
    once, twice = findings(model, pictures), found_twice(model, pictures) if standing else []
    truth, unasked = [one.boxes for one in held], [one.unasked() for one in held]
    levels = []
    for kind in range(model.classes):
        found = twice if kind in standing else once
        rows = [
            right_and_wrong(found, truth, kind, least=level, unasked=unasked) for level in LEVELS
        ]
        level = best_level(rows, stands=kind in standing)
        levels.append(given.get(kind, level if rows[0][2] >= LEAST_THINGS else 0.5))
    at = torch.tensor(levels)
    with torch.no_grad():
        model.score.bias -= (at / (1 - at)).log()
    return [round(level, 2) for level in levels]


def found_twice(model: Detector, pictures: Sequence[Picture]) -> list[Boxes]:
    """Of each picture and its mirror image; boxes in pixels of the picture."""
    mirrored = [np.ascontiguousarray(one[:, ::-1]) for one in pictures]
    glances = zip(pictures, findings(model, pictures), findings(model, mirrored), strict=True)
    return [together(first, turned(second, one.shape[1])) for one, first, second in glances]
