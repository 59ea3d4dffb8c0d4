"""Scenario files: what they say, and how a wrong one is refused with file and line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulators.named_scenarios import NAMED, named_rows, named_scenario
from simulators.scenario import ScenarioError, build_scenario, load_scenario

TRUCK = {"t": 1, "kind": "truck", "id": "T1", "plate": "粤A12345", "mass_kg": 20000}


def written(folder: Path, *rows: object, name: str = "mine.jsonl") -> Path:
    path = folder / name
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_file_of_json_lines_is_read(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {"kind": "indicator", "baud": 1200, "division_kg": 10},
        {"t": 30, "kind": "silence", "id": "S", "duration_s": 5},
        "",
        TRUCK | {"tag": "0001234567", "direction": "out"},
    )
    scenario = load_scenario(path)
    assert scenario.name == "mine"
    assert scenario.indicator.baud == 1200
    assert [act.id for act in scenario.acts] == ["T1", "S"]
    assert scenario.trucks[0].tag == "0001234567"
    assert scenario.disturbances[0].expect == ("indicator-silent",)
    assert scenario.length_s == 38


def test_the_same_in_toml(tmp_path: Path) -> None:
    text = """
[indicator]
baud = 1200

[[acts]]
t = 1
kind = "truck"
id = "T1"
plate = "粤A12345"
mass_kg = 20000
"""
    scenario = load_scenario(written(tmp_path, text, name="mine.toml"))
    assert scenario.indicator.baud == 1200
    assert scenario.trucks[0].crossing.mass_kg == 20000


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("{", "expected one JSON object a line"),
        ("[1]", "expected a JSON object"),
        ({"kind": "lorry"}, "kind: expected one of indicator, truck, silence"),
        ({}, "kind: missing"),
        (TRUCK | {"id": "T2", "mass_kg": "20 t"}, "mass_kg: expected a number from 1 to 200000"),
        (TRUCK | {"id": "T2", "mass_kg": True}, "mass_kg: expected a number"),
        (TRUCK | {"id": "T2", "mass_kg": -5}, "mass_kg: expected a number from 1 to"),
        (TRUCK | {"id": "T2", "tag": "12"}, "tag: expected text like"),
        (TRUCK | {"id": "T2", "colour": "red"}, "colour: unknown key; known here: axle_gap_s"),
        (TRUCK | {"id": "T2", "expect": ["theft"]}, "expect: expected a list of"),
        (TRUCK | {"t": 500}, "id: 'T1' is taken by line 1"),
        (TRUCK | {"id": "T2", "t": 4}, "t: expected after 10.0 s, when 'T1' has left the deck"),
        ({"t": 60, "kind": "silence", "id": "S"}, "duration_s: missing; expected a number"),
        (
            {"t": 60, "kind": "wrong-baud", "id": "S", "duration_s": 5, "baud": 9601},
            "baud: expected",
        ),
        ({"kind": "indicator", "framing": "9X1"}, "framing: expected one of 8N1, 7E1, 7O1"),
        ({"kind": "indicator", "rate_hz": 0}, "rate_hz: expected a whole number among 1..50"),
    ],
)
def test_a_mistake_is_refused_with_file_and_line(
    tmp_path: Path, row: object, expected: str
) -> None:
    path = written(tmp_path, TRUCK, row)
    with pytest.raises(ScenarioError) as refused:
        load_scenario(path)
    assert str(refused.value).startswith(f"{path}:2: ")
    assert expected in str(refused.value)


def test_a_mistake_in_toml_is_refused_at_its_table(tmp_path: Path) -> None:
    text = (
        '[[acts]]\nt = 1\nkind = "silence"\nid = "S"\nduration_s = 2\n[[acts]]\nt = 9\nkind = "x"\n'
    )
    with pytest.raises(ScenarioError, match=r"mine\.toml:6: kind: expected one of"):
        load_scenario(written(tmp_path, text, name="mine.toml"))


@pytest.mark.parametrize("text", ["t = ", "[other]\n", "acts = 5\n"])
def test_toml_that_is_no_scenario_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ScenarioError, match=r"mine\.toml: "):
        load_scenario(written(tmp_path, text, name="mine.toml"))


def test_a_file_without_acts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no acts; expected lines of kind truck, silence"):
        load_scenario(written(tmp_path, {"kind": "indicator"}))


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError, match="not a text file in UTF-8"):
        load_scenario(path)


@pytest.mark.parametrize("name", NAMED)
def test_every_named_scenario_can_be_written_to_a_file_and_read_back(
    name: str, tmp_path: Path
) -> None:
    path = written(tmp_path, *named_rows(name, 7))
    read = load_scenario(path)
    named = named_scenario(name, 7)
    assert (read.indicator, read.acts) == (named.indicator, named.acts)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("minutes", [2, 3, 10])
def test_the_demo_has_room_for_every_anomaly_and_keeps_to_its_length(
    seed: int, minutes: int
) -> None:
    demo = named_scenario("demo", seed, minutes)
    kinds = {kind for act in demo.acts for kind in act.expect}
    assert {"untared-tip", "same-load-twice", "zero-drift", "unplugged"} <= kinds
    assert {"indicator-silent", "indicator-garbled"} <= kinds
    assert any(truck.crossing.step_kg for truck in demo.trucks)
    assert any(not truck.settles for truck in demo.trucks)
    assert len(demo.trucks) >= 8
    assert minutes * 60 - 35 < demo.length_s < minutes * 60 + 5


def test_another_seed_tells_another_story() -> None:
    assert named_rows("demo", 1) != named_rows("demo", 2)
    assert named_rows("demo", 1) == named_rows("demo", 1)


def test_what_a_row_leaves_out_is_usual() -> None:
    scenario = build_scenario("x", [(1, TRUCK)], "x")
    assert scenario.indicator.baud == 9600
    assert scenario.trucks[0].crossing.stay_s == 5.0
    assert scenario.trucks[0].settles
