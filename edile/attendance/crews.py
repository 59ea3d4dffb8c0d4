"""`edile attendance crews`."""

from __future__ import annotations

import json
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from edile.attendance.scoring import Share
from edile.decode.source import stop

if TYPE_CHECKING:
    from edile.attendance.playing_crews import CrewDay

EPILOG = "Example: edile attendance crews --seeds 101-110 --badges 1500 --areas 60"
ON = date(2026, 9, 22)


def crews(
    *,
    seeds: Annotated[str, typer.Option(help="FIRST-LAST; 1-20 are for tuning.")] = "1-2",
    badges: Annotated[int, typer.Option(min=100, max=20_000, help="Of each whole day.")] = 1_500,
    areas: Annotated[int, typer.Option(min=1, max=2_000)] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """How often honest crews and teams are taken for one person with several badges: many simulated
    days of people who work side by side, and nobody else."""
    first, last = _seeds(seeds)
    try:
        playing = import_module("edile.attendance.playing_crews")
    except ModuleNotFoundError as error:
        stop(f"needs {error.name}: pip install 'edile[attendance]'")
    accused = shifts = 0
    told: list[str] = []
    for seed in range(first, last + 1):
        day: CrewDay = playing.crew_day(seed, badges, areas, ON)
        proxies = [one for one in day.found if one.kind == "proxy-suspected"]
        accused, shifts = accused + len(proxies), shifts + day.shifts
        told += [f"seed {seed}: {'+'.join(one.badges)}: {one.detail}" for one in proxies]
        if not as_json:
            typer.echo(f"seed {seed}: {accused} accusations in {shifts} shifts so far", err=True)
    share = Share(accused, shifts)
    if as_json:
        print(json.dumps({"seeds": seeds, "accusations": share.card(), "told": told}))
        return
    for line in told:
        print(line)
    low, high = share.interval
    print(
        f"{accused} accusations in {shifts} shifts of honest crews and teams"
        f" ({1e4 * low:.2f} to {1e4 * high:.2f} per 10,000, 95 %)"
    )


def _seeds(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    if not first.isdigit() or not (last or first).isdigit():
        stop(f"--seeds: expected FIRST-LAST such as 101-110, found {text!r}")
    return int(first), int(last or first)
