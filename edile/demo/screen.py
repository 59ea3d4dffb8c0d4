"""What a person sees while the demo runs: a live table, or one plain line per happening."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table

HAPPENINGS_SHOWN = 12


@dataclass
class Progress:
    """The figures of the moment."""

    on_deck: str = "bare"
    tickets: int = 0
    problems: int = 0
    orders: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    kept: int = 0
    hub: str = "starting"
    gateway: str = "starting"
    elapsed_s: float = 0.0
    length_s: float = 0.0


class Screen(Protocol):
    """`say` a happening once; `show` the figures as often as you like."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def say(self, happening: str) -> None: ...

    def show(self, progress: Progress) -> None: ...


class PlainScreen:
    """For logs: a line per happening, stamped with seconds since the start."""

    def __init__(
        self,
        write: Callable[[str], None] = lambda line: print(line, flush=True),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write, self._clock = write, clock
        self._begun = clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def say(self, happening: str) -> None:
        self._write(f"{self._clock() - self._begun:6.1f} s  {happening}")

    def show(self, progress: Progress) -> None:
        """Figures are for eyes that can follow; a log has the happenings."""


class LiveScreen:
    """For a terminal: figures on top, the last happenings below, redrawn in place."""

    def __init__(self, console: Console, notes: list[str]) -> None:
        self._notes = notes
        self._happenings: deque[str] = deque(maxlen=HAPPENINGS_SHOWN)
        self._progress = Progress()
        self._begun = time.monotonic()
        # redrawn by `show` only: no thread of its own, so that programs can be forked safely
        self._live = Live(self._drawn(), console=console, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def say(self, happening: str) -> None:
        self._happenings.append(f"{time.monotonic() - self._begun:6.1f} s  {happening}")
        self._live.update(self._drawn(), refresh=True)

    def show(self, progress: Progress) -> None:
        self._progress = progress
        self._live.update(self._drawn(), refresh=True)

    def _drawn(self) -> Group:
        return Group(
            _figures(self._progress),
            Panel("\n".join(self._happenings) or "…", title="happenings", title_align="left"),
            *self._notes,
        )


def _figures(now: Progress) -> Table:
    table = Table(title=f"{now.elapsed_s:.0f} of {now.length_s:.0f} s", title_justify="left")
    waiting = ", ".join(f"{lane} {depth}" for lane, depth in now.waiting.items()) or "-"
    columns = {
        "on deck": now.on_deck,
        "tickets": str(now.tickets),
        "problems": str(now.problems),
        "waiting in outbox": waiting,
        "kept": str(now.kept),
        "work orders": str(now.orders),
        "gateway": now.gateway,
        "hub": now.hub,
    }
    for name in columns:
        table.add_column(name)
    table.add_row(*columns.values())
    return table
