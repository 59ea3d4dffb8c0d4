"""Which cells learn which box, and the loss. One picture at a time; no gradient in the choice.

After "simOTA" (Ge et al., "YOLOX: Exceeding YOLO Series in 2021", section 2.1): a box takes the cells
near its centre that already predict it best, as many as their overlaps sum up to. Scores learn the
overlap itself (Zhang et al., "VarifocalNet", 2021): what is well placed is scored high.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from models.training.detector import boxes_of

REACH = 2.0  # strides around the centre in which a cell may be chosen
MOST_CELLS = 10
OVERLAP_WEIGHT, FAR = 3.0, 1e4
LEAST_TARGET, PLACE_WEIGHT = 0.2, 4.0  # few rounds: a chosen cell learns its class at once
Grid = tuple[Tensor, Tensor]  # the cells' centres and strides, as `cells` gives them


def overlaps(a: Tensor, b: Tensor) -> Tensor:
    """IoU `[len(a), len(b)]` of corner boxes."""
    low = torch.maximum(a[:, None, :2], b[None, :, :2])
    high = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = (high - low).clamp(min=0).prod(2)
    area_a, area_b = ((x[:, 2:] - x[:, :2]).clamp(min=0).prod(1) for x in (a, b))
    return shared / (area_a[:, None] + area_b[None] - shared).clamp(min=1e-6)


def generalised_overlap(a: Tensor, b: Tensor) -> Tensor:
    """GIoU of paired corner boxes (Rezatofighi et al., 2019)."""
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    shared = (high - low).clamp(min=0).prod(1)
    union = (a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - shared
    hull = torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])
    area = hull.prod(1).clamp(min=1e-6)
    return shared / union.clamp(min=1e-6) - (area - union) / area


@torch.no_grad()
def choose(
    predicted: Tensor, scores: Tensor, grid: Grid, boxes: Tensor, kinds: Tensor
) -> tuple[Tensor, Tensor]:
    """Indices of the chosen cells and of the box each of them learns."""
    centres, strides = grid
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    away = (centres[None] - middle[:, None]).abs().amax(2) / strides.T
    near = away < REACH
    overlap = overlaps(boxes, predicted) * near
    wrong = -functional.logsigmoid(scores[:, kinds].T)
    cost = wrong + OVERLAP_WEIGHT * -(overlap + 1e-6).log() + away * 0.3 + FAR * ~near
    best = overlap.topk(min(MOST_CELLS, overlap.shape[1]), dim=1).values.sum(1).int().clamp(min=1)
    taken = torch.zeros_like(near)
    for i, count in enumerate(best.tolist()):
        taken[i, cost[i].topk(count, largest=False).indices] = True
    taken &= near
    disputed = taken.sum(0) > 1
    cheapest = cost[:, disputed].argmin(0)
    taken[:, disputed] = False
    taken[cheapest, disputed.nonzero()[:, 0]] = True
    owner, cell = taken.nonzero(as_tuple=True)
    return cell, owner


@dataclass(frozen=True)
class Truth:
    """Of one picture: corner boxes and their classes, which classes were asked for at all (`[classes]`, None =
    all), and boxes of things that show too little to be right or wrong."""

    boxes: Tensor
    kinds: Tensor
    asked: Tensor | None = None
    doubtful_boxes: Tensor | None = None
    doubtful_kinds: Tensor | None = None


def counted(truth: Truth, centres: Tensor, shape: torch.Size) -> Tensor:
    """1 where a cell's score of a class may be judged, `[cells, classes]`."""
    judged = torch.ones(shape)
    if truth.asked is not None:
        judged[:, ~truth.asked] = 0.0
    if truth.doubtful_boxes is not None and truth.doubtful_kinds is not None:
        for box, kind in zip(truth.doubtful_boxes, truth.doubtful_kinds, strict=True):
            inside = ((centres >= box[:2]) & (centres <= box[2:])).all(1)
            judged[inside, kind] = 0.0
    return judged


def loss(raw: Tensor, grid: Grid, truth: list[Truth]) -> Tensor:
    """Mean over the batch's chosen cells."""
    predicted = boxes_of(raw, *grid)
    target = torch.zeros_like(raw[..., 4:])
    judged = torch.stack([counted(one, grid[0], target.shape[1:]) for one in truth])
    misplaced, chosen = raw.new_zeros(()), 0.0
    for i, one in enumerate(truth):
        if not len(one.boxes):
            continue
        cell, owner = choose(predicted[i], raw[i, :, 4:], grid, one.boxes, one.kinds)
        place = generalised_overlap(predicted[i, cell], one.boxes[owner])
        misplaced = misplaced + (1 - place).sum()
        target[i, cell, one.kinds[owner]] = place.detach().clamp(min=LEAST_TARGET)
        chosen += len(cell)
    probability = raw[..., 4:].detach().sigmoid()
    weight = torch.where(target > 0, 1.0, 0.75 * probability**2 * judged)
    scored = functional.binary_cross_entropy_with_logits(raw[..., 4:], target, reduction="none")
    return ((scored * weight).sum() + PLACE_WEIGHT * misplaced) / max(chosen, 1.0)
