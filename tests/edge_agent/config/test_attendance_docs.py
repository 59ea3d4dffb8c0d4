"""The tables of docs/attendance.md, held against what the settings really are."""

from __future__ import annotations

import re
import tomllib
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from contract.geojson import read_areas
from edge_agent.config.attendance import AttendanceConfig
from edge_agent.config.attendance_limits import AttendanceLimits

DOCS = (Path(__file__).parents[3] / "docs" / "attendance.md").read_text(encoding="utf-8")
WORDS = {"-": MISSING, "none": (), "true": True, "false": False}
TABLES = [
    ("[roles.attendance]", AttendanceConfig, {"limits", "proxy"}),  # tables of their own
    ("[roles.attendance.limits]", AttendanceLimits, set[str]()),
]


def told(table: str) -> dict[str, object]:
    """Keys with their defaults, as the table under that name has them."""
    rows = DOCS.split(f"| key of `{table}` |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    found: dict[str, object] = {}
    for row in rows:
        keys, defaults = (cell.strip() for cell in row.split("|")[1:3])
        names = re.findall(r"`(\w+)`", keys)
        values = [_value(word.strip()) for word in defaults.split(",")]
        if len(values) == 1:
            values *= len(names)
        found |= dict(zip(names, values, strict=True))
    return found


def _value(word: str) -> object:
    return WORDS[word] if word in WORDS else float(word)


@pytest.mark.parametrize(("table", "kind", "elsewhere"), TABLES, ids=[one[0] for one in TABLES])
def test_every_key_is_in_the_docs_with_its_default(
    table: str, kind: type[AttendanceConfig | AttendanceLimits], elsewhere: set[str]
) -> None:
    assert told(table) == {
        one.name: one.default for one in fields(kind) if one.name not in elsewhere
    }


def test_the_areas_in_the_docs_are_good_and_those_that_the_example_names() -> None:
    text = re.findall(r"```json\n(.*?)```", DOCS, re.DOTALL)[0]
    example = tomllib.loads(re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)[0])
    role = example["roles"]["attendance"]
    ids = {area.id for area in read_areas(text, kind="shift", origin="docs")}
    assert ids == {*role["rest_areas"], *role["alerts"][0]["areas"]}
