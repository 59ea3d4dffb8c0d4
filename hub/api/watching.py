"""One look per second at how far events have come, for all streams of the process together."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from starlette.concurrency import run_in_threadpool

from hub.api.parts import Transactions
from hub.errors import NotNow
from hub.store import domain_events

EVERY_S = 1.0
MOST_STREAMS = 500  # of one process


class Watch:
    """Looks while somebody watches, and not otherwise. Everything but the look itself happens in the event
    loop's thread. `beats` counts looks, also those that the database did not answer."""

    def __init__(
        self,
        database: Transactions,
        *,
        every_s: float = EVERY_S,
        most: int = MOST_STREAMS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database, self._every_s, self._most, self._sleep = database, every_s, most, sleep
        self._watched: Counter[str] = Counter()
        self._newest: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._beat = asyncio.Event()
        self._closed = False
        self.beats = 0

    @property
    def full(self) -> bool:
        return self._watched.total() >= self._most

    @property
    def over(self) -> bool:
        """Nothing will be told any more: the hub stops, or looking has failed by a bug."""
        return self._closed or (self._task is not None and self._task.done())

    @contextmanager
    def watching(self, district: str) -> Iterator[None]:
        self._watched[district] += 1
        if self._task is None:
            self._task = asyncio.create_task(self._look_on(), name="stream")
        try:
            yield
        finally:
            self._watched[district] -= 1
            self._watched += Counter()  # without those that nobody watches
            if not self._watched and self._task is not None:
                self._task.cancel()
                self._task = None

    def newest(self, district: str) -> int:
        """The number of the newest event as of the last look; 0 before the first."""
        return self._newest.get(district, 0)

    async def beat(self) -> None:
        """Until the next look is over."""
        if not self.over:
            await self._beat.wait()

    def close(self) -> None:
        """Every stream ends by itself; no other begins."""
        self._closed = True
        self._beat.set()

    async def _look_on(self) -> None:
        try:
            while True:
                await self._sleep(self._every_s)
                with suppress(NotNow):  # the database's weather: the next look tells
                    self._newest = await run_in_threadpool(self._look, list(self._watched))
                self.beats += 1
                self._wake()
        finally:
            self._wake()

    def _wake(self) -> None:
        self._beat.set()
        self._beat = asyncio.Event()
        if self._closed:
            self._beat.set()

    def _look(self, districts: Sequence[str]) -> dict[str, int]:
        with self._database.read() as conn:
            return domain_events.newest(conn, districts)
