"""`edile hub rules`: publish what orders go by, and see what is in force; `edile hub policy try`."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.asking import DatabaseUrl, DataDir, one_line, perform
from hub.errors import HubStop

rules = typer.Typer(
    help="What orders go by: policies, calendars, units, duty areas, rosters, class tables.",
    no_args_is_help=True,
    epilog="Example: edile hub rules publish policy over-capacity.yaml --by 'Li Na' "
    "--database sqlite:///hub.db",
)
Files = Annotated[list[Path], typer.Argument(help="Files; each replaces the document of its name.")]
By = Annotated[str, typer.Option("--by", help="Who answers for the content; kept with it.")]


@rules.command("publish")
def publish(
    kind: Annotated[
        str, typer.Argument(help="policy, calendar, units, areas, roster or catalogue")
    ],
    files: Files,
    database: DatabaseUrl,
    by: By,
    data_dir: DataDir = None,
) -> None:
    """In force at once, in every worker, without a restart; refused with every fault, or taken whole.

    Example: edile hub rules publish areas duty-areas.geojson --by "Li Na" --database sqlite:///hub.db
    """
    with one_line():
        contents = {file.name: _content(file) for file in files}
    perform("rules-publish", database, data_dir, kind=kind, files=contents, by=by)


@rules.command("withdraw")
def withdraw(
    kind: Annotated[str, typer.Argument(help="policy, calendar, units, areas, roster, catalogue")],
    names: Annotated[list[str], typer.Argument(help="Names as `list` shows them.")],
    database: DatabaseUrl,
    by: By,
    data_dir: DataDir = None,
) -> None:
    """Take documents out of use; orders opened under them keep them.

    Example: edile hub rules withdraw policy idle --by "Li Na" --database sqlite:///hub.db
    """
    perform("rules-publish", database, data_dir, kind=kind, files=dict.fromkeys(names), by=by)


@rules.command("list")
def list_rules(database: DatabaseUrl, data_dir: DataDir = None) -> None:
    """What is in force: kind, name, version, since when, by whom.

    Example: edile hub rules list --database sqlite:///hub.db
    """
    perform("rules-list", database, data_dir)


def try_draft(
    files: Files,
    database: DatabaseUrl,
    days: Annotated[float, typer.Option(help="How many of the last days.")] = 7.0,
    data_dir: DataDir = None,
) -> None:
    """Run the last days' events through these drafts, and through the rules in force: what would differ.

    Example: edile hub policy try over-capacity.yaml --days 30 --database sqlite:///hub.db
    """
    with one_line():
        contents = {file.name: _content(file) for file in files}
    perform("policy-try", database, data_dir, files=contents, days=days)


def _content(file: Path) -> str:
    try:
        return base64.b64encode(file.read_bytes()).decode()
    except OSError as error:
        raise HubStop(f"{file}: {error.strerror}") from error
