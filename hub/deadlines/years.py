"""A year's official calendar as CSV: `REGION-YEAR.csv`, for example `cn-2026.csv`.

    date,kind,name,source,works_as
    2026-01-01,holiday,元旦,国办 2025-11-04,
    2026-01-04,workday,元旦,国办 2025-11-04,fri

Every day off that the notice names is a row, weekends within the holiday too, and so is every make-up
workday (调休上班). `works_as` is the weekday whose hours a make-up workday has; empty is Monday, since the
notices do not say. Days that are not listed are as their weekday.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from hub.deadlines.calendars import WEEKDAYS, Kind, OfficialYear, SpecialDay
from hub.deadlines.faults import CalendarRefused, Fault

HEADER = ["date", "kind", "name", "source", "works_as"]
NAME = re.compile(r"([a-z][a-z0-9]*(?:-[a-z0-9]+)*)-(\d{4})\.csv", re.ASCII)
MAX_BYTES = 256 * 1024
_KINDS: dict[str, Kind] = {"holiday": "holiday", "workday": "workday"}


def read_year(file_name: str, content: bytes) -> OfficialYear:
    """CalendarRefused with every fault found."""
    named = NAME.fullmatch(file_name)
    if named is None:
        raise CalendarRefused([Fault(file_name, 0, "expected a name like cn-2026.csv")])
    rows, faults = _rows(file_name, _text(file_name, content))
    year, days = int(named.group(2)), dict[date, SpecialDay]()
    for line, cells in rows:
        read = _day(cells, year)
        if isinstance(read, str):
            faults.append(Fault(file_name, line, read))
        elif read[0] in days:
            faults.append(Fault(file_name, line, f"{read[0]} again: expected each date once"))
        else:
            days[read[0]] = read[1]
    if not faults and not days:
        faults.append(Fault(file_name, 0, "expected at least one holiday"))
    if faults:
        raise CalendarRefused(sorted(faults, key=lambda fault: fault.line))
    return OfficialYear(named.group(1), year, days)


def _text(file_name: str, content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise CalendarRefused([Fault(file_name, 0, f"expected at most {MAX_BYTES} bytes")])
    try:
        return content.decode("utf-8-sig")  # spreadsheets write the mark
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        text = "expected UTF-8; a spreadsheet saves it as 'CSV UTF-8'"
        raise CalendarRefused([Fault(file_name, line, text)]) from error


def _rows(file_name: str, text: str) -> tuple[list[tuple[int, list[str]]], list[Fault]]:
    reader = csv.reader(io.StringIO(text), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        rows.extend((reader.line_num, cells) for cells in reader if any(cells))
    except csv.Error as error:
        return [], [Fault(file_name, reader.line_num, f"{error}: expected CSV")]
    if not rows or [cell.strip() for cell in rows[0][1]] not in (HEADER, HEADER[:4]):
        return [], [Fault(file_name, 1, f"expected the header {','.join(HEADER)}")]
    return rows[1:], []


def _day(cells: list[str], year: int) -> tuple[date, SpecialDay] | str:
    """A row's day, or what was expected of it."""
    if len(cells) not in {4, 5}:
        return f"{len(cells)} cells: expected {', '.join(HEADER)}"
    when, kind, name, source, works_as = (cell.strip() for cell in [*cells, ""][:5])
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", when, re.ASCII):
        return f"date {when!r}: expected YYYY-MM-DD"
    try:
        day = date.fromisoformat(when)
    except ValueError:
        return f"date {when!r}: expected a day that exists"
    if day.year != year:
        return f"date {day}: expected a day of {year}, as the file's name says"
    if not name or not source:
        return "expected a name and a source: who published it, when, under which number"
    wrong = _expectation(kind, works_as)
    if wrong:
        return wrong
    weekday = WEEKDAYS.index(works_as) if works_as else 0
    return day, SpecialDay(_KINDS[kind], name, source, weekday)


def _expectation(kind: str, works_as: str) -> str | None:
    if kind not in _KINDS:
        return f"kind {kind!r}: expected holiday or workday"
    if works_as and kind == "holiday":
        return f"works_as {works_as!r}: expected nothing on a holiday"
    if works_as and works_as not in WEEKDAYS:
        return f"works_as {works_as!r}: expected one of {', '.join(WEEKDAYS)}, or nothing"
    return None


@dataclass(frozen=True, slots=True)
class Review:
    """What a person compares with the notice before a year counts. `doubts` are legal but unusual."""

    lines: tuple[str, ...]
    workdays: int
    doubts: tuple[str, ...]


def review(official: OfficialYear) -> Review:
    """Breaks as runs of days off, make-up workdays, and the sum over a Monday-to-Friday week."""
    lines = [_run_line(run) for run in _breaks(official)]
    for day, special in sorted(official.days.items()):
        if special.kind == "workday":
            weekday = WEEKDAYS[special.works_as]
            lines.append(f"{day} {WEEKDAYS[day.weekday()]}  works as {weekday}  {special.name}")
    workdays = sum(_works(official, day) for day in _all_days(official.year))
    return Review(tuple(lines), workdays, tuple(_doubts(official, workdays)))


def _run_line(run: list[tuple[date, str]]) -> str:
    first, last = run[0][0], run[-1][0]
    names = ", ".join(dict.fromkeys(name for _, name in run if name))
    span = f"{first} {WEEKDAYS[first.weekday()]} to {last} {WEEKDAYS[last.weekday()]}"
    return f"{span}  {len(run)} day{'s' * (len(run) > 1)} off  {names}"


def _breaks(official: OfficialYear) -> Iterator[list[tuple[date, str]]]:
    run: list[tuple[date, str]] = []
    for day in _all_days(official.year):
        special = official.days.get(day)
        if not _works(official, day):
            run.append((day, special.name if special else ""))
            continue
        if any(name for _, name in run):
            yield run
        run = []
    if any(name for _, name in run):
        yield run


def _works(official: OfficialYear, day: date) -> bool:
    special = official.days.get(day)
    return day.weekday() < 5 if special is None else special.kind == "workday"


def _all_days(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


def _doubts(official: OfficialYear, workdays: int) -> Iterator[str]:
    for day, special in sorted(official.days.items()):
        if special.kind == "workday" and day.weekday() < 5:
            yield f"{day} is a {WEEKDAYS[day.weekday()]}: a workday without being made one"
    if not 240 <= workdays <= 262:
        yield f"{workdays} workdays in the year: are all holidays listed?"
    new_year = official.days.get(date(official.year, 1, 1))
    if new_year is None or new_year.kind != "holiday":
        yield "1 January is no holiday"
