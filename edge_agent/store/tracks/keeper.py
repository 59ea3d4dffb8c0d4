"""The one writer of the tracks: its own thread, groups of at most `GROUP_S`.

What is under way is bounded, so that whoever reports faster than the disk writes has to wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from edge_agent.errors import StoreFull
from edge_agent.ports import Pin
from edge_agent.readings import PositionReading
from edge_agent.store.tracks.store import TrackStore

T = TypeVar("T")
GROUP_S = 0.03
GROUP_ROWS = 1_000
Pair = tuple[PositionReading, bool]


class TrackKeeper:
    """Tracks over a TrackStore; lives in one event loop."""

    def __init__(self, store: TrackStore) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(1, "tracks")
        self._group: list[Pair] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._commits: set[asyncio.Task[None]] = set()

    async def keep(self, positions: Sequence[PositionReading], *, doubted: bool = False) -> None:
        """Returns when they are durable; StoreFull when they are not."""
        await self.keep_pairs([(one, doubted) for one in positions])

    async def keep_pairs(self, pairs: Sequence[Pair]) -> None:
        if not pairs:
            return
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._group += pairs
        self._waiting.append(done)
        if len(self._group) >= GROUP_ROWS:
            self._commit()
        elif self._timer is None:
            self._timer = loop.call_later(GROUP_S, self._commit)
        await done

    async def call(self, fn: Callable[[TrackStore], T]) -> T:
        """Runs `fn` on the store's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, fn, self._store)

    async def pins(self) -> dict[str, Pin]:
        return await self.call(TrackStore.pins)

    async def put_pin(self, terminal: str, pin: Pin) -> None:
        """Durable when it returns."""
        await self.call(lambda store: store.put_pin(terminal, pin))

    async def close(self) -> None:
        self._commit()
        while self._commits:
            await asyncio.wait(set(self._commits))
        await self.call(TrackStore.close)
        self._thread.shutdown()

    def _commit(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        pairs, self._group = self._group, []
        waiting, self._waiting = self._waiting, []
        if not pairs:
            return
        task = asyncio.get_running_loop().create_task(self._committed(pairs, waiting))
        self._commits.add(task)
        task.add_done_callback(self._commits.discard)

    async def _committed(self, pairs: list[Pair], waiting: list[asyncio.Future[None]]) -> None:
        try:
            await self.call(lambda store: store.keep(pairs))
        except StoreFull as error:
            for one in waiting:
                if not one.done():
                    one.set_exception(error)
            return
        for one in waiting:
            if not one.done():
                one.set_result(None)
