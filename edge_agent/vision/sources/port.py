"""The port of picture sources. Nothing here retries: a source that fails is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from edge_agent.vision.frames import Frame


class SourceLost(Exception):
    """The source failed, could not be opened, or has ended; says why, and never a password."""


class Source(Protocol):
    """`read` blocks until a frame is due and gives it; None: nothing yet, ask again (so that whoever
    asks can look whether it should stop). SourceLost. What it skipped is counted in `skipped`, what
    was no picture in `refused`."""

    @property
    def skipped(self) -> int: ...

    @property
    def refused(self) -> int: ...

    def read(self) -> Frame | None: ...

    def close(self) -> None: ...


def boottime_ns() -> int:
    """The clock of the agent's moments."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True)
class Pace:
    """Time as a source sees it. `wait` returns early, True, when the source is to end."""

    fps: float
    now_ns: Callable[[], int]
    wait: Callable[[float], bool]
    paced: bool = True
    repeat: bool = False

    @property
    def step_ns(self) -> int:
        return int(1e9 / self.fps)
