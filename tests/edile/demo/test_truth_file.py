"""A truth file is followed line by line while it grows."""

from __future__ import annotations

import json
from pathlib import Path

from edile.demo.truth_file import TruthFile, day_score


def test_a_file_that_is_not_there_yet_has_no_lines(tmp_path: Path) -> None:
    assert TruthFile(tmp_path / "t").new() == []


def test_each_line_is_given_once_and_half_a_line_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "t"
    truth = TruthFile(path)
    one, end, late = ({"t": n, "kind": kind} for n, kind in enumerate(("truth", "end", "sample")))
    path.write_text(f'{json.dumps(one)}\n{{"t"', encoding="utf-8")
    assert truth.new() == [one]
    assert truth.new() == []
    assert not truth.ended
    path.write_text("".join(f"{json.dumps(x)}\n" for x in (one, end, late)), encoding="utf-8")
    assert truth.new() == [end, late]
    assert truth.lines == [one, end, late]
    assert truth.ended  # whatever came after the end


def test_the_score_of_a_day_is_none_until_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "score.json"
    assert day_score(file) is None
    file.write_text('{"n": 3, "mis', encoding="utf-8")
    assert day_score(file) is None
    file.write_text('{"n": 3}', encoding="utf-8")
    assert day_score(file) == {"n": 3}
