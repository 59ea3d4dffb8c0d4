"""`edile probe` as a person uses it: exit status, one line for a mistake, JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from edile.cli import COMMANDS, program


def probe(*arguments: str) -> Result:
    return CliRunner().invoke(program("probe"), ["probe", *arguments])


def test_the_command_is_in_the_table() -> None:
    assert COMMANDS["probe"].target == "edile.probe.cli:probe"


def test_a_simulated_indicator_is_found_from_end_to_end(tmp_path: Path) -> None:
    """Real processes and real time, as short as can be."""
    link = tmp_path / "wb"
    words = ["--link", str(link), "--dialect", "toledo-continuous", "--speed", "8", "--stay"]
    process = subprocess.Popen(
        [sys.executable, "-m", "edile.cli", "sim", "weighbridge", *words], stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        result = probe(str(link), "--seconds", "0.3", "--json")
        process.terminate()
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["outcome"], found["candidates"][0]["dialect"]) == (
        "readings",
        "toledo-continuous",
    )
    assert found["gw_toml"].splitlines()[4] == 'dialect = "toledo-continuous"'
    assert "listening, 0.3 s at each setting, nothing is sent" in result.stderr


def test_silence_is_no_bytes_and_exit_1() -> None:
    far, near = os.openpty()
    path = os.ttyname(near)
    os.close(near)
    result = probe(path, "--seconds", "0.1")
    os.close(far)
    assert result.exit_code == 1
    assert "no bytes" in result.stdout


def test_a_port_in_use_is_left_alone_and_its_user_named() -> None:
    far, near = os.openpty()
    script = "import sys; port = open(sys.argv[1], 'rb'); print(1, flush=True); sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", script, os.ttyname(near)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        result = probe(os.ttyname(near))
        assert process.stdin is not None
        process.stdin.close()
    os.close(near)
    os.close(far)
    assert result.exit_code == 2
    assert f"in use by pid {process.pid} (python" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["/dev/no-such-port"], "there is no such port"),
        (["/dev/null", "--known-weight", "3t"], "expected kilograms such as 3000"),
        (["/dev/null", "--known-weight", "NaN"], "expected kilograms such as 3000"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(arguments: list[str], words: str) -> None:
    result = probe(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr.splitlines()[-1]


def test_without_a_port_the_ports_are_listed() -> None:
    result = probe()
    assert result.exit_code == 0
    assert result.stdout
    assert isinstance(json.loads(probe("--json").stdout), list)
