"""`edile hub looks`: whether cameras looked."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.asking import DatabaseUrl, DataDir, perform


def looks(
    database: DatabaseUrl,
    slot: Annotated[str | None, typer.Option(help="Only this gateway.")] = None,
    hours: Annotated[int, typer.Option(min=1, max=168, help="Windows of so many hours.")] = 24,
    data_dir: DataDir = None,
) -> None:
    """What became of scheduled looks, a line for each camera and preset: seen, not seen, could not look.

    Example: edile hub looks --slot sc-1 --hours 24 --database sqlite:///hub.db
    """
    perform("looks", database, data_dir, slot=slot, hours=hours)
