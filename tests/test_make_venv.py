"""The script behind `make`: on a bare machine it says which package is missing."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / ".ci" / "venv"


def run_with(folder: Path, python: str | None) -> subprocess.CompletedProcess[str]:
    """The script on a machine whose only python3 is `python`, a shell script's body."""
    programs = folder / "bin"
    programs.mkdir()
    if python is not None:
        (programs / "python3").write_text(f"#!/bin/sh\n{python}\n", encoding="ascii")
        (programs / "python3").chmod(0o755)
    for name in ("rm", "sh"):
        (programs / name).symlink_to(Path("/bin") / name)
    return subprocess.run(
        ["/bin/sh", str(SCRIPT), str(folder / "venv")],
        env={"PATH": str(programs)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_without_the_venv_module_the_package_is_named(tmp_path: Path) -> None:
    real = shlex.quote(sys.executable)
    lacking = f'case "$2" in *"import venv"*) exit 1;; esac\nexec {real} "$@"'
    done = run_with(tmp_path, lacking)
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr
    assert not (tmp_path / "venv").exists()


@pytest.mark.parametrize("python", [None, "exit 1"], ids=["no python", "python is too old"])
def test_without_a_new_enough_python_it_says_what_to_install(
    tmp_path: Path, python: str | None
) -> None:
    done = run_with(tmp_path, python)
    assert done.returncode == 1
    assert "no Python >= 3.11 found" in done.stderr
    assert "apt install python3" in done.stderr
