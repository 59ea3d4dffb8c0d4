"""A truth file is followed line by line while it grows."""

from __future__ import annotations

from pathlib import Path

from edile.demo.truth_file import TruthFile


def test_a_file_that_is_not_there_yet_has_no_lines(tmp_path: Path) -> None:
    assert TruthFile(tmp_path / "t").new() == []


def test_each_line_is_given_once_and_half_a_line_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "t"
    truth = TruthFile(path)
    path.write_text('{"t": 1}\n{"t"', encoding="utf-8")
    assert truth.new() == [{"t": 1}]
    assert truth.new() == []
    path.write_text('{"t": 1}\n{"t": 2}\n{"t": 3}\n', encoding="utf-8")
    assert truth.new() == [{"t": 2}, {"t": 3}]
    assert truth.lines == [{"t": 1}, {"t": 2}, {"t": 3}]
