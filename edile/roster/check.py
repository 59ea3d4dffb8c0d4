"""`edile roster check`: every mistake of a roster at once, or what the coming days look like."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer

from contract.rosters.timetable import InvalidRoster, Mistake, Roster, Timetable, read_roster
from contract.rosters.timetable import check as mistakes_in
from edile.decode.source import stop
from edile.roster.summary import shifts_within, summary_of, table_of, text_of

EPILOG = (
    "Examples: edile roster check people.csv weeks.csv holidays.csv --areas areas.geojson;"
    "  edile roster check roster.csv --show w-17 --from 2026-10-01 --days 14."
    "  The format is in docs/rosters.md."
)


def check(  # noqa: PLR0917 - Typer calls it by name
    files: Annotated[
        list[Path], typer.Argument(help="The files of one roster, CSV or JSON, in any order.")
    ],
    areas: Annotated[
        list[Path] | None, typer.Option(help="GeoJSON of the areas; unknown ones are then told.")
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day; today if not given.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days.")] = 7,
    show: Annotated[
        str | None, typer.Option(metavar="PERSON|BADGE", help="List the shifts of this one.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")] = False,
) -> None:
    """Is this roster right? Every mistake with its file, row and column; exit code 1 if there are any.

    A roster without mistakes is summed up: people, badges, shifts a day, hours a person, who has no
    badge, which badge has no shift.
    """
    rosters, mistakes = _read(files)
    known = None if areas is None else _areas(areas)
    # Files that could not be read would make every other row seem to miss somebody.
    mistakes = mistakes or mistakes_in(*rosters, areas=known)
    if mistakes:
        _tell(mistakes, as_json=json_)
        raise typer.Exit(1)
    timetable = Timetable(*rosters)
    begin = _day(first, timetable.zone)
    if show is not None:
        _show(timetable, show, begin, days)
        return
    summary = summary_of(timetable, begin, days)
    print(msgspec.json.encode(summary).decode() if json_ else text_of(summary))


def _read(files: Sequence[Path]) -> tuple[list[Roster], list[Mistake]]:
    rosters: list[Roster] = []
    mistakes: list[Mistake] = []
    for file in files:
        try:
            rosters.append(read_roster(file.read_bytes(), str(file)))
        except OSError as error:
            stop(f"{file}: cannot be read: {error.strerror}")
        except InvalidRoster as error:
            mistakes += error.mistakes
    return rosters, mistakes


def _areas(files: Sequence[Path]) -> set[str]:
    """Their ids."""
    # Most who check a roster name no areas: shapely and numpy stay on the disk.
    from contract.areas import InvalidAreas  # noqa: PLC0415
    from contract.geojson import read_areas  # noqa: PLC0415

    found: set[str] = set()
    for file in files:
        try:
            text = file.read_bytes().decode("utf-8-sig")
            found |= {area.id for area in read_areas(text, kind="shift", origin=str(file))}
        except OSError as error:
            stop(f"{file}: cannot be read: {error.strerror}")
        except UnicodeDecodeError as error:
            stop(f"{file}: {error}")
        except InvalidAreas as error:
            stop(str(error))
    return found


def _tell(mistakes: Sequence[Mistake], *, as_json: bool) -> None:
    if as_json:
        told = [mistake._asdict() for mistake in mistakes]
        print(msgspec.json.encode({"mistakes": told}).decode())
        return
    for mistake in mistakes:
        print(mistake)
    print(f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}")


def _day(text: str | None, zone: str) -> date:
    if text is None:
        return datetime.now(UTC).astimezone(ZoneInfo(zone)).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        stop(f"--from: expected a date such as 2026-10-01, found {text!r}")


def _show(timetable: Timetable, who: str, first: date, days: int) -> None:
    if who not in timetable.people() and who not in timetable.badges():
        stop(f"--show: no person and no badge {who!r} in this roster")
    found = [
        one
        for one in shifts_within(timetable, first, days)
        if one.person == who or any(span.badge == who for span in one.badges)
    ]
    print(table_of(found, timetable) if found else f"{who}: no shift in {days} days from {first}")
