"""`edile sim weighbridge`."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import Shown
from simulators.named_scenarios import NAMED, named_scenario
from simulators.options import MinutesOption, SeedOption, TruthOption, open_truth, refuse
from simulators.pty_line import LinkRefused, PtyLine
from simulators.scenario import Scenario, ScenarioError, load_scenario
from simulators.stopping import StopSignals
from simulators.truth import header
from simulators.weighbridge.asked import asked
from simulators.weighbridge.indicator import Weighbridge, passes_as_weight
from simulators.weighbridge.playback import Stage, hold, play

READER_BAUD = 9600
MOST_KG = 99_000  # what a weighbridge shows at most, however its trucks sway


def weighbridge(
    *,
    link: Annotated[
        Path, typer.Option(help="Where to hang the indicator's port (a symbolic link).")
    ],
    scenario: Annotated[
        str, typer.Option(help="A name (`edile sim scenarios`) or a file.")
    ] = "normal",
    dialect: Annotated[
        str, typer.Option(help=f"The indicator's protocol: {', '.join(DIALECTS)}.")
    ] = "yaohua-tf0",
    reader_link: Annotated[
        Path | None, typer.Option(help="Where to hang the tag reader's port.")
    ] = None,
    seed: SeedOption = 1,
    truth: TruthOption = None,
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

    Then read /tmp/wb at 9600 baud, as you would the real port. A dialect that is asked (mt-sics, sma,
    keli-xk3118k9 ...) answers its questions, says nothing unasked, and is never zeroed or tared.
    """
    if dialect not in DIALECTS:
        refuse(f"--dialect: expected one of {', '.join(DIALECTS)}, found {dialect!r}")
    chosen = chosen_scenario(scenario, seed, minutes)
    _refuse_unshowable(chosen, dialect)
    try:
        with contextlib.ExitStack() as stack:
            stop = stack.enter_context(StopSignals())
            stage = Stage(
                weighbridge=stack.enter_context(PtyLine(link, chosen.indicator.baud)),
                reader=stack.enter_context(PtyLine(reader_link, READER_BAUD))
                if reader_link
                else None,
                truth=stack.enter_context(open_truth(truth)) if truth else None,
                wait=stop.wait,
            )
            print(
                f"playing {chosen.name} for {chosen.length_s / speed:.0f} s at {link}", flush=True
            )
            bridge = _weighbridge(chosen, seed, dialect)
            stopped = hold_until_open and hold(stage)
            ended = not stopped and play(
                chosen, bridge, stage, header(chosen, seed, dialect), speed=speed, stay=stay
            )
    except LinkRefused as error:
        refuse(str(error))
    print("the scenario has ended" if ended else "stopped", flush=True)


def _weighbridge(scenario: Scenario, seed: int, dialect: str) -> Weighbridge:
    spec = DIALECTS[dialect]
    passes = passes_as_weight(spec)
    return Weighbridge(scenario, seed, spec.encode, asked=asked(dialect, spec), passes=passes)


def _refuse_unshowable(scenario: Scenario, dialect: str) -> None:
    """Some dialects have five digits, or no decimals."""
    trucks = [truck.crossing for truck in scenario.trucks]
    most = max((2 * (one.mass_kg + abs(one.step_kg)) for one in trucks), default=1.0)
    decimals = scenario.indicator.decimals
    try:
        DIALECTS[dialect].encode(Shown(Decimal(round(min(most, MOST_KG))), decimals))
    except ValueError as error:
        refuse(f"--dialect {dialect}: {error}")


def chosen_scenario(name: str, seed: int, minutes: float) -> Scenario:
    if name in NAMED:
        return named_scenario(name, seed, minutes)
    path = Path(name)
    try:
        return load_scenario(path)
    except ScenarioError as error:
        refuse(str(error))
    except FileNotFoundError:
        refuse(
            f"--scenario: no file {path} and no scenario of that name; `edile sim scenarios` lists"
        )
    except OSError as error:
        refuse(f"--scenario: {path}: {error.strerror}")
