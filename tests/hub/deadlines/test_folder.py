"""A hub's calendars as files, by the commands that people use."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub.cli import app
from hub.deadlines import due
from hub.deadlines.calendars import WEEKDAYS
from hub.deadlines.faults import CalendarRefused
from hub.deadlines.folder import Calendars, import_year, load, reviews
from hub.deadlines.unit_files import read_unit_calendar
from hub.errors import HubStop
from tests.hub.deadlines.offices import GUANGZHOU, PUBLISHED, local, wall

OFFICE = """\
zone = "Asia/Shanghai"
units = ["north", "district"]
official = "cn"

[[weeks]]
since = 2024-01-01
mon = ["08:30-12:00", "14:30-18:00"]
tue = ["08:30-12:00", "14:30-18:00"]
wed = ["08:30-12:00", "14:30-18:00"]
thu = ["08:30-12:00", "14:30-18:00"]
fri = ["08:30-12:00", "14:30-18:00"]
"""
SWEEPERS = """\
zone = "Asia/Shanghai"
units = ["sweepers"]
[[weeks]]
since = 2024-01-01
""" + "".join(f'{day} = ["05:00-13:00"]\n' for day in WEEKDAYS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "calendars"
    made.mkdir()
    (made / "office.toml").write_text(OFFICE, encoding="utf-8")
    (made / "sweepers.toml").write_text(SWEEPERS, encoding="utf-8")
    for year in (2024, 2025, 2026):
        import_year(made, PUBLISHED / f"cn-{year}.csv", by="Li Na", at="2026-01-05T01:00:00.000Z")
    return made


def _run(*words: object) -> Result:
    return CliRunner().invoke(app, ["calendar", *map(str, words)])


def test_a_unit_is_answered_by_the_nearest_calendar_above_it(folder: Path) -> None:
    found: Calendars = load(folder)
    assert [one.name for one in found.all] == ["office", "sweepers"]
    chain = found.of(["grid-7", "north", "district"])
    assert chain is not None
    assert chain.version == GUANGZHOU.version
    assert found.of(["contractor"]) is None
    start = local("2026-09-30 16:00")
    assert wall(due(start, 3, "working-day", chain).due_ns) == "2026-10-10 16:00"
    shift = due(start, 1, "working-day", found.of(["sweepers"]))
    assert (wall(shift.due_ns), shift.beyond_known) == ("2026-10-01 13:00", False)
    assert found.by_unit["sweepers"].known_until(date(2026, 11, 21)) is None


def test_a_year_counts_only_as_it_was_reviewed(folder: Path, tmp_path: Path) -> None:
    assert [one.by for one in reviews(folder)] == ["Li Na"] * 3
    with (folder / "cn-2026.csv").open("a", encoding="utf-8") as file:
        file.write("2026-12-25,holiday,a,b,\n")
    with pytest.raises(CalendarRefused, match=r"cn-2026.csv: nobody reviewed this content"):
        load(folder)
    changed = shutil.copy(folder / "cn-2026.csv", tmp_path)
    import_year(folder, Path(changed), by="Wang", at="2026-11-21T01:00:00.000Z")
    assert load(folder).by_unit["north"].hours_of(date(2026, 12, 25)) == ()
    with pytest.raises(HubStop, match="reviewed-by"):
        import_year(folder, Path(changed), by=" ", at="2026-11-21T01:00:00.000Z")


def test_faults_of_all_files_are_named(folder: Path) -> None:
    (folder / "second.toml").write_text(OFFICE.replace('"north", ', ""), encoding="utf-8")
    (folder / "wrong.toml").write_text("zone = 1\n", encoding="utf-8")
    (folder / "reviews.jsonl").unlink()
    with pytest.raises(CalendarRefused) as refused:
        load(folder)
    named = [fault.file for fault in refused.value.faults]
    assert sorted(named) == [
        *(f"cn-{year}.csv" for year in (2024, 2025, 2026)),
        "second.toml",
        "wrong.toml",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "expectation"),
    [
        ("Asia/Shanghai", "Asia/Canton", 1, "expected an IANA zone"),
        ("Asia/Shanghai", "../../etc/passwd", 1, "expected an IANA zone"),
        ("units", "unit", 1, "unknown field `unit`"),
        ('"cn"', '"CN 1"', 3, "expected a region like cn"),
        ("since = 2024-01-01", "since = 2024", 6, "Expected `date`"),
        ("2024-01-01", "2024-13-01", 6, "expected TOML"),
        ('mon = ["08:30-12:00"', 'mon = ["8:30-12:00"', 7, "expected hours like 08:30-12:00"),
        ('mon = ["08:30-12:00"', 'mon = ["22:00-06:00"', 7, "a night is 22:00-24:00 and"),
        ('mon = ["08:30-12:00"', 'mon = ["08:30-24:30"', 7, "expected an end behind"),
        ('mon = ["08:30-12:00"', 'mon = ["08:30-14:30"', 7, "in order that do not touch"),
        ("mon", "monday", 7, "unknown field `monday`"),
        ('fri = ["08:30-12:00", "14:30-18:00"]', "fri = 5", 11, "Expected `array`"),
    ],
)
def test_a_wrong_calendar_is_refused_with_its_line(
    old: str, new: str, line: int, expectation: str
) -> None:
    content = OFFICE.replace(old, new, 1)
    if new == "unit":
        line = 2
    with pytest.raises(CalendarRefused) as refused:
        read_unit_calendar("office.toml", content.encode())
    fault = refused.value.faults[0]
    assert (fault.file, fault.line) == ("office.toml", line), fault
    assert expectation in fault.text


def test_a_units_own_days_are_read_and_refused_with_their_line() -> None:
    own = OFFICE + '\n[[days]]\ndate = 2026-03-12\nkind = "holiday"\nname = "a"\nsource = "b"\n'
    found = read_unit_calendar("office.toml", own.encode())
    assert found.calendar.hours_of(date(2026, 3, 12)) == ()
    twice = own + own[own.index("\n[[days]]") :]
    with pytest.raises(CalendarRefused, match=r"office.toml:20: .*expected each date once"):
        read_unit_calendar("office.toml", twice.encode())
    closed = own.replace("holiday", "workday") + 'works_as = "sun"\n'
    with pytest.raises(CalendarRefused, match=r"office.toml:13: .*works as sun"):
        read_unit_calendar("office.toml", closed.encode())
    shut = OFFICE.partition("mon =")[0]
    with pytest.raises(CalendarRefused, match=r"office.toml:5: .*expected weeks that have"):
        read_unit_calendar("office.toml", shut.encode())


def test_check_prints_the_review_or_every_fault(tmp_path: Path) -> None:
    wrong = tmp_path / "cn-2027.csv"
    wrong.write_text("date,kind,name,source\n2027-01-01,off,a,b\n", encoding="utf-8")
    office = tmp_path / "office.toml"
    office.write_text(OFFICE, encoding="utf-8")
    done = _run("check", PUBLISHED / "cn-2026.csv", office, wrong)
    assert done.exit_code == 2
    assert "cn-2026.csv: 248 workdays" in done.output
    assert "2026-02-15 sun to 2026-02-23 mon  9 days off  春节" in done.output
    assert "office.toml: sound, for north, district" in done.output
    assert "cn-2027.csv:2: kind 'off': expected holiday or workday" in done.output
    assert _run("check", tmp_path / "none.csv").exit_code == 2


def test_import_shows_first_and_takes_in_when_somebody_reviewed(tmp_path: Path) -> None:
    year, folder = PUBLISHED / "cn-2026.csv", tmp_path / "calendars"
    shown = _run("import", year, "--folder", folder)
    assert (shown.exit_code, folder.exists()) == (1, False)
    assert "not taken in" in shown.output
    taken = _run("import", year, "--folder", folder, "--reviewed-by", "Li Na")
    assert taken.exit_code == 0, taken.output
    assert (folder / "cn-2026.csv").read_bytes() == year.read_bytes()
    assert [(one.file, one.by) for one in reviews(folder)] == [("cn-2026.csv", "Li Na")]


def test_show_alarms_when_the_known_time_runs_out(folder: Path) -> None:
    early = _run("show", "--folder", folder, "--today", "2026-11-01")
    assert early.exit_code == 0, early.output
    assert "Asia/Shanghai  north, district  known until 2027-01-01" in early.output
    assert "sweepers  known until no end in sight" in early.output
    late = _run("show", "--folder", folder, "--today", "2026-11-21")
    assert late.exit_code == 1
    assert "alarm: calendar office is known until 2027-01-01, 41 days from now" in late.output
    assert _run("show", "--folder", folder, "--today", "21.11.").exit_code == 2
    assert _run("show", "--folder", folder / "none").exit_code == 2
