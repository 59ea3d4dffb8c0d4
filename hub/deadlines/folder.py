"""The calendars of one hub: a folder with a TOML file per calendar and a CSV file per official year.

A year comes in by `import_year` only, which keeps who reviewed it in `reviews.jsonl`: a file that was
edited after its review is named, not silently used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from hub.deadlines.calendars import Calendar, OfficialYear, with_official
from hub.deadlines.faults import CalendarRefused, Fault
from hub.deadlines.unit_files import UnitCalendar, read_unit_calendar
from hub.deadlines.years import read_year
from hub.errors import HubStop

REVIEWS = "reviews.jsonl"


class Reviewed(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `reviews.jsonl`."""

    file: str
    sha256: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Calendars:
    """`by_unit` is a unit's own calendar; `all` in order of their names."""

    all: tuple[Calendar, ...]
    by_unit: dict[str, Calendar]
    years: tuple[OfficialYear, ...] = ()

    def of(self, units: Iterable[str]) -> Calendar | None:
        """The first calendar along a chain such as (grid, subdistrict, district)."""
        return next((self.by_unit[unit] for unit in units if unit in self.by_unit), None)


def load(folder: Path) -> Calendars:
    """Every file of the folder; CalendarRefused with all faults of all files."""
    paths = sorted([*folder.glob("*.csv"), *folder.glob("*.toml")])
    reviewed = {(one.file, one.sha256) for one in reviews(folder)}
    return assemble({path.name: _read(path) for path in paths}, reviewed)


def assemble(files: Mapping[str, bytes], reviewed: Container[tuple[str, str]]) -> Calendars:
    """Calendars from contents by file name, wherever they are kept; `reviewed` are names of years with
    the SHA-256 (hex) that somebody vouched for."""
    faults: list[Fault] = []
    years: list[OfficialYear] = []
    drafts: list[UnitCalendar] = []
    for name, content in files.items():
        try:
            if name.endswith(".toml"):
                drafts.append(read_unit_calendar(name, content))
                continue
            years.append(read_year(name, content))
        except CalendarRefused as refused:
            faults += refused.faults
            continue
        if (name, hashlib.sha256(content).hexdigest()) not in reviewed:
            text = (
                "nobody reviewed this content: expected `edile hub calendar import` to bring it in"
            )
            faults.append(Fault(name, 0, text))
    calendars = [_complete(draft, years, faults) for draft in drafts]
    by_unit = _by_unit(drafts, calendars, faults)
    if faults:
        raise CalendarRefused(faults)
    return Calendars(tuple(calendars), by_unit, tuple(years))


def import_year(folder: Path, source: Path, *, by: str, at: str) -> OfficialYear:
    """Takes a reviewed year into the folder, in place of what stood there for that year."""
    content = _read(source)
    official = read_year(source.name, content)
    if not by.strip():
        raise HubStop("--reviewed-by: expected the name of who compared it with the notice")
    entry = Reviewed(
        file=source.name, sha256=hashlib.sha256(content).hexdigest(), by=by.strip(), at=at
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / source.name
        with (folder / REVIEWS).open("ab") as log:
            log.write(msgspec.json.encode(entry) + b"\n")
        half = target.with_suffix(".new")
        half.write_bytes(content)
        half.replace(target)
    except OSError as error:
        raise HubStop(f"{folder}: {error.strerror}") from error
    return official


def reviews(folder: Path) -> list[Reviewed]:
    """Oldest first."""
    path = folder / REVIEWS
    if not path.exists():
        return []
    try:
        return [
            msgspec.json.decode(line, type=Reviewed) for line in _read(path).splitlines() if line
        ]
    except msgspec.DecodeError as error:
        raise CalendarRefused([Fault(REVIEWS, 0, f"{error}: expected it as written")]) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise HubStop(f"{path}: {error.strerror}") from error


def _complete(draft: UnitCalendar, years: Sequence[OfficialYear], faults: list[Fault]) -> Calendar:
    if draft.region is None:
        return draft.calendar
    observed = [year for year in years if year.region == draft.region]
    try:
        return with_official(draft.calendar, observed, draft.own_days)
    except ValueError as error:
        faults.append(Fault(f"{draft.calendar.name}.toml", 0, str(error)))
        return draft.calendar


def _by_unit(
    drafts: Sequence[UnitCalendar], calendars: Sequence[Calendar], faults: list[Fault]
) -> dict[str, Calendar]:
    found: dict[str, Calendar] = {}
    for draft, calendar in zip(drafts, calendars, strict=True):
        for unit in draft.units:
            if unit in found:
                text = f"unit {unit} has calendar {found[unit].name} already: expected one"
                faults.append(Fault(f"{calendar.name}.toml", 0, text))
            found.setdefault(unit, calendar)
    return found
