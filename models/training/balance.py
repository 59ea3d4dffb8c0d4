"""Offsets that keep a common class from drowning the rare ones where only the best class counts.

A detector trained on five times as many bottles as cups says "bottle" of most cups. One number per class,
added to its scores before the sigmoid, is fitted on the training pictures: the class said of the things
that were found shall be right as often in every class.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.training.assignment import overlaps
from models.training.detector import Detector, boxes_of, cells
from models.training.fit_detector import Labelled
from models.training.pictures import normalised

FOUND = 0.5  # overlap of a cell's box with the thing
STEPS, RATE = 400, 0.05


@torch.no_grad()
def said_of_things(model: Detector, labelled: Sequence[Labelled]) -> tuple[Tensor, Tensor]:
    """Raw class scores `[n, classes]` of the surest cell upon each found thing, and its class."""
    rows, kinds = [], []
    for one in labelled:
        raw = model(normalised(one.picture[None]))[0]
        placed = boxes_of(raw, *cells((one.picture.shape[0], one.picture.shape[1])))
        overlap = overlaps(torch.from_numpy(one.boxes.corners), placed)
        sure = raw[:, 4:].max(1).values
        for thing, kind in enumerate(one.boxes.kinds):
            upon = (overlap[thing] > FOUND).nonzero()[:, 0]
            if len(upon):
                rows.append(raw[upon[sure[upon].argmax()], 4:])
                kinds.append(int(kind))
    return torch.stack(rows), torch.tensor(kinds)


def offsets(scores: Tensor, kinds: Tensor) -> Tensor:
    """One per class; the mean score of the things stays what it was."""
    classes = scores.shape[1]
    counts = torch.bincount(kinds, minlength=classes).clamp(min=1)
    weight = 1.0 / counts / classes
    shift = torch.zeros(classes, requires_grad=True)
    optimiser = torch.optim.Adam([shift], lr=RATE)
    for _ in range(STEPS):
        cost = functional.cross_entropy(3.0 * (scores + shift), kinds, weight=weight)
        optimiser.zero_grad()
        cost.backward()
        optimiser.step()
    found = shift.detach()
    moved = (scores + found).max(1).values.mean() - scores.max(1).values.mean()
    return found - moved


def balance(model: Detector, labelled: Sequence[Labelled]) -> list[float]:
    """Put the offsets into the model's last bias; returns them."""
    shift = offsets(*said_of_things(model, labelled))
    with torch.no_grad():
        model.score.bias += shift
    return [round(float(v), 3) for v in np.asarray(shift)]
