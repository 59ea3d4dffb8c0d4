"""The demo as a new user runs it: real processes, real ports, a clean card, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]


def living_in(folder: Path) -> list[str]:
    """Command lines of the processes whose working folder this is."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder:
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


@contextmanager
def demo(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "edile.cli", "demo", "--headless", *arguments]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.timeout(240)
def test_a_minute_of_the_demo_is_clean_and_leaves_nothing_running(tmp_path: Path) -> None:
    folder, card_file = tmp_path / "station", tmp_path / "card.json"
    with demo(
        "--minutes", "1", "--seed", "7", "--json", str(card_file), "--keep", str(folder)
    ) as run:
        said, _ = run.communicate()
    assert run.returncode == 0, said
    card = json.loads(card_file.read_text(encoding="utf-8"))
    assert card["clean"] is True
    assert card["seed"] == 7
    assert card["events"]["produced"] == card["events"]["stored"] > 10
    assert card["orders"] == {
        "expected": card["orders"]["found"],
        "found": card["orders"]["expected"],
        "missed": 0,
        "extra": 0,
        "duplicated": 0,
    }
    assert card["orders"]["expected"] >= 3
    assert card["station"]["tickets"]["found"] >= 3
    assert set(card) == {
        *("clean", "seed", "events", "orders", "positions", "station"),
        "attendance",
        "handling",
        "eyes",
    }
    assert card["positions"]["expected"] > 300
    by_device = card["handling"]["closed_by_device"]
    assert by_device["orders"] >= 1
    assert by_device["most"] <= 1
    assert 1 <= card["handling"]["human_actions"]["most"] <= 3
    assert "kill -9 of the gateway" in said
    assert "kill -9 of the hub" in said
    assert "CLEAN (seed 7)" in said
    assert living_in(folder) == []


@pytest.mark.timeout(120)
def test_ctrl_c_prints_the_card_so_far_and_leaves_nothing_running(tmp_path: Path) -> None:
    folder = tmp_path / "station"
    with demo("--seed", "7", "--keep", str(folder)) as run:
        assert run.stdout is not None
        heard = next((line for line in run.stdout if "on the deck" in line), None)
        run.send_signal(signal.SIGINT)
        rest, _ = run.communicate()
    assert heard
    assert run.returncode == 130, rest
    assert "SCORECARD" in rest
    assert living_in(folder) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "70000"], "--port"),
        (["--minutes", "0"], "--minutes"),
        (["--keep", "/proc/none"], "--keep: /proc/none: "),
        (["--keep", "."], "is not empty; name a new folder"),
    ],
)
def test_a_mistake_is_refused_before_anything_starts(arguments: list[str], said: str) -> None:
    with demo(*arguments) as run:
        answer, _ = run.communicate()
    assert run.returncode == 2
    assert said in answer
    assert "Traceback" not in answer
