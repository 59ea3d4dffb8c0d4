"""A detector's trainable weights from the int8 file that ships: training goes on where no checkpoint was kept.

The file holds each convolution with the norm after it folded in. Folding cannot be undone from the file alone:
what the norm saw is missing. So the folded layers are run on training pictures, and each norm gets the mean
and variance measured there, and the gains with which it gives the same output as before. What is lost is what
8 bits a weight had lost already. The ranges of the activations are not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from models.training.detector import Detector, LevelNorm
from models.training.folded import Folded, convolutions
from models.training.pictures import Picture, normalised

EPSILON = 1e-5  # of the detector's own norms
BATCH = 8
Norm = nn.BatchNorm2d | LevelNorm


@dataclass(frozen=True)
class Step:
    """A convolution of a run and the norm that takes its output, if any, on which level."""

    convolution: nn.Conv2d
    norm: Norm | None
    level: int = 0


def steps(detector: Detector, size: tuple[int, int]) -> list[Step]:
    """The convolutions in the order in which a picture of `size` (height, width) meets them."""
    calls: list[tuple[nn.Module, int]] = []

    def noted(module: nn.Module, given: tuple[Any, ...]) -> None:
        calls.append((module, int(given[1]) if len(given) > 1 else 0))

    hooks = [
        m.register_forward_pre_hook(noted)
        for m in detector.modules()
        if isinstance(m, nn.Conv2d | Norm)
    ]
    with torch.no_grad():
        detector.eval()(torch.zeros(1, 3, *size))
    for hook in hooks:
        hook.remove()
    found = []
    for at, (module, _) in enumerate(calls):
        if isinstance(module, nn.Conv2d):
            after, level = calls[at + 1] if at + 1 < len(calls) else (None, 0)
            found.append(Step(module, after if isinstance(after, Norm) else None, level))
    return found


@torch.no_grad()
def unpack(detector: Detector, path: Path, pictures: Sequence[Picture]) -> None:
    """Fill a detector whose trunk's norms are folded; `pictures` of the training split, of the file's size.

    Raises `ValueError` where the file's convolutions are not the detector's.
    """
    way = steps(detector, (pictures[0].shape[0], pictures[0].shape[1]))
    layers = convolutions(path)
    if [tuple(s.convolution.weight.shape) for s in way] != [f.weight.shape for f in layers]:
        raise ValueError(f"{path}: its {len(layers)} convolutions are not those of this detector")
    first: dict[nn.Module, Folded] = {}
    for step, folded in zip(way, layers, strict=True):
        _put(step, first.setdefault(step.convolution, folded), folded)
    seen = _seen(detector, pictures)
    wanted: dict[Norm, list[tuple[Tensor, Tensor]]] = {}
    for step, folded in zip(way, layers, strict=True):
        if step.norm is not None:
            mean, variance = seen[step.norm, step.level]
            share = _share(first[step.convolution], folded)
            bias = torch.from_numpy(folded.bias)
            line = share * (variance + EPSILON).sqrt(), bias + share * mean
            wanted.setdefault(step.norm, []).append(line)
    for norm, lines in wanted.items():
        for own, parts in zip((norm.weight, norm.bias), zip(*lines, strict=True), strict=True):
            own.copy_(torch.stack(parts).mean(0))
    for (norm, level), (mean, variance) in seen.items():
        _statistics(norm, level, mean, variance)


def _share(first: Folded, folded: Folded) -> Tensor:
    """How much larger each channel is than where the same weights were used first, `[out]`."""
    one, other = (torch.from_numpy(part.weight).flatten(1) for part in (first, folded))
    size = (one * one).sum(1)
    return torch.where(size > 0, (one * other).sum(1) / size, torch.ones(()))


def _put(step: Step, first: Folded, folded: Folded) -> None:
    """The first level's weights, and a norm that makes this level's output of theirs."""
    bias = torch.from_numpy(folded.bias)
    step.convolution.weight.copy_(torch.from_numpy(first.weight))
    if step.convolution.bias is not None:
        step.convolution.bias.copy_(bias)
    if step.norm is None:
        return
    share = _share(first, folded)
    step.norm.weight.fill_(1.0)
    step.norm.bias.zero_()
    _statistics(step.norm, step.level, -bias / share, share**-2 - EPSILON)


def _statistics(norm: Norm, level: int, mean: Tensor, variance: Tensor) -> None:
    at = (level,) if isinstance(norm, LevelNorm) else ()
    norm.running_mean[at].copy_(mean)
    norm.running_var[at].copy_(variance)


def _seen(
    detector: Detector, pictures: Sequence[Picture]
) -> dict[tuple[Norm, int], tuple[Tensor, Tensor]]:
    """Mean and variance of what each norm is given, by level."""
    sums: dict[tuple[Norm, int], Tensor] = {}

    def noted(module: nn.Module, given: tuple[Tensor, ...]) -> None:
        rows = given[0].transpose(0, 1).flatten(1).double()
        count = torch.full(rows.shape[:1], rows.shape[1], dtype=rows.dtype)
        moments = torch.stack([count, rows.sum(1), (rows * rows).sum(1)])
        key = cast(Norm, module), int(given[1]) if len(given) > 1 else 0
        sums[key] = sums[key] + moments if key in sums else moments

    hooks = [m.register_forward_pre_hook(noted) for m in detector.modules() if isinstance(m, Norm)]
    for at in range(0, len(pictures), BATCH):
        detector(normalised(np.stack(pictures[at : at + BATCH])))
    for hook in hooks:
        hook.remove()
    found = {}
    for key, (count, total, squares) in sums.items():
        mean = total / count
        found[key] = mean.float(), (squares / count - mean * mean).clamp(min=0).float()
    return found
