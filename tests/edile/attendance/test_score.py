from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edile.attendance import app
from edile.attendance.rows import InvalidRows, read_events, read_truth
from simulators.attendance.day import AttendanceDay
from simulators.attendance.truth import truth_lines
from tests.edile.attendance.score_rows import header, said, shift, told, wrong

RUN = CliRunner()


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], "t.jsonl: no line at all"),
        ([shift("1", "late")], "t.jsonl line 1: the first line must be the header, kind 'truth'"),
        ([header(), "", "{"], "t.jsonl line 3: Input data was truncated"),
        ([header(), '{"kind": "truck"}'], "t.jsonl line 2: kind 'truck' is no kind of row"),
        (
            [header(), '{"kind": "shift", "id": "1"}'],
            "t.jsonl line 2: Object missing required field",
        ),
        ([header(), shift("1", "late"), shift("1", "late")], "the shift '1' is there twice"),
        ([header(), wrong("sos", ["b"], "today")], "t.jsonl line 2: since: not an RFC 3339 time"),
        ([header(), b"\xff"], "t.jsonl line 2: "),
    ],
)
def test_a_bad_line_of_truth_is_told_with_its_number(lines: list[str], expected: str) -> None:
    with pytest.raises(InvalidRows, match=expected):
        read_truth(lines, "t.jsonl")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([told("1", "late"), "[]"], "e.jsonl line 2: Expected `object`"),
        ([told("1", "late", shift=None)], "e.jsonl line 1: a shift event without the shift's name"),
        ([told("1", "asleep")], "e.jsonl line 1: Invalid enum value 'asleep'"),
        ([said("sos", ["b"], "noon")], "e.jsonl line 1: since: not an RFC 3339 time"),
        ([said("bored", ["b"])], "e.jsonl line 1: Invalid enum value 'bored'"),
    ],
)
def test_a_bad_event_is_told_with_its_line(lines: list[str], expected: str) -> None:
    with pytest.raises(InvalidRows, match=expected):
        read_events(lines, "e.jsonl")


def test_events_about_other_things_are_counted_and_left_alone() -> None:
    other = json.loads(told("1", "late"))
    other["type"] = "edile.air.summary.v1"
    found = read_events([json.dumps(other), told("1", "late")])
    assert (found.others, len(found.shifts)) == (1, 1)


def files(folder: Path, truth: list[str], events: list[str]) -> list[str]:
    for name, lines in (("t.jsonl", truth), ("e.jsonl", events)):
        (folder / name).write_text("\n".join(lines) + "\n")
    return ["score", "--truth", str(folder / "t.jsonl"), "--events", str(folder / "e.jsonl")]


def test_the_page_says_what_the_json_says(tmp_path: Path) -> None:
    call = files(
        tmp_path,
        [header(), shift("1", "present"), shift("2", "late"), wrong("sos", ["b-1"])],
        [told("1", "present"), told("2", "unknown")],
    )
    page = RUN.invoke(app, [*call, "--wrong"])
    card = json.loads(RUN.invoke(app, [*call, "--json"]).stdout)
    assert page.exit_code == 0
    assert "2 shifts; 0 without a verdict" in page.stdout
    assert "2: late (), told unknown" in page.stdout
    assert f"missed: {json.loads(wrong('sos', ['b-1']))['id']}" in page.stdout
    assert card["recall"]["late"]["value"] == 0
    assert card["exceptions"]["sos"]["fn"] == 1


def test_a_picture_is_drawn_where_it_is_wanted(tmp_path: Path) -> None:
    call = files(tmp_path, [header(), shift("1", "present")], [told("1", "present")])
    picture = tmp_path / "score.png"
    assert RUN.invoke(app, [*call, "--plot", str(picture)]).exit_code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_read_or_written_stops_with_one_line(tmp_path: Path) -> None:
    call = files(tmp_path, [header()], [])
    missing = RUN.invoke(app, ["score", "--truth", "nowhere", "--events", "nowhere"])
    nowhere = RUN.invoke(app, [*call, "--plot", str(tmp_path / "no" / "score.png")])
    bad = RUN.invoke(app, files(tmp_path, ["{}"], []))
    assert [one.exit_code for one in (missing, nowhere, bad)] == [2, 2, 2]
    assert "nowhere: No such file" in missing.output
    assert "--plot" in nowhere.output
    assert "t.jsonl line 1" in bad.output


def test_the_truth_of_a_simulated_day_can_be_read(tmp_path: Path) -> None:
    day = AttendanceDay(1, 80, 6, date(2026, 11, 23))
    truth = read_truth(truth_lines(day))
    assert len(truth.shifts) == len(day.stints)
    assert {row.exception for row in truth.exceptions} >= {"proxy-suspected", "left-area"}
