"""`edile vision`: what the agent offers, and `score`, which needs the simulators."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from edge_agent.cli.vision import vision
from edge_agent.errors import StopError

__all__ = ["vision"]

LABELS = "labels"
SceneOption = Annotated[
    Literal["street", "disposal-point", "dumping"], typer.Option(help="What the camera sees.")
]
WeatherOption = Annotated[
    Literal["sun", "cloud", "rain", "wet", "fog"] | None, typer.Option(help="Else by the seed.")
]
SurfacesOption = Annotated[
    bool,
    typer.Option(
        "--own-surfaces/--played-surfaces",
        help="Each seed has walls and grounds of its own; or those that `edile sim camera` plays, of which a"
        " place has three sets.",
    ),
]


@vision.command()
def score(
    *,
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            help="A .tflite file, a folder with one, or the name of a shipped model; `labels` = none:"
            " what is truly to be seen, with one label in ten withheld and boxes shaken.",
        ),
    ] = "city-appearance",
    scene: SceneOption = "street",
    seeds: Annotated[str, typer.Option(help="Such as 9000-9009,9020.")] = "9000-9009",
    minutes: Annotated[float, typer.Option(min=0.5, max=24 * 60, help="Of each seed.")] = 20.0,
    hour: Annotated[
        float | None, typer.Option(min=0, max=24, help="Of the day as it begins; else by the seed.")
    ] = None,
    weather: WeatherOption = None,
    min_score: Annotated[
        float,
        typer.Option(min=0.05, max=1, help="Of the camera and each class; streets and yards."),
    ] = 0.5,
    own_surfaces: SurfacesOption = True,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Seeds at a time.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Write all figures here, as JSON.")] = None,
    draw: Annotated[Path | None, typer.Option(help="Write them here as a picture.")] = None,
) -> None:
    """Let a model and the gateway's roles watch simulated places, and hold what they tell against the truth.

    World, gate, detector, tracks and role run in this process in the world's own time; pictures are
    rendered as `edile sim camera` does. A street's problem counts when the camera could see it (30 % of it,
    8 pixels) for as long as its class must stand (30 s; trade 120 s; bikes 300 s; what is left in a
    yard 120 s) and two looks of 20 s more. The first problem told at its place while it is there has found
    it; another is `twice`; what was not there is `false`; what was there too shortly to count is `short`,
    and right. At a disposal point deposits and prompts are counted as well.

    Example: edile vision score --scene street --seeds 9000-9009 --out street.json --draw street.png
    """
    from edile.scoring.conditions import seeds_of
    from edile.scoring.scenes import SCORED

    try:
        chosen = seeds_of(seeds)
    except ValueError as error:
        raise StopError(f"--seeds: {error}") from error
    scored = SCORED[scene](_model_of(model))
    run = partial(
        scored.run, seconds=minutes * 60, hour=hour, weather=weather, min_score=min_score,
        own_surfaces=own_surfaces,
    )  # fmt: skip
    runs = list(_each(run, chosen, jobs, scored.progress))
    for line in scored.lines(runs):
        typer.echo(line)
    figures = scored.figures(runs) | {"own_surfaces": own_surfaces}
    if out is not None:
        _write(out, figures)
    if draw is not None:
        scored.draw(figures, draw)


def _model_of(name: str) -> str | None:
    """The file, None for the labels. StopError when there is none of this name."""
    from edge_agent.vision.models.catalogue import find, shipped_folder

    if name == LABELS:
        return None
    file, _ = find(name, [shipped_folder()])
    return str(file)


def _each(
    run: Callable[[int], Any], seeds: Sequence[int], jobs: int, progress: Callable[[Any], str]
) -> Iterator[Any]:
    """In the order of the seeds, with a line on standard error for each."""
    begun = time.monotonic()
    if jobs == 1:
        results = map(run, seeds)
        yield from _told(results, progress, begun)
        return
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        yield from _told(pool.map(run, seeds), progress, begun)


def _told(results: Iterator[Any], progress: Callable[[Any], str], begun: float) -> Iterator[Any]:
    for result in results:
        typer.echo(f"{time.monotonic() - begun:6.0f} s  {progress(result)}", err=True)
        yield result


def _write(file: Path, figures: dict[str, Any]) -> None:
    try:
        file.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise StopError(f"{file}: cannot be written: {error.strerror}") from error
