"""Which pictures show the same object: several shots of one thing must not straddle a split."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.training.lite0 import Classifier, load_imagenet
from models.training.pictures import normalised, read_rgb, squash

ALIKE_ANYWHERE = (
    0.80  # cosine of ImageNet features; nearly all such pairs are one object to the eye
)
ALIKE_NEARBY = 0.70  # of two shots whose file numbers are at most NEARBY apart
NEARBY = 3


def embeddings(paths: Sequence[Path], *, size: int = 160) -> NDArray[np.float32]:
    """`[n, 1280]` unit vectors of the untouched ImageNet network."""
    model = Classifier(1)
    load_imagenet(model)
    model.eval().to(memory_format=torch.channels_last)
    rows = []
    with torch.no_grad():
        for start in range(0, len(paths), 16):
            batch = np.stack([squash(read_rgb(p), size) for p in paths[start : start + 16]])
            rows.append(model.embed(normalised(batch)).numpy())
    found = np.concatenate(rows)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def number_of(path: Path) -> int:
    """The shot's number in names like `plastic432-1a2b3c.jpg`."""
    digits = re.search(r"(\d+)", path.stem)
    return int(digits.group(1)) if digits else -1


def groups(
    paths: Sequence[Path],
    unit: NDArray[np.float32],
    *,
    anywhere: float = ALIKE_ANYWHERE,
    nearby: float = ALIKE_NEARBY,
) -> list[int]:
    """A group number per picture; pictures of different folders are never joined."""
    parent = list(range(len(paths)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    folder = np.array([p.parent.name for p in paths])
    number = np.array([number_of(p) for p in paths])
    alike = unit @ unit.T
    close = np.abs(number[:, None] - number[None, :]) <= NEARBY
    joined = (alike > anywhere) | (close & (alike > nearby))
    joined &= folder[:, None] == folder[None, :]
    for i, j in zip(*np.nonzero(np.triu(joined, 1)), strict=True):
        parent[root(int(i))] = root(int(j))
    return [root(i) for i in range(len(paths))]
