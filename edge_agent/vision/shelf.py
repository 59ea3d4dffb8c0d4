"""Models of the vision process: each file opened once, however many cameras use it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.vision.boxes import Found, within
from edge_agent.vision.findings import Classes, Detections, Findings
from edge_agent.vision.frames import Image
from edge_agent.vision.looking import Models


class OpenedModel:
    """Both ports over what the loader opens: `run` gives boxes in pixels."""

    def __init__(
        self,
        name: str,
        sha256: str,
        labels: Sequence[str],
        input_size: tuple[int, int],
        run: Callable[[Image], Findings],
    ) -> None:
        self.name, self.sha256, self.labels, self.input_size = name, sha256, labels, input_size
        self._run = run

    def find(self, image: Image) -> list[Found]:
        findings = self._run(image)
        if not isinstance(findings, Detections):
            return []
        high, wide = image.shape[:2]
        return [
            Found(
                one.label,
                one.score,
                within(
                    (one.box[0] / wide, one.box[1] / high, one.box[2] / wide, one.box[3] / high)
                ),
            )
            for one in findings.items
        ]

    def classify(self, image: Image) -> list[tuple[str, float]]:
        findings = self._run(image)
        if not isinstance(findings, Classes):
            return []
        return [(one.label, one.score) for one in findings.items]


Opening = Callable[[Path | str, str, int], OpenedModel]
"""(file, or the name of a model that ships; what it must be; threads). StopError when it is refused."""


class Shelf:
    """`open_one` runs no more than once for one file and kind; a refusal is not remembered."""

    def __init__(self, open_one: Opening) -> None:
        self._open_one = open_one
        self._opened: dict[tuple[str, str, int], OpenedModel] = {}
        self._lock = threading.Lock()

    def models_of(self, config: CameraConfig) -> Models:
        detector = self._one(config.detector_file or config.detector, "detector", config.threads)
        classifier = self._one(
            config.classifier_file or config.classifier, "classifier", config.threads
        )
        return Models(detector, classifier, config.classify)

    def _one(self, place: Path | str | None, kind: str, threads: int) -> OpenedModel | None:
        if place is None:
            return None
        key = (str(place), kind, threads)
        with self._lock:
            if key not in self._opened:
                self._opened[key] = self._open_one(place, kind, threads)
            return self._opened[key]
