"""A file that nobody vouches for is opened by a child process first. Runtimes have crashed on broken
files (segmentation faults, aborts, memory without bounds): there that is an answer, here it would end
the agent."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from edge_agent.errors import ModelRefused, StopError
from edge_agent.vision.models.file_checks import ModelFile

CHILD = "edge_agent.vision.models.opening_child"
ROOT = Path(__file__).resolve().parents[3]
LIMIT_S = 120
MEMORY_BYTES = 8 << 30  # address space, of which a runtime reserves much more than it uses
EXIT_REFUSED = 2
MAX_SAID, MAX_READ = 600, 1 << 20


def opened_by_a_child(
    file: ModelFile,
    labels: Path | None,
    convention: str,
    *,
    child: str = CHILD,
    limit_s: float = LIMIT_S,
) -> None:
    """Returns when a child has opened the file, run it and understood it. ModelRefused otherwise."""
    asked = {
        "sha256": file.sha256,
        "labels": None if labels is None else str(labels.absolute()),
        "convention": convention,
    }
    with tempfile.TemporaryFile() as verdict, tempfile.TemporaryFile() as noise:
        command = [sys.executable, "-P", "-m", child, str(file.path.absolute())]
        ends = verdict.fileno(), noise.fileno()
        code = _run([*command, json.dumps(asked)], ends, file.path, limit_s)
        last = _last_line(verdict) or _last_line(noise)
    if code == EXIT_REFUSED:
        path = str(file.path.absolute())
        raise ModelRefused(last.replace(path, str(file.path), 1))
    if code < 0:
        raise ModelRefused(
            f"{file.path}: expected a model that runs, found one that ends the runtime by "
            f"{_signal(-code)} (in a child process)"
        )
    if code:
        raise ModelRefused(
            f"{file.path}: expected a model that runs, found one whose first opening fails: {last}"
        )


def _run(command: list[str], ends: tuple[int, int], path: Path, limit_s: float) -> int:
    places = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, places))}
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=ends[0],
            stderr=ends[1],
            env=environment,
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ModelRefused(
            f"{path}: expected a model that runs, found one that did not answer in {limit_s} s"
        ) from error
    except OSError as error:
        raise StopError(f"{path}: no process could be started: {error.strerror}") from error
    return done.returncode


def _last_line(file: IO[bytes]) -> str:
    file.seek(0)
    lines = file.read(MAX_READ).decode("utf-8", errors="replace").strip().splitlines()
    return lines[-1][:MAX_SAID] if lines else ""


def bound_this_process() -> None:
    """In the child: memory and time have an end, a crash leaves no core file."""
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, LIMIT_S),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (limit, limit))


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
