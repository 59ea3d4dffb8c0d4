"""Real processes of the demo: each in a group of its own, with a log, and none outlives the demo."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

LOG_TAIL_LINES = 25
STOP_PATIENCE_S = 10.0
RUN_WITHIN_S = 300.0  # a machine may have much else to do
PR_SET_PDEATHSIG = 1  # linux/prctl.h
LIBC = ctypes.CDLL(None)


class DemoFailed(Exception):
    """The demo cannot go on; the message says what, and shows the end of the log."""


class Program:
    """One `edile ...` process that can be started, killed and started again; its log grows."""

    def __init__(self, name: str, arguments: Sequence[str], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._command = edile_command(*arguments)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - no threads here yet
                env=_environment(),
            )

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    def exit_status(self) -> int | None:
        """None while it runs (or before it was started)."""
        return self._process.poll() if self._process else None

    def kill(self) -> None:
        """As a power cut would: no goodbye."""
        self._signal(signal.SIGKILL)
        self.wait(STOP_PATIENCE_S)

    def stop(self) -> None:
        """Asks, waits, then kills the group."""
        self._signal(signal.SIGTERM)
        if self.wait(STOP_PATIENCE_S) is None:
            self._signal(signal.SIGKILL)
            self.wait(STOP_PATIENCE_S)

    def wait(self, seconds: float) -> int | None:
        """Its exit status, or None when it still runs after `seconds`."""
        if self._process is None:
            return 0
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def require_running(self) -> None:
        status = self.exit_status()
        if status is not None:
            raise DemoFailed(f"{self.name} ended with status {status}\n{self.log_tail()}")

    def log_tail(self) -> str:
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            lines = []
        return "\n".join([f"--- end of {self.log} ---", *lines[-LOG_TAIL_LINES:]])

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, number)


class Programs:
    """All processes of one demo; leaving the block stops them, last started first."""

    def __init__(self) -> None:
        self._started: list[Program] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for program in reversed(self._started):
            program.stop()

    def start(self, program: Program) -> Program:
        self._started.append(program)
        program.start()
        return program

    def require_running(self, except_for: Collection[str] = ()) -> None:
        for program in self._started:
            if program.name not in except_for:
                program.require_running()

    def log_tails(self) -> list[str]:
        return [program.log_tail() for program in self._started]


def run_once(folder: Path, *arguments: str) -> str:
    """Runs `edile ...` to its end and gives its output; DemoFailed with what it said."""
    done = subprocess.run(
        edile_command(*arguments),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=RUN_WITHIN_S,
        check=False,
        stdin=subprocess.DEVNULL,
        env=_environment(),
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise DemoFailed(f"`edile {' '.join(arguments)}` ended with {done.returncode}:\n{said}")
    return done.stdout


def edile_command(*arguments: str) -> list[str]:
    """This very installation, whatever is first in PATH."""
    return [sys.executable, "-m", "edile.cli", *arguments]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _environment() -> Mapping[str, str]:
    """Children write their logs at once and leave no byte code behind in other people's folders."""
    return {**os.environ, "PYTHONUNBUFFERED": "1"}


def _die_with_parent() -> None:
    """Even a killed demo leaves nothing running (Linux)."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
