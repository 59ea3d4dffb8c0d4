"""`edile models`: which models there are, whether they are what they say, how they do."""

from __future__ import annotations

import typer

models = typer.Typer(
    help="Models: list, verify, bench, inspect, eval.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@models.callback()
def _commands() -> None:
    """Models as files: which there are, what they say of themselves, how fast and how right they are."""
