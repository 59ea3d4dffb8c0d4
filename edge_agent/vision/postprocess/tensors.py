"""An output tensor as the runtime gave it, with what is needed to make real numbers of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Floats = NDArray[np.float32]


class Output(NamedTuple):
    """`scale` 0 = the values are the real numbers; else real = (value - zero_point) * scale."""

    values: Array
    scale: float = 0.0
    zero_point: int = 0

    def real(self, part: Array | None = None) -> Floats:
        """Real numbers of `part` of the values, of all of them when it is None."""
        chosen = self.values if part is None else part
        if not self.scale:
            return chosen.astype(np.float32, copy=False)
        return (chosen.astype(np.float32) - np.float32(self.zero_point)) * np.float32(self.scale)

    def raw(self, real: float) -> float:
        """The real number as the tensor would hold it, not rounded: values are compared with it."""
        return real / self.scale + self.zero_point if self.scale else real

    def flat(self) -> Output:
        """Without the batch dimension and other dimensions of one."""
        return self._replace(values=np.squeeze(self.values))

    def shaped(self, rank: int) -> Output:
        """Exactly `rank` dimensions: those of one are dropped, the first of them first, or added."""
        values = self.values
        while values.ndim > rank and 1 in values.shape:
            values = np.squeeze(values, axis=values.shape.index(1))
        while values.ndim < rank:
            values = values[np.newaxis]
        return self._replace(values=values)


LEAST, MOST = -1e30, 1e30


def finite(values: Floats) -> Floats:
    """What is no number is the least likely."""
    cleaned: Floats = np.nan_to_num(values, nan=LEAST, posinf=MOST, neginf=LEAST)
    return cleaned


def sigmoid(values: Floats) -> Floats:
    """Without overflow: exp is only taken of what is not positive."""
    small = np.exp(-np.abs(values))
    return np.where(values >= 0, 1 / (1 + small), small / (1 + small)).astype(np.float32)


def softmax(values: Floats, axis: int = -1) -> Floats:
    shifted = np.exp(values - values.max(axis=axis, keepdims=True))
    total: Floats = (shifted / shifted.sum(axis=axis, keepdims=True)).astype(np.float32)
    return total
