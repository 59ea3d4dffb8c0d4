"""The one writer of the tracks: its own thread, groups of at most `GROUP_S`.

What is under way is bounded by those who wait for it: each hands over one lot and waits for its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from edge_agent.ports import Pin
from edge_agent.readings import PositionReading
from edge_agent.store.tracks.store import Pair, TrackStore

T = TypeVar("T")
GROUP_S = 0.03
GROUP_ROWS = 1_000


class _Lot(NamedTuple):
    """What one caller waits for."""

    pairs: Sequence[Pair]
    pins: Mapping[str, Pin]
    done: asyncio.Future[list[int]]


class TrackKeeper:
    """Tracks over a TrackStore; lives in one event loop."""

    def __init__(self, store: TrackStore) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(1, "tracks")
        self._group: list[_Lot] = []
        self._rows = 0
        self._timer: asyncio.TimerHandle | None = None
        self._commits: set[asyncio.Task[None]] = set()

    @property
    def dropped(self) -> int:
        """Positions that went to make room."""
        return self._store.dropped

    @property
    def damaged(self) -> list[str]:
        """Names of files set aside since the start."""
        return [path.name for path in self._store.damaged]

    async def keep(self, positions: Sequence[PositionReading]) -> Sequence[int]:
        return await self.keep_pairs([(one, False) for one in positions])

    async def keep_pairs(
        self, pairs: Sequence[Pair], pins: Mapping[str, Pin] = {}
    ) -> Sequence[int]:
        if not pairs and not pins:
            return []
        loop = asyncio.get_running_loop()
        done: asyncio.Future[list[int]] = loop.create_future()
        self._group.append(_Lot(pairs, pins, done))
        self._rows += len(pairs) + len(pins)
        if self._rows >= GROUP_ROWS:
            self._commit()
        elif self._timer is None:
            self._timer = loop.call_later(GROUP_S, self._commit)
        return await done

    async def since(self, ordinal: int, limit: int) -> Sequence[PositionReading]:
        return await self.call(lambda store: store.since(ordinal, limit))

    async def track(
        self, terminal: str, begin_ns: int, end_ns: int, limit: int
    ) -> Sequence[PositionReading]:
        return await self.call(lambda store: store.track(terminal, begin_ns, end_ns, limit))

    async def call(self, fn: Callable[[TrackStore], T]) -> T:
        """Runs `fn` on the store's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, fn, self._store)

    async def pins(self) -> dict[str, Pin]:
        return await self.call(TrackStore.pins)

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
        lots, self._group, self._rows = self._group, [], 0
        if not lots:
            return
        task = asyncio.get_running_loop().create_task(self._committed(lots), name="keep tracks")
        self._commits.add(task)
        task.add_done_callback(self._commits.discard)

    async def _committed(self, lots: list[_Lot]) -> None:
        """Whatever goes wrong is for those who wait; here nobody would hear it."""
        pairs = [pair for lot in lots for pair in lot.pairs]
        pins = {terminal: pin for lot in lots for terminal, pin in lot.pins.items()}
        loop = asyncio.get_running_loop()
        kept = loop.run_in_executor(self._thread, self._store.keep, pairs, pins)
        await asyncio.wait({kept})
        error, at = kept.exception(), 0
        for lot in lots:
            begin, at = at, at + len(lot.pairs)
            if lot.done.done():  # its caller has gone
                continue
            if error is not None:
                lot.done.set_exception(error)
            else:
                lot.done.set_result(kept.result()[begin:at])
