"""A model that is ready to run. Belongs to one thread at a time, as its interpreter does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from edge_agent.vision.findings import (
    Classes,
    ClassScore,
    Detection,
    Detections,
    Findings,
    Kind,
    Text,
)
from edge_agent.vision.models.conventions import Convention
from edge_agent.vision.models.preprocess import Geometry, InputPlan, Picture
from edge_agent.vision.models.runtime import Interpreter, TensorFact
from edge_agent.vision.postprocess.boxes import Asked, Candidates, suppressed
from edge_agent.vision.postprocess.classifier import ClassifierHead
from edge_agent.vision.postprocess.ctc import CtcHead
from edge_agent.vision.postprocess.tensors import Array, Output

UNNAMED = "?"  # a character that no label names


@dataclass(frozen=True)
class Model:
    """`why`: how input and outputs were understood, for a person. `families`: to each class of those of which a
    thing has only one, the first."""

    name: str
    sha256: str
    file_name: str
    input: TensorFact
    outputs: list[TensorFact]
    plan: InputPlan
    found: Convention
    min_score: float
    max_overlap: float
    runtime: str
    why: tuple[str, ...]
    interpreter: Interpreter = field(repr=False)
    families: Mapping[int, int] = field(default_factory=dict)

    @property
    def convention(self) -> str:
        return self.found.name

    @property
    def kind(self) -> Kind:
        return self.found.kind

    @property
    def labels(self) -> tuple[str, ...]:
        """The names that it can answer, in the order of its classes."""
        names = self.found.labels.names
        return tuple(names[number] for number in sorted(names))

    @property
    def input_size(self) -> tuple[int, int]:
        """Width and height, in pixels."""
        return self.plan.width, self.plan.height

    @property
    def classes(self) -> int | None:
        """How many it tells apart; None when the file does not say."""
        return self.found.classes

    def run(self, picture: Picture) -> Findings:
        """`picture`: upright, height x width x 3 of uint8, blue, green, red."""
        tensor, geometry = self.plan.prepare(picture)
        return self.read(self.invoke(tensor), geometry)

    def invoke(self, tensor: Array) -> list[Output]:
        return invoked(self.interpreter, self.input, self.outputs, tensor)

    def read(self, outputs: list[Output], geometry: Geometry) -> Findings:
        """What the outputs say of the picture that lies so in the input."""
        head = self.found.head
        names = self.found.labels
        if isinstance(head, ClassifierHead):
            scores = head.read(outputs)
            order = np.argsort(-scores, kind="stable")
            best = zip(order.tolist(), scores[order].tolist(), strict=True)
            return Classes(tuple(ClassScore(names.name(number), score) for number, score in best))
        if isinstance(head, CtcHead):
            characters, score = head.read(outputs)
            return Text("".join(names.names.get(one, UNNAMED) for one in characters), score)
        asked = Asked(self.plan.width, self.plan.height, self.min_score, self.max_overlap)
        found = head.read(outputs, asked)
        if self.families:
            found = suppressed(found, self.max_overlap, self.families)
        return self._detections(found, geometry)

    def _detections(self, found: Candidates, geometry: Geometry) -> Detections:
        boxes = geometry.in_picture(found.boxes)
        rows = zip(boxes.tolist(), found.scores.tolist(), found.classes.tolist(), strict=True)
        return Detections(
            tuple(
                Detection(self.found.labels.name(number), score, (x1, y1, x2, y2))
                for (x1, y1, x2, y2), score, number in rows
                if x2 > x1 and y2 > y1  # the others lie in the padding
            )
        )


def invoked(
    interpreter: Interpreter, fact: TensorFact, outputs: list[TensorFact], tensor: Array
) -> list[Output]:
    interpreter.set_tensor(fact.place, tensor)
    interpreter.invoke()
    return [one.output(interpreter.get_tensor(one.place)) for one in outputs]
