"""What the commands of all simulators share: options, and stopping in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn, TextIO

import typer

EXIT_BAD_INPUT = 2

MinutesOption = Annotated[
    float, typer.Option(min=0.5, max=24 * 60, help="Length of the scenario `demo`.")
]
SeedOption = Annotated[int, typer.Option(help="Same seed, same bytes.")]
TruthOption = Annotated[
    Path | None, typer.Option(help="Write what really happened here, as JSON Lines.")
]


def open_truth(path: Path) -> TextIO:
    """Stops the program when it cannot be written."""
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        refuse(f"--truth: {path}: {error.strerror}")


def refuse(message: str) -> NoReturn:
    """One line for the person, exit status 2."""
    typer.echo(message, err=True)
    raise typer.Exit(EXIT_BAD_INPUT)
