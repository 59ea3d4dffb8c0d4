"""One score a class: with softmax in the graph, or without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge_agent.vision.postprocess.tensors import Floats, Output, finite, softmax


@dataclass(frozen=True)
class ClassifierHead:
    output: int
    logits: bool

    def read(self, outputs: Sequence[Output]) -> Floats:
        scores = np.atleast_1d(outputs[self.output].flat().real())
        return softmax(finite(scores)) if self.logits else np.nan_to_num(scores)
