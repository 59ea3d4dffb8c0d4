from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from contract.areas import AreaIndex
from contract.geojson import read_areas
from contract.rosters.timetable import Timetable, read_roster
from edge_agent.config.devices.terminal_roster import load_roster
from simulators.terminals.cli import terminals

APP = typer.Typer()
APP.command()(terminals)
RUN = CliRunner()
DAY = ["--scenario", "attendance-day", "--badges", "20", "--areas", "6", "--seed", "4"]


def test_a_gateway_can_be_set_up_from_the_files_alone(tmp_path: Path) -> None:
    names = ("areas.json", "roster.json", "terminals.csv", "truth.jsonl")
    areas, roster, numbers, truth = (tmp_path / name for name in names)
    files = ["--areas-out", areas, "--roster-out", roster, "--terminals-out", numbers]
    call = [*DAY, "--date", "2026-11-23", "--files-only", *files, "--truth", truth]
    assert RUN.invoke(APP, [str(one) for one in call]).exit_code == 0

    table = Timetable(read_roster(roster.read_bytes(), "roster.json"))
    index = AreaIndex(read_areas(areas.read_text(), kind="shift", origin="areas.json"))
    rows = [json.loads(line) for line in truth.read_text().splitlines()]
    planned = {shift.key: shift for shift in table.shifts(0, 2**62)}
    assert {row["id"] for row in rows if row["kind"] == "shift"} == set(planned)
    assert {area for shift in planned.values() for area in shift.areas} <= {
        area.id for area in index.areas
    }
    assert set(load_roster(numbers)) == table.badges()
    assert len(numbers.read_text().splitlines()) == len(table.badges()) + 1
    assert rows[-1]["kind"] == "end"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([*DAY], "--connect: expected HOST:PORT, found None"),
        ([*DAY, "--files-only", "--protocol", "gt06"], "--protocol: the scenario attendance-day"),
        ([*DAY, "--files-only", "--date", "Monday"], "--date: expected YYYY-MM-DD, found 'Monday'"),
        ([*DAY, "--files-only", "--begin", "noon"], "--begin: not an RFC 3339 time"),
        ([*DAY, "--files-only", "--scale", "60"], "--scale: a scaled day needs --begin"),
        ([*DAY, "--files-only", "--areas-out", "/no/such/folder/a.json"], "No such file"),
        (["--files-only"], "--files-only: only the scenario attendance-day writes files"),
        (["--connect", "nowhere"], "--connect: expected HOST:PORT, found 'nowhere'"),
    ],
)
def test_what_cannot_be_played_is_refused_in_one_line(options: list[str], expected: str) -> None:
    result = RUN.invoke(APP, options)
    assert result.exit_code == 2
    assert expected in result.output
