"""A detector without a model: the truth's labels as a poor one would see them. Seeded, so the same again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from edge_agent.vision.boxes import Box, Found, within
from simulators.scenes.scene import Label

LEAST_PX = 5.0
HIDES = 0.3  # so much may be hidden without harm


@dataclass(frozen=True, slots=True)
class Faults:
    """Parts of 1. `miss`: labels not found, more of what is hidden. `shaken`: each edge, in parts of the box.
    `confused`: bags taken for another. `false`: looks with a box of nothing."""

    miss: float = 0.10
    shaken: float = 0.04
    confused: float = 0.05
    false: float = 0.02


class NoisyLabels:
    """`labels`: what the detector knows; a picture of `size` pixels."""

    def __init__(
        self, seed: int, labels: Sequence[str], size: tuple[int, int], faults: Faults
    ) -> None:
        self._chance, self._faults = Random(seed), faults  # noqa: S311
        self._labels, self._size = tuple(labels), size
        self._bags = [one for one in labels if one.startswith("bag_")]

    def find(self, shown: Sequence[Label]) -> list[Found]:
        found = [one for label in shown if (one := self._one(label)) is not None]
        chance = self._chance
        if chance.random() < self._faults.false:
            x, y = chance.random() * 0.8, chance.random() * 0.8
            box = (x, y, x + 0.1, y + 0.15)
            found.append(Found(chance.choice(self._labels), chance.uniform(0.5, 0.7), box))
        return found

    def _one(self, label: Label) -> Found | None:
        chance, faults = self._chance, self._faults
        x1, y1, x2, y2 = label.box
        if label.label not in self._labels or min(x2 - x1, y2 - y1) < LEAST_PX:
            return None
        if chance.random() < faults.miss + 0.8 * max(0.0, label.hidden - HIDES):
            return None
        name = label.label
        if name in self._bags and chance.random() < faults.confused:
            name = chance.choice([one for one in self._bags if one != name])
        score = min(0.98, max(0.3, chance.gauss(0.75, 0.12)))
        return Found(name, score, self._shaken(label.box))

    def _shaken(self, box: Box) -> Box:
        wide, high = self._size
        across, down = box[2] - box[0], box[3] - box[1]
        x1, y1, x2, y2 = (
            edge + self._chance.gauss(0, self._faults.shaken) * size
            for edge, size in zip(box, (across, down, across, down), strict=True)
        )
        return within((x1 / wide, y1 / high, x2 / wide, y2 / high))
