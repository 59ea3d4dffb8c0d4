"""What is wrong with areas and rosters is told with all that is wrong, and where."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.config.attendance import AttendanceConfig
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


def refusal(config: AttendanceConfig) -> str:
    with pytest.raises(StopError) as refused:
        make(config, (), ())
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
    with pytest.raises(StopError) as refused:
        make(config, ({"id": 1}, {"nonsense": True}), ())
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == [
        "areas[0]",
        "areas[1]",
    ]


def test_bytes_that_are_no_text_are_refused_with_the_place(config: AttendanceConfig) -> None:
    config.areas[0].write_bytes(b"{\xff")
    assert "not UTF-8" in refusal(config)
