"""`edile attendance rehearse`."""

from __future__ import annotations

import json
import time
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edile.attendance.rows import read_events, read_truth
from edile.attendance.score_text import score_text
from edile.attendance.scoring import Score
from edile.attendance.scoring import score as scored
from edile.decode.source import stop

if TYPE_CHECKING:
    from edile.attendance.playing_day import PlayedDay

EPILOG = (
    "Example: edile attendance rehearse --badges 1000 --areas 40 --seed 1 --out /tmp/day, then edile "
    "attendance score --truth /tmp/day/truth.jsonl --events /tmp/day/events.jsonl --wrong"
)
SCORE = "score.json"  # written last
GROUP = 1_000  # badges in memory at once; what belongs together stays together


def rehearse(
    *,
    badges: Annotated[int, typer.Option(min=5, max=50_000)] = 300,
    areas: Annotated[int, typer.Option(min=1, max=2_000)] = 12,
    seed: Annotated[int, typer.Option(help="1 to 20 are for tuning, figures use others.")] = 1,
    on: Annotated[str, typer.Option("--date", help="YYYY-MM-DD.")] = "2026-09-22",
    group: Annotated[int, typer.Option(min=5, max=20_000, help="Badges played at once.")] = GROUP,
    out: Annotated[
        Path | None, typer.Option(help="Write truth, events, areas, roster, score here.")
    ] = None,
    verdicts_only: Annotated[
        bool, typer.Option("--verdicts-only", help="Judge each whole track; no exceptions.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The score as one JSON object.")] = False,
    wrong: Annotated[bool, typer.Option("--wrong", help="Name what was told wrongly.")] = False,
) -> None:
    """Play a district day through the attendance role in this process, many times faster than it
    passes, and score it: no sockets and no disk, everything else as on a gateway."""
    try:
        day_on = date.fromisoformat(on)
    except ValueError:
        stop(f"--date: expected YYYY-MM-DD, found {on!r}")
    try:
        playing = import_module("edile.attendance.playing_day")
    except ModuleNotFoundError as error:
        stop(f"needs {error.name}: pip install 'edile[attendance]'")
    begun = time.monotonic()

    def say(done: int, of: int) -> None:
        if not as_json:
            seconds = time.monotonic() - begun
            typer.echo(f"{done} of {of} badges played after {seconds:.0f} s", err=True)

    day: PlayedDay = playing.played(
        seed, badges, areas, on=day_on, group=group, say=say, verdicts_only=verdicts_only
    )
    result: Score = scored(read_truth(day.truth), read_events(day.events))
    if out is not None:
        _write(out, {**day.files(), SCORE: json.dumps(result.card()).encode()})
    if as_json:
        print(json.dumps({**result.card(), "seed": seed, "positions": day.positions}))
    else:
        print(score_text(result, wrong=wrong))
        print(f"{day.positions} positions in {time.monotonic() - begun:.0f} s")


def _write(folder: Path, files: dict[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        stop(f"--out: {folder}: {error.strerror}")
