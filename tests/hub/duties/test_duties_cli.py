"""`edile hub duties`: what people see, and with which exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import shapely
from typer.testing import CliRunner

from contract.timestamps import rfc3339
from hub.duties.cli import duties
from hub.duties.coverage import Position
from tests.hub.duties.roads import drive, road
from tests.hub.duties.test_performance import DOCUMENT
from tests.hub.duties.town import SHIPPED

PNG = b"\x89PNG\r\n\x1a\n"


def ran(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(duties, [str(one) for one in arguments])
    return done.exit_code, done.output


def track_file(folder: Path, positions: list[Position]) -> Path:
    file = folder / "track.jsonl"
    file.write_text(
        "\n".join(
            json.dumps(
                {"at": rfc3339(one.at_ns), "lon": one.lon, "lat": one.lat,
                 "speed_kmh": one.speed_kmh, "accuracy_m": one.accuracy_m}
            )
            for one in positions
        ),
        encoding="utf-8",
    )  # fmt: skip
    return file


@pytest.fixture
def street(tmp_path: Path) -> Path:
    file = tmp_path / "road.geojson"
    file.write_text(shapely.to_geojson(road((0, 0), (500, 0), (500, 200))), encoding="utf-8")
    return file


def test_a_sound_document_is_told_and_a_wrong_one_line_by_line(tmp_path: Path) -> None:
    status, said = ran("check", SHIPPED)
    assert status == 0
    assert "gas-inspection: every 12 months + 7 days; done -> next, nobody-home -> revisit" in said
    assert "road-sweeping: every 1 day; covers 85%" in said
    wrong = tmp_path / "wrong.yaml"
    text = SHIPPED.read_text(encoding="utf-8").replace("12 months", "12 moons")
    wrong.write_text(text.replace("then: order", "then: perhaps"), encoding="utf-8")
    status, said = ran("check", wrong)
    assert status == 2
    assert [line.split(": ")[0] for line in said.splitlines()] == ["wrong.yaml:10", "wrong.yaml:17"]


def test_contracts_are_checked_by_the_same_command(tmp_path: Path) -> None:
    file = tmp_path / "lots.yaml"
    file.write_text(DOCUMENT, encoding="utf-8")
    status, said = ran("check", file)
    assert (status, said.splitlines()) == (
        0,
        [
            "green-clean lot-3 attendance each month: 95 %, 500.00 yuan a point, at most 20000.00 yuan",
            "green-clean lot-3 sweeping each day: 100 %, 12.50 yuan a case, at most 1000.00 yuan",
        ],
    )


def test_a_whole_drive_is_enough_and_a_fast_one_is_not(tmp_path: Path, street: Path) -> None:
    corners = [(0.0, 2.0), (498.0, 2.0), (498.0, 200.0)]
    track, left = track_file(tmp_path, drive(*corners)), tmp_path / "left.geojson"
    status, said = ran("coverage", track, street)
    assert (status, "of 700 m worked, needed 85%: enough" in said) == (0, True)
    fast = drive(*corners[:2]) + drive(*corners[1:], kmh=25, start_s=1000)
    picture = tmp_path / "covered.png"
    status, said = ran(
        "coverage", track_file(tmp_path, fast), street, "--draw", picture, "--out", left
    )
    assert (status, "not enough" in said, "left   too-fast" in said) == (1, True, True)
    assert picture.read_bytes().startswith(PNG)
    assert {one["properties"]["why"] for one in json.loads(left.read_text())["features"]} == {
        "too-fast"
    }


def test_what_cannot_be_asked_is_one_line(tmp_path: Path, street: Path) -> None:
    track = track_file(tmp_path, drive((0, 0), (10, 0)))
    for arguments, said in (
        (
            ("coverage", track, street, "--kind", "bin-washing"),
            "expected one that asks for coverage",
        ),
        (("coverage", tmp_path / "none", street), "No such file"),
        (
            ("plan", track, "--from", "soon", "--to", "2026-12-31"),
            "--from soon: expected YYYY-MM-DD",
        ),
        (("plan", track, "--from", "2026-12-31", "--to", "2026-12-01"), "not before 2026-12-31"),
    ):
        status, told = ran(*arguments)
        assert (status, said in told, told.count("\n")) == (2, True, 1)


def test_a_plan_counts_what_falls_due_and_draws_it(tmp_path: Path) -> None:
    register = tmp_path / "homes.csv"
    register.write_text(
        "kind,object,last_done,first_due\n"
        "gas-inspection,home-1,2025-12-05,\n"
        "gas-inspection,home-2,2024-01-01,\n"
        "bin-washing,bin-1,,2026-12-02\n"
        "moon-watch,moon,,\n",
        encoding="utf-8",
    )
    picture = tmp_path / "plan.png"
    status, said = ran(
        "plan", register, "--from", "2026-12-01", "--to", "2026-12-31", "--draw", picture
    )
    assert status == 1
    assert "homes.csv: line 5: kind 'moon-watch'" in said
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in said.splitlines()}
    assert rows["gas-inspection"] == "1 due, 1 due before, most on 2026-12-05 (1)"
    assert rows["bin-washing"] == "5 due, 0 due before, most on 2026-12-30 (1)"  # each Wednesday
    assert picture.read_bytes().startswith(PNG)
