"""A day through the role in this process: the same verdicts as from whole tracks, and files to look at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edile.attendance import app

DAY = ("rehearse", "--badges", "10", "--areas", "3", "--seed", "3", "--json")


def card(*more: str) -> dict[str, object]:
    done = CliRunner().invoke(app, [*DAY, *more])
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_the_role_tells_what_whole_tracks_tell(tmp_path: Path) -> None:
    played, judged = card("--out", str(tmp_path / "day")), card("--verdicts-only")
    assert played["missing"] == judged["missing"] == 0
    assert played["verdicts"] == judged["verdicts"]
    assert played["n"] >= 10  # type: ignore[operator]
    files = {one.name for one in (tmp_path / "day").iterdir()}
    assert files == {"truth.jsonl", "events.jsonl", "areas.geojson", "roster.json", "score.json"}
    score = ["score", "--truth", "truth.jsonl", "--events", "events.jsonl", "--json"]
    again = [str(tmp_path / "day" / one) if one.endswith(".jsonl") else one for one in score]
    scored = json.loads(CliRunner().invoke(app, again).stdout)
    assert scored["verdicts"] == played["verdicts"]


@pytest.mark.parametrize(
    ("options", "said"),
    [(("--date", "today"), "--date: expected YYYY-MM-DD"), (("--out", "/dev/null/x"), "--out: ")],
)
def test_what_cannot_be_done_is_told_in_one_line(options: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(app, [*DAY, *options, "--verdicts-only"])
    assert done.exit_code == 2
    assert said in done.output
