"""What the hub's commands share: its options, opening its database, asking its desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.errors import HubError, HubStop

if TYPE_CHECKING:
    from hub.config import HubConfig
    from hub.store.engine import Database

DatabaseUrl = Annotated[
    str,
    typer.Option(
        "--database", envvar="EDILE_HUB_DATABASE", help="sqlite:///FILE or postgresql://..."
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(help="Keys and evidence; default: beside the SQLite file, else ./hub-data."),
]
HubId = Annotated[
    str | None,
    typer.Option(help="The name gateways' tokens are addressed to; settled once, at first."),
]
District = Annotated[
    str | None, typer.Option(help="The district this hub works for; settled once, at first.")
]


@contextmanager
def one_line() -> Iterator[None]:
    """What a person can mend is one line and exit status 2."""
    try:
        yield
    except HubError as error:
        typer.echo(f"edile hub: {error}", err=True)
        raise typer.Exit(2) from error


def folder_of(database: str, data_dir: Path | None) -> Path:
    if data_dir is None:
        file = database.removeprefix("sqlite:///")
        data_dir = Path(file).resolve().parent if file != database else Path("hub-data")
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HubStop(f"--data-dir {data_dir}: {error.strerror}") from error
    return data_dir


@contextmanager
def opened_hub(
    database: str, data_dir: Path | None, hub_id: str | None = None, district: str | None = None
) -> Iterator[tuple[Database, HubConfig]]:
    """The migrated database and what is settled about it."""
    from hub import desk
    from hub.config import HubConfig
    from hub.store import schema
    from hub.store.engine import Database

    file = database.removeprefix("sqlite:///")
    if file != database and not Path(file).exists():
        raise HubStop(f"{file} is not there: edile hub migrate --database {database} makes it")
    opened = Database.open(database)
    try:
        wrong = schema.fault(opened)
        if wrong is not None:
            raise HubStop(wrong)
        settled, name = desk.names_of(opened, district=district, hub_id=hub_id)
        folder = folder_of(database, data_dir)
        yield opened, HubConfig(database=database, data_dir=folder, hub_id=name, district=settled)
    finally:
        opened.close()


def perform(
    operation: str,
    database: str,
    data_dir: Path | None = None,
    *,
    hub_id: str | None = None,
    district: str | None = None,
    **values: Any,
) -> None:
    """By the hub that runs on this file, else here; prints its answer."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    from hub import desk

    with one_line():
        try:
            answer = desk.ask_running(make_url(database), operation, values)
        except ArgumentError as error:
            raise HubStop(
                f"--database {database!r} is no database URL, like sqlite:///hub.db"
            ) from error
        if answer is None:
            with opened_hub(database, data_dir, hub_id, district) as (opened, config):
                answer = desk.perform(opened, config, operation, values)
        if answer.status == 2:
            raise HubStop(answer.text)
    if answer.text:
        typer.echo(answer.text)
    if answer.status:
        raise typer.Exit(answer.status)
