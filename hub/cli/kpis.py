"""`edile hub kpis`: the key figures of a period, for people or programs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from hub.cli.asking import DatabaseUrl, DataDir, perform


def kpis(
    since: Annotated[str, typer.Option(help="Begin of the period, RFC 3339 with zone.")],
    until: Annotated[str, typer.Option(help="Its end, not in it, RFC 3339 with zone.")],
    database: DatabaseUrl,
    by: Annotated[
        Literal["all", "unit", "contractor", "area", "class"], typer.Option(help="A part each.")
    ] = "all",
    only: Annotated[str | None, typer.Option(help="Only this part, e.g. one unit.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As the hub's REST tells them.")] = False,
    data_dir: DataDir = None,
) -> None:
    """What a district is judged by, each figure with what it is a share of and its published SQL.

    Example: edile hub kpis --since 2026-10-01T00:00:00+08:00 --until 2026-11-01T00:00:00+08:00 --by unit
    """
    values: dict[str, Any] = {
        "since": since,
        "until": until,
        "by": by,
        "only": only,
        "json": as_json,
    }
    perform("kpis", database, data_dir, **values)
