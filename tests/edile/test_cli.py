"""The program knows all its words without importing what is behind them."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from importlib.metadata import version

import pytest
import typer
from typer.testing import CliRunner

from edile.cli import COMMANDS, main, program

HEAVY = ("apsw", "cryptography", "fastapi", "httpx", "msgspec", "numpy", "rich", "sqlalchemy", "sqlite_utils", "uvicorn")  # fmt: skip
SPY = """
import json, sys
from edile.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    print(json.dumps([end.code, sorted(sys.modules)]), file=sys.stderr)
"""


def spied(*arguments: str) -> tuple[str, int, set[str]]:
    done = subprocess.run(
        [sys.executable, "-c", SPY, *arguments], capture_output=True, text=True, check=True
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    return done.stdout, code, set(modules)


def test_help_names_every_command_and_imports_none_of_them() -> None:
    text, code, modules = spied("--help")
    assert code == 0
    assert [name for name in COMMANDS if f"\n  {name} " not in text] == []
    assert [name for name in HEAVY if name in modules] == []
    assert [
        entry.target for entry in COMMANDS.values() if entry.target.split(":")[0] in modules
    ] == []


def test_the_version_is_that_of_the_distribution() -> None:
    text, code, _ = spied("--version")
    assert (text.strip(), code) == (version("edile"), 0)


def test_a_misspelt_command_is_answered_with_the_nearest_one() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "edile.cli", "agnet"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "agent" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_each_command_and_of_what_is_below_it_can_be_read(name: str) -> None:
    module, _, attribute = COMMANDS[name].target.partition(":")
    target = getattr(importlib.import_module(module), attribute)
    below = names_below(target) if isinstance(target, typer.Typer) else []
    for words in ([name], *([name, one] for one in below)):
        result = CliRunner().invoke(program(name), [*words, "--help"])
        assert result.exit_code == 0, result.output
        assert "Usage:" in result.output


def names_below(app: typer.Typer) -> list[str]:
    given = [one.name or getattr(one.callback, "__name__", "") for one in app.registered_commands]
    groups = [str(one.name) for one in app.registered_groups]
    return [name.replace("_", "-") for name in given] + groups if len(given) > 1 else groups


def test_a_stop_is_one_line_and_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["agent", "check", "--config", "/nonexistent/gw.toml"])
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("/nonexistent/gw.toml: no such file")
    assert said.count("\n") == 1


def test_a_reader_that_goes_away_is_no_error() -> None:
    writer = subprocess.Popen(
        [sys.executable, "-m", "edile.cli", "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert writer.stdout is not None
    writer.stdout.close()
    assert writer.stderr is not None
    assert writer.stderr.read() == b""
    writer.stderr.close()
    assert writer.wait() in (0, 1)
