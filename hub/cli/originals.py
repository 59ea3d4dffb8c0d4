"""`edile hub originals`: ask for an unmasked original, and see what was asked for and given."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.asking import DatabaseUrl, DataDir, perform

originals = typer.Typer(
    help="Unmasked originals, which stay on gateways until somebody asks.", no_args_is_help=True
)


@originals.command()
def ask(
    sha256: Annotated[str, typer.Argument(help="Of the photo, or of the original itself.")],
    database: DatabaseUrl,
    by: Annotated[str, typer.Option("--by", help="Who wants it; on record here and there.")],
    reason: Annotated[str, typer.Option("--reason", help="Why the masked photo is not enough.")],
    slot: Annotated[
        str | None, typer.Option(help="The gateway; default: the one that brought the photo.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Ask a gateway for an original as captured. It answers with its next sync.

    Example: edile hub originals ask 9f86d0... --by "Li Na" --reason "objection 4" --database sqlite:///hub.db
    """
    values = {"sha256": sha256, "by": by, "reason": reason, "slot": slot}
    perform("original-ask", database, data_dir, **values)


@originals.command("list")
def list_all(database: DatabaseUrl, data_dir: DataDir = None) -> None:
    """Requests with what gateways answered, and originals that were given, newest first."""
    perform("originals-list", database, data_dir)
