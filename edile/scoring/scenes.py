"""SCORED: each scene that can be scored, and how its figures are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.vision.looking import Models
from edge_agent.vision.opening import open_one
from edile.scoring import street_plot
from edile.scoring.conditions import conditions, edition_of
from edile.scoring.point_report import ScoredPoint
from edile.scoring.sight import Faults, NoisyLabels
from edile.scoring.street_report import figures, lines, progress, reported
from edile.scoring.street_run import SIZE, StreetRun, run_street
from edile.scoring.street_sights import EyeSight, LabelSight, Sight
from simulators.scenes.things.table import STREET_CLASSES

SEEN_LABELS = (*STREET_CLASSES, "person", "vehicle")
LABEL_FAULTS = Faults(confused=0.0)


class Scored(Protocol):
    """One scene with one model. `run` plays a seed and can be sent to another process."""

    def run(
        self,
        seed: int,
        *,
        seconds: float,
        hour: float | None,
        weather: str | None,
        min_score: float,
        own_surfaces: bool = False,
    ) -> Any: ...

    def progress(self, run: Any) -> str: ...

    def lines(self, runs: Sequence[Any]) -> Iterator[str]: ...

    def figures(self, runs: Sequence[Any]) -> dict[str, Any]: ...

    def draw(self, figures: dict[str, Any], path: Path) -> None: ...


@dataclass(frozen=True, slots=True)
class ScoredStreet:
    """`model`: a file; None = the renderer's labels, made worse."""

    place: str
    model: str | None

    @property
    def name(self) -> str:
        return "labels" if self.model is None else Path(self.model).name

    def run(
        self,
        seed: int,
        *,
        seconds: float,
        hour: float | None,
        weather: str | None,
        min_score: float,
        own_surfaces: bool = False,
    ) -> StreetRun:
        under, sight = conditions(seed, hour, weather), partial(sight_of, self.model)
        edition = edition_of(seed, own=own_surfaces)
        return run_street(
            self.place, seed, seconds, sight, under, edition=edition, min_score=min_score
        )

    def progress(self, run: StreetRun) -> str:
        return progress(run)

    def lines(self, runs: Sequence[StreetRun]) -> Iterator[str]:
        return lines(reported(self.place, self.name, runs))

    def figures(self, runs: Sequence[StreetRun]) -> dict[str, Any]:
        return figures(reported(self.place, self.name, runs))

    def draw(self, figures: dict[str, Any], path: Path) -> None:
        street_plot.draw(figures, path)


def sight_of(model: str | None, camera: CameraConfig, seed: int) -> Sight:
    if model is None:
        return LabelSight(camera, NoisyLabels(seed, SEEN_LABELS, SIZE, LABEL_FAULTS))
    return EyeSight(camera, Models(open_one(model, "detector", camera.threads)))


SCORED: Mapping[str, Callable[[str | None], Scored]] = MappingProxyType(
    {
        "street": partial(ScoredStreet, "street"),
        "dumping": partial(ScoredStreet, "dumping"),
        "disposal-point": ScoredPoint,
    }
)
