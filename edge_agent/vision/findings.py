"""What a model says of one picture. Boxes are in the pixels of the upright picture it was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Box", "ClassScore", "Classes", "Detection", "Detections", "Findings", "Kind", "Text"]

Kind = Literal["detector", "classifier", "text"]
Box = tuple[float, float, float, float]
"""x1, y1, x2, y2; x to the right, y down, from the upper left corner."""


@dataclass(frozen=True, slots=True)
class Detection:
    label: str
    score: float
    box: Box


@dataclass(frozen=True, slots=True)
class Detections:
    """Best first."""

    items: tuple[Detection, ...]


@dataclass(frozen=True, slots=True)
class ClassScore:
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Classes:
    """Every class that the model knows, best first."""

    items: tuple[ClassScore, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """What a text reader read; `score` is the mean probability of its characters."""

    text: str
    score: float


Findings = Detections | Classes | Text
