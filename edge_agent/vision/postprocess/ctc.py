"""Text by connectionist temporal classification (Graves 2006): the best class of each step, runs of one
class are one character, the blank is none. LPRNet writes [1, classes, steps] with the blank last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_agent.vision.postprocess.tensors import Floats, Output, finite, softmax


@dataclass(frozen=True)
class CtcHead:
    """`blank` is the class that stands for no character."""

    output: int
    classes_first: bool
    blank: int
    logits: bool

    def read(self, outputs: Sequence[Output]) -> tuple[list[int], float]:
        """Classes of the characters, and the mean probability of their best steps."""
        steps = outputs[self.output].shaped(2).real()
        steps = steps.T if self.classes_first else steps
        steps = finite(steps)
        return collapsed(softmax(steps) if self.logits else steps, self.blank)


def collapsed(steps: Floats, blank: int) -> tuple[list[int], float]:
    best: NDArray[np.int64] = steps.argmax(axis=1)
    sure = steps.max(axis=1)
    found: list[int] = []
    scores: list[float] = []
    for step, character in enumerate(best):
        if character == blank:
            continue
        if step and character == best[step - 1]:
            scores[-1] = max(scores[-1], float(sure[step]))
        else:
            found.append(int(character))
            scores.append(float(sure[step]))
    return found, sum(scores) / len(scores) if scores else 0.0
