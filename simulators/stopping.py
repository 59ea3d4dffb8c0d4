"""Ends a synchronous loop on a signal, at once and without a lock.

A signal handler may run in the middle of anything, also inside `threading.Event.wait`, whose lock it
would then wait for for ever. A byte in a pipe needs no lock.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
from types import FrameType, TracebackType
from typing import Any, Self

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignals:
    """While entered, the stopping signals end `wait` early instead of the process."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._note) for number in STOPPING}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._read)
        os.close(self._write)

    def fileno(self) -> int:
        """Readable once a signal has come, for who waits on several things."""
        return self._read

    def wait(self, seconds: float) -> bool:
        """True as soon as a signal has come, False after `seconds`."""
        return bool(select.select([self._read], [], [], max(0.0, seconds))[0])

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(BlockingIOError):  # full: it has long been said
            os.write(self._write, b".")
