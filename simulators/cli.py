"""`edile sim`: play simulated devices over their real protocols."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Annotated, Any

import typer

from simulators.named_scenarios import NAMED, named_rows
from simulators.options import MinutesOption, SeedOption, refuse
from simulators.table import SIMULATORS

app = typer.Typer(
    no_args_is_help=True,
    help="Simulated devices that speak their real protocols over real ports.",
    epilog="Example: edile sim weighbridge --link wb --scenario over-capacity --truth truth.jsonl",
)


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
        refuse(f"scenario: expected one of {', '.join(NAMED)}, found {name!r}")
    for row in named_rows(name, seed, minutes):
        print(json.dumps(row, ensure_ascii=False))


def _command(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)


for _name, _spec in SIMULATORS.items():
    app.command(_name, help=_command(_spec.command).__doc__ or _spec.about)(_command(_spec.command))
