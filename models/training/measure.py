"""Figures of a model: shares with their interval, confusion matrices, average precision."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def wilson(right: int, n: int, *, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's score interval of a share, 95 % by default (Wilson, JASA 22, 1927)."""
    if n == 0:
        return 0.0, 1.0
    share = right / n
    centre = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n)


def confusion(truth: Sequence[int], said: Sequence[int], classes: int) -> NDArray[np.int64]:
    """Rows are the truth, columns what the model said."""
    table = np.zeros((classes, classes), np.int64)
    np.add.at(table, (np.asarray(truth), np.asarray(said)), 1)
    return table


def share_text(right: int, n: int) -> str:
    low, high = wilson(right, n)
    return f"{right}/{n} = {right / n:.3f} (95 % interval {low:.3f} to {high:.3f})"
