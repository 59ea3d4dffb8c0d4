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
    badges: Annotated[int, typer.Option(min=20, max=20_000, help="Of each whole day.")] = 1_500,
    areas: Annotated[int, typer.Option(min=1, max=2_000)] = 60,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON line for each seed, then one for all.")
    ] = False,
) -> None:
    """How often honest crews and teams are taken for one person with several badges: many simulated
    days of people who work side by side, and nobody else. A day of 1,500 badges takes about a minute;
    each is told when it is done, with what they are together so far."""
    first, last = _seeds(seeds)
    try:
        playing = import_module("edile.attendance.playing_crews")
    except ModuleNotFoundError as error:
        stop(f"needs {error.name}: pip install 'edile[attendance]'")
    say = _say_json if as_json else _say
    share, told = Share(0, 0), list[str]()
    for seed in range(first, last + 1):
        day: CrewDay = playing.crew_day(seed, badges, areas, ON)
        proxies = [one for one in day.found if one.kind == "proxy-suspected"]
        share = Share(share.hits + len(proxies), share.n + day.shifts)
        words = [f"{'+'.join(one.badges)}: {one.detail}" for one in proxies]
        told += [f"seed {seed}: {one}" for one in words]
        say(day, words, share)
    if as_json:
        print(json.dumps({"seeds": seeds, "accusations": share.card(), "told": told}))
    else:
        print("\n".join([*told, _sentence(share)]))


def _say(day: CrewDay, words: list[str], share: Share) -> None:
    typer.echo(
        f"seed {day.seed}: {len(words)} in {day.shifts}; so far {_sentence(share)}", err=True
    )
    for one in words:
        typer.echo(f"  {one}", err=True)


def _say_json(day: CrewDay, words: list[str], share: Share) -> None:
    line = {"seed": day.seed, "shifts": day.shifts, "told": words, "so_far": share.card()}
    print(json.dumps(line), flush=True)


def _sentence(share: Share) -> str:
    low, high = share.interval
    return (
        f"{share.hits} accusations in {share.n} shifts of honest crews and teams"
        f" ({1e4 * low:.2f} to {1e4 * high:.2f} per 10,000, 95 %)"
    )


def _seeds(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    if not first.isdigit() or not (last or first).isdigit():
        stop(f"--seeds: expected FIRST-LAST such as 101-110, found {text!r}")
    return int(first), int(last or first)
