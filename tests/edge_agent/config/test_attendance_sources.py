"""What is wrong with areas and rosters is told with all that is wrong, and where."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contract.geojson import read_areas
from edge_agent.config.attendance import AttendanceConfig
from edge_agent.config.attendance_sources import areas_in, timetable_of
from edge_agent.errors import StopError
from edge_agent.roles.attendance.making import make

RING = [[113.30, 23.10], [113.31, 23.10], [113.31, 23.11], [113.30, 23.11], [113.30, 23.10]]
ROSTER = (
    "what,zone,person,badge,days,start,end,areas\n"
    "zone,Asia/Shanghai,,,,,,\nperson,,w-1,,,,,\nbadge,,w-1,b-1,,,,\n"
    "weekly,,w-1,,daily,08:00,17:00,a-1\n"
)


def area(name: str = "a-1", ring: list[list[float]] = RING) -> str:
    facts = {"id": name, "version": 1, "valid_from": "2026-01-01T00:00:00Z"}
    shape = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": facts, "geometry": shape}
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


@pytest.fixture
def config(tmp_path: Path) -> AttendanceConfig:
    (tmp_path / "areas.geojson").write_text(area())
    (tmp_path / "roster.csv").write_text(ROSTER)
    return AttendanceConfig(
        devices=("terms-1",),
        areas=(tmp_path / "areas.geojson",),
        rosters=(tmp_path / "roster.csv",),
    )


def refusal(
    config: AttendanceConfig,
    areas: tuple[dict[str, Any], ...] = (),
    rosters: tuple[dict[str, Any], ...] = (),
) -> str:
    with pytest.raises(StopError) as refused:
        make(config, areas, rosters)
    return str(refused.value)


def test_good_files_make_a_role(config: AttendanceConfig) -> None:
    assert make(config, (), ()).name == "attendance"


@pytest.mark.parametrize("name", ["areas", "rosters"])
def test_a_file_that_is_not_there_is_named(config: AttendanceConfig, name: str) -> None:
    missing = Path("nowhere") / "file"
    wrong = (
        replace(config, areas=(missing,))
        if name == "areas"
        else replace(config, rosters=(missing,))
    )
    assert "nowhere/file: No such file" in refusal(wrong)


def test_a_ring_that_is_not_closed_is_refused_with_its_file(config: AttendanceConfig) -> None:
    config.areas[0].write_text(area(ring=RING[:-1]))
    told = refusal(config)
    assert "areas.geojson" in told
    assert "closed" in told


def test_a_roster_that_names_an_area_nobody_drew_is_refused_with_the_row(
    config: AttendanceConfig,
) -> None:
    config.areas[0].write_text(area("a-2"))
    told = refusal(config)
    assert "roster.csv" in told
    assert "no area 'a-1'" in told


def test_a_rest_area_that_nobody_drew_is_refused(config: AttendanceConfig) -> None:
    assert "no area 'hut'; there are a-1" in refusal(replace(config, rest_areas=("hut",)))


def test_every_mistake_in_the_hubs_areas_is_told(config: AttendanceConfig) -> None:
    told = refusal(config, ({"id": 1}, {"nonsense": True}))
    assert [line.partition(":")[0] for line in told.splitlines()] == ["areas[0]", "areas[1]"]


def test_bytes_that_are_no_text_are_refused_with_the_place(config: AttendanceConfig) -> None:
    config.areas[0].write_bytes(b"{\xff")
    assert "not UTF-8" in refusal(config)


def test_the_hubs_areas_may_be_geojson_beside_areas_of_the_contract(
    config: AttendanceConfig,
) -> None:
    (drawn,) = read_areas(area("a-2"), kind="shift", origin="elsewhere")
    given = (json.loads(area("a-1")), msgspec.to_builtins(drawn))
    found = areas_in(config, given)
    assert [one.id for one in found] == ["a-1", "a-2"]
    assert {one.kind for one in found} == {"shift"}
    assert found[0].rings == found[1].rings == (tuple((lon, lat) for lon, lat in RING),)


def test_what_is_wrong_with_the_hubs_geojson_is_told_with_its_place(
    config: AttendanceConfig,
) -> None:
    shapeless = {"type": "Feature", "properties": {"id": "a-3"}}
    given = (json.loads(area("a-2", RING[:-1])), json.loads(area()), shapeless, {"type": 7})
    lines = refusal(config, given).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["areas[0]", "areas[2]", "areas[3]"]
    assert lines[0].startswith("areas[0]: feature 0 (id 'a-2'): ring 0: ")
    assert "closed" in lines[0]


def test_areas_of_the_hub_that_are_one_area_twice_are_refused(config: AttendanceConfig) -> None:
    told = refusal(config, (json.loads(area()), json.loads(area())))
    assert "a-1" in told
    assert make(config, (json.loads(area()), json.loads(area("a-2"))), ()).name == "attendance"


def test_the_hub_may_send_a_sheet_as_it_is(config: AttendanceConfig) -> None:
    sheet = {"name": "sweepers.csv", "csv": ROSTER.replace("w-1", "w-9").replace("b-1", "b-9")}
    known = frozenset({"a-1"})
    assert timetable_of(config, (sheet,), known).badges() == {"b-9"}
    marked = sheet | {"csv": "\ufeff" + sheet["csv"]}  # as Excel writes "CSV UTF-8"
    assert timetable_of(config, (marked,), known).badges() == {"b-9"}
    # Instead of the files, not beside them.
    assert timetable_of(config, (), known).badges() == {"b-1"}


@pytest.mark.parametrize(
    ("roster", "told"),
    [
        ({"name": "s.csv", "csv": ROSTER.replace("a-1", "a-7")}, "s.csv: row 5: areas: no area 'a-7'"),
        ({"csv": ROSTER.replace("daily", "dayly")}, "rosters[0]: row 5: days: "),
        ({"name": "s.csv", "csv": ROSTER.replace("b-1", "\ufffd\ufffd")}, "s.csv: row 4: the file was not UTF-8"),
        ({"name": "s.csv", "csv": ""}, "s.csv"),
        ({"name": "s.csv", "csv": 7}, "rosters[0]: csv: expected the sheet's text"),
        ({"name": "s.csv", "sheet": ROSTER}, "rosters[0]: sheet: expected"),
        ({"csv": ROSTER, "zone": "UTC"}, "rosters[0]: csv: expected the sheet's text"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_roster_of_the_hub_is_told_by_its_name_and_row(
    config: AttendanceConfig, roster: dict[str, Any], told: str
) -> None:
    assert told in refusal(config, rosters=(roster,))
