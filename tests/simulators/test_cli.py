"""`edile sim`: what it prints, what it refuses, what it leaves behind."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import serial
from typer.testing import CliRunner

from simulators.cli import app
from simulators.named_scenarios import NAMED
from simulators.scenario import load_scenario

RUN = CliRunner()


def test_scenarios_are_listed_with_what_they_are_about() -> None:
    listed = RUN.invoke(app, ["scenarios"])
    assert listed.exit_code == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()] == list(NAMED)


def test_a_named_scenario_is_printed_as_a_file_to_start_from(tmp_path: Path) -> None:
    printed = RUN.invoke(app, ["scenarios", "over-capacity", "--seed", "3"])
    file = tmp_path / "mine.jsonl"
    file.write_text(printed.stdout, encoding="utf-8")
    assert len(load_scenario(file).trucks) == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["scenarios", "nope"], "scenario: expected one of normal"),
        (["weighbridge", "--link", "wb", "--scenario", "nope"], "no file nope"),
        (["weighbridge", "--link", "wb", "--scenario", "."], "Is a directory"),
        (
            ["weighbridge", "--link", "wb", "--dialect", "morse"],
            "--dialect: expected one of yaohua",
        ),
        (["weighbridge", "--link", "none/wb"], "none/wb: No such file"),
        (["weighbridge", "--link", "wb", "--truth", "none/t"], "--truth: none/t: No such file"),
    ],
)
def test_a_mistake_is_one_clear_line_and_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = RUN.invoke(app, list(arguments))
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text('{"kind": "truck"}', encoding="utf-8")
    refused = RUN.invoke(app, ["weighbridge", "--link", "wb", "--scenario", str(file)])
    assert refused.exit_code == 2
    assert f"{file}:1: t: missing" in refused.stderr


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "edile.cli", "sim", "weighbridge", "--link", "wb", *arguments]
    with subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as process:
        try:
            yield process
        finally:
            process.kill()  # of no effect on one that has ended


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], 30)
    assert ready, "the simulator said nothing"
    return process.stdout.readline()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with started(tmp_path, "--reader-link", "rd", "--truth", "truth.jsonl") as process:
        assert said(process).startswith("playing normal")
        with serial.Serial(str(tmp_path / "wb"), 9600, timeout=10) as port:
            assert len(port.read(24)) == 24
        process.send_signal(number)
        assert process.wait(20) == 0
        assert said(process) == "stopped\n"
    assert [path.name for path in tmp_path.iterdir()] == ["truth.jsonl"]
    first = (tmp_path / "truth.jsonl").read_text(encoding="utf-8").splitlines()[0]
    assert json.loads(first)["kind"] == "truth"


def test_it_ends_by_itself_when_the_scenario_has_ended(tmp_path: Path) -> None:
    row = {"t": 0, "kind": "silence", "id": "S", "duration_s": 0.5}
    (tmp_path / "short.jsonl").write_text(json.dumps(row), encoding="utf-8")
    more = ("--scenario", "short.jsonl", "--speed", "8", "--truth", "truth.jsonl")
    with started(tmp_path, *more) as process:
        assert process.wait(30) == 0
    lines = (tmp_path / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["truth", "indicator-silent", "end"]
    assert not (tmp_path / "wb").is_symlink()
