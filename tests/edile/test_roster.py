"""`edile roster check`: what an installer reads, and the exit code a script relies on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from edile.roster import app
from tests.contract.rosters.sheets import CREW, NATIONAL_DAY


@pytest.fixture
def sheets(tmp_path: Path) -> list[str]:
    files = [tmp_path / "crew.csv", tmp_path / "holidays.csv"]
    for file, text in zip(files, (CREW, NATIONAL_DAY), strict=True):
        file.write_text(text, encoding="utf-8")
    return [str(file) for file in files]


def check(*words: str) -> Result:
    return CliRunner().invoke(app, ["check", *words])


def test_a_good_roster_is_summed_up_by_day_and_person(sheets: list[str]) -> None:
    result = check(*sheets, "--from", "2026-10-05")
    assert (result.exit_code, result.stdout) == (
        0,
        (
            "2 people, 2 badges, time zone Asia/Shanghai\n"
            "2026-10-05 Mon  0 shifts\n2026-10-06 Tue  0 shifts\n2026-10-07 Wed  0 shifts\n"
            "2026-10-08 Thu  2 shifts\n2026-10-09 Fri  2 shifts\n2026-10-10 Sat  2 shifts\n"
            "2026-10-11 Sun  0 shifts\n"
            # three days of eight hours less half an hour
            "hours (2): w-1 22.5, w-2 22.5\n"
        ),
    )


def test_json_says_who_lacks_a_badge_and_when(sheets: list[str], tmp_path: Path) -> None:
    swap = tmp_path / "more.csv"
    swap.write_text(
        "what,person,group,badge,from\nperson,w-3,sweepers\nperson,w-4,office\nperson,w-5,sweepers\n"
        "badge,w-5,,7,2026-10-08 09:00\nbadge,w-4,,8\n"
    )
    found = json.loads(
        check(*sheets, str(swap), "--from", "2026-10-08", "--days", "1", "--json").stdout
    )
    assert found["people_without_badge"] == ["w-3"]
    assert found["people_without_shift"] == ["w-4"]
    assert found["badges_without_shift"] == ["8"]
    assert found["gaps"] == [
        {"shift": "w-5/2026-10-08/1", "begin": "2026-10-08 06:00", "end": "2026-10-08 09:00"}
    ]


def test_mistakes_are_told_with_file_and_row_and_exit_code_1(sheets: list[str]) -> None:
    file = Path(sheets[0])
    file.write_text(CREW.replace("14:00", "14.00").replace("badge,,w-2", "badge,,w-7"))
    result = check(*sheets)
    assert result.exit_code == 1
    assert f"{file}: row 6: person: no person row 'w-7'; did you mean 'w-2'?" in result.stdout
    assert result.stdout.endswith("2 mistakes\n")
    told = json.loads(check(*sheets, "--json").stdout)["mistakes"]
    assert [(one["row"], one["key"]) for one in told] == [("row 6", "person"), ("row 7", "end")]


@pytest.mark.parametrize("who", ["w-1", "460001"])
def test_show_lists_the_shifts_of_a_person_or_badge(sheets: list[str], who: str) -> None:
    lines = check(*sheets, "--show", who, "--from", "2026-10-05").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [
        f"w-1/2026-10-{day}/1" for day in ("08", "09", "10")
    ]
    assert "7.5    460001  a-1 a-2  10:00-10:30" in lines[1]


def test_areas_are_compared_with_the_drawn_ones(sheets: list[str], tmp_path: Path) -> None:
    ring = [[113.0, 23.0], [113.1, 23.0], [113.1, 23.1], [113.0, 23.0]]
    area = {
        "type": "Feature",
        "id": "a-1",
        "properties": {"name": "Square", "valid_from": "2026-01-01T00:00:00Z"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    drawn = tmp_path / "areas.geojson"
    drawn.write_text(json.dumps({"type": "FeatureCollection", "features": [area]}))
    result = check(*sheets, "--areas", str(drawn))
    assert result.exit_code == 1
    assert "row 7: areas: no area 'a-2'; did you mean 'a-1'?" in result.stdout


def test_a_name_or_file_that_is_not_there_is_said_in_one_line(sheets: list[str]) -> None:
    for words in (["nowhere.csv"], [*sheets, "--show", "w-9"], [*sheets, "--from", "soon"]):
        result = check(*words)
        assert result.exit_code not in (0, 1)
