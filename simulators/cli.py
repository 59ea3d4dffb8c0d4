"""`edile sim`: play simulated devices over their real protocols."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Annotated, NoReturn, TextIO

import typer

from simulators.named_scenarios import NAMED, named_rows, named_scenario
from simulators.playback import Stage, hold, play
from simulators.pty_line import LinkRefused, PtyLine
from simulators.scenario import Scenario, ScenarioError, load_scenario
from simulators.stopping import StopSignals
from simulators.table import SIMULATORS
from simulators.truth import header
from simulators.weighbridge import Weighbridge

READER_BAUD = 9600
EXIT_BAD_INPUT = 2

app = typer.Typer(
    no_args_is_help=True,
    help="Simulated devices that speak their real protocols over real ports.",
    epilog="Example: edile sim weighbridge --link wb --scenario over-capacity --truth truth.jsonl",
)

MinutesOption = Annotated[
    float, typer.Option(min=0.5, max=24 * 60, help="Length of the scenario `demo`.")
]
SeedOption = Annotated[int, typer.Option(help="Same seed, same bytes.")]


@app.command()
def weighbridge(
    *,
    link: Annotated[
        Path, typer.Option(help="Where to hang the indicator's port (a symbolic link).")
    ],
    scenario: Annotated[
        str, typer.Option(help="A name (`edile sim scenarios`) or a file.")
    ] = "normal",
    dialect: Annotated[str, typer.Option(help="The indicator's protocol.")] = "yaohua-tf0",
    reader_link: Annotated[
        Path | None, typer.Option(help="Where to hang the tag reader's port.")
    ] = None,
    seed: SeedOption = 1,
    truth: Annotated[
        Path | None, typer.Option(help="Write what really happened here, as JSON Lines.")
    ] = None,
    speed: Annotated[float, typer.Option(min=0.1, max=8, help="Times real time.")] = 1.0,
    minutes: MinutesOption = 3.0,
    hold_until_open: Annotated[
        bool, typer.Option("--hold", help="Begin when somebody opens the indicator's port.")
    ] = False,
    stay: Annotated[
        bool, typer.Option("--stay", help="Go on with a bare deck afterwards, until stopped.")
    ] = False,
) -> None:
    """Play an indicator (and a tag reader) on ptys until the scenario ends; Ctrl-C stops early.

    Example: edile sim weighbridge --link /tmp/wb --reader-link /tmp/rd --scenario demo --seed 7

    Then read /tmp/wb at 9600 baud, as you would the real port.
    """
    encoders = SIMULATORS["weighbridge"].encoders
    if dialect not in encoders:
        _refuse(f"--dialect: expected one of {', '.join(encoders)}, found {dialect!r}")
    chosen = _scenario(scenario, seed, minutes)
    try:
        with contextlib.ExitStack() as stack:
            stop = stack.enter_context(StopSignals())
            stage = Stage(
                weighbridge=stack.enter_context(PtyLine(link, chosen.indicator.baud)),
                reader=stack.enter_context(PtyLine(reader_link, READER_BAUD))
                if reader_link
                else None,
                truth=stack.enter_context(_open_truth(truth)) if truth else None,
                wait=stop.wait,
            )
            print(
                f"playing {chosen.name} for {chosen.length_s / speed:.0f} s at {link}", flush=True
            )
            bridge = Weighbridge(chosen, seed, encoders[dialect])
            stopped = hold_until_open and hold(stage)
            ended = not stopped and play(
                chosen, bridge, stage, header(chosen, seed, dialect), speed=speed, stay=stay
            )
    except LinkRefused as error:
        _refuse(str(error))
    print("the scenario has ended" if ended else "stopped", flush=True)


@app.command()
def scenarios(
    name: Annotated[
        str | None, typer.Argument(help="Print this one as a file to start from.")
    ] = None,
    seed: SeedOption = 1,
    minutes: MinutesOption = 3.0,
) -> None:
    """List the scenarios that have a name, or print one as a scenario file.

    Example: edile sim scenarios over-capacity > mine.jsonl
    """
    if name is None:
        for known, named in NAMED.items():
            print(f"{known:<20} {named.about}")
        return
    if name not in NAMED:
        _refuse(f"scenario: expected one of {', '.join(NAMED)}, found {name!r}")
    for row in named_rows(name, seed, minutes):
        print(json.dumps(row, ensure_ascii=False))


def _scenario(name: str, seed: int, minutes: float) -> Scenario:
    if name in NAMED:
        return named_scenario(name, seed, minutes)
    path = Path(name)
    try:
        return load_scenario(path)
    except ScenarioError as error:
        _refuse(str(error))
    except FileNotFoundError:
        _refuse(
            f"--scenario: no file {path} and no scenario of that name; `edile sim scenarios` lists"
        )
    except OSError as error:
        _refuse(f"--scenario: {path}: {error.strerror}")


def _open_truth(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        _refuse(f"--truth: {path}: {error.strerror}")


def _refuse(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(EXIT_BAD_INPUT)
