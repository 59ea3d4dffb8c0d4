"""`edile hub calendar`: look at, take in and show the calendars that deadlines are computed by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.errors import HubStop
from hub.faults import one_line_each

if TYPE_CHECKING:
    from hub.deadlines.years import Review

calendar = typer.Typer(
    help="Working hours, holidays, make-up workdays: what deadlines are computed by.",
    no_args_is_help=True,
)

Folder = Annotated[
    Path,
    typer.Option(
        "--folder",
        envvar="EDILE_HUB_CALENDARS",
        help="One TOML file per calendar, one reviewed CSV file per official year.",
    ),
]
Today = Annotated[str | None, typer.Option(help="YYYY-MM-DD; default: this machine's date.")]


@calendar.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="REGION-YEAR.csv or NAME.toml.")],
) -> None:
    """Read calendars and say what they come to; nothing is taken in.

    Example: edile hub calendar check cn-2026.csv office.toml
    """
    from hub.deadlines.faults import CalendarRefused, Fault
    from hub.deadlines.unit_files import read_unit_calendar
    from hub.deadlines.years import read_year, review

    with one_line_each():
        faults: list[Fault] = []
        for file in files:
            try:
                if file.suffix == ".toml":
                    found = read_unit_calendar(file.name, _content(file))
                    typer.echo(f"{file.name}: sound, for {', '.join(found.units) or 'no unit yet'}")
                else:
                    _echo_review(file.name, review(read_year(file.name, _content(file))))
            except CalendarRefused as refused:
                faults += refused.faults
        if faults:
            raise CalendarRefused(faults)


@calendar.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(help="REGION-YEAR.csv, compared with the notice.")],
    folder: Folder,
    reviewed_by: Annotated[
        str | None, typer.Option(help="Who compared it with the notice. Without: shown only.")
    ] = None,
) -> None:
    """Show an official year for review; with --reviewed-by, take it in.

    Example: edile hub calendar import cn-2026.csv --folder calendars --reviewed-by "Li Na"
    """
    import time

    from contract.timestamps import rfc3339
    from hub.deadlines.folder import import_year
    from hub.deadlines.years import read_year, review

    with one_line_each():
        _echo_review(file.name, review(read_year(file.name, _content(file))))
        if reviewed_by is None:
            typer.echo("not taken in: compare with the notice, then add --reviewed-by NAME")
            raise typer.Exit(1)
        taken = import_year(folder, file, by=reviewed_by, at=rfc3339(time.time_ns()))
        typer.echo(f"{taken.region} {taken.year} is in {folder}, reviewed by {reviewed_by}")


@calendar.command()
def show(
    folder: Folder,
    days: Annotated[int, typer.Option(min=1, help="Alarm when less than this is known.")] = 45,
    today: Today = None,
) -> None:
    """Calendars, whose they are, and until when they are known. Exit status 1 when one alarms.

    Example: edile hub calendar show --folder calendars
    """
    from datetime import UTC, date, datetime

    from hub.deadlines.calendars import alarms
    from hub.deadlines.folder import load

    with one_line_each():
        try:
            day = date.fromisoformat(today) if today else datetime.now(UTC).date()
        except ValueError as error:
            raise HubStop(f"--today {today}: expected YYYY-MM-DD") from error
        if not folder.is_dir():
            raise HubStop(f"--folder {folder}: expected a folder that exists")
        loaded = load(folder)
        for one in loaded.all:
            units = [unit for unit, found in loaded.by_unit.items() if found is one]
            until = one.known_until(day) or "no end in sight"
            typer.echo(
                f"{one.version}  {one.zone.key}  {', '.join(units) or '-'}  known until {until}"
            )
        rows = alarms(loaded.all, day, days)
        for row in rows:
            typer.echo(f"alarm: {row.text}", err=True)
    if rows:
        raise typer.Exit(1)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise HubStop(f"{file}: {error.strerror}") from error


def _echo_review(name: str, found: Review) -> None:
    typer.echo(f"{name}: {found.workdays} workdays from Monday to Friday weeks")
    for line in found.lines:
        typer.echo(f"  {line}")
    for doubt in found.doubts:
        typer.echo(f"  look again: {doubt}")
