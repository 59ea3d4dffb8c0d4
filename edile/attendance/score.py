"""`edile attendance score`."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from edile.attendance.rows import InvalidRows, read_events, read_truth
from edile.attendance.score_text import score_text
from edile.attendance.scoring import Score
from edile.attendance.scoring import score as scored
from edile.decode.source import stop

EPILOG = (
    "Example: edile sim terminals --scenario attendance-day ... --truth day.jsonl, and the gateway's "
    "events of that day as JSON Lines: edile attendance score --truth day.jsonl --events events.jsonl"
)


def score(
    *,
    truth: Annotated[Path, typer.Option(help="What really happened, JSON Lines.")],
    events: Annotated[Path, typer.Option(help="What the gateway said: CloudEvents, JSON Lines.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    plot: Annotated[Path | None, typer.Option(help="Draw it, too: a PNG file.")] = None,
    wrong: Annotated[bool, typer.Option("--wrong", help="Name what was told wrongly.")] = False,
) -> None:
    """How right the verdicts and exceptions of a simulated day are: confusion, precision, recall, n."""
    try:
        with _opened(truth) as truth_lines, _opened(events) as event_lines:
            result = scored(
                read_truth(truth_lines, str(truth)), read_events(event_lines, str(events))
            )
    except InvalidRows as error:
        stop(str(error))
    if plot is not None:
        _draw(result, plot)
    if as_json:
        print(json.dumps(result.card(), ensure_ascii=False))
    else:
        print(score_text(result, wrong=wrong))


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        stop(f"{path}: {error.strerror}")


def _draw(result: Score, plot: Path) -> None:
    try:
        draw = import_module("edile.attendance.score_plot").draw
    except ModuleNotFoundError as error:
        stop(f"--plot needs {error.name}: pip install 'edile[attendance]'")
    try:
        draw(result, plot)
    except OSError as error:
        stop(f"--plot: {plot}: {error.strerror}")
