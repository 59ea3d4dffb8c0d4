"""The one writer: the store's own thread, group commit, back-pressure.

Urgent conclusions commit at once, others in groups of at most 100 events or 250 ms. What is under way
is bounded: whoever records waits while too much is, and so, in the end, does the device.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from contract.names import Lane
from edge_agent.errors import StoreFull
from edge_agent.ports import Work
from edge_agent.store.database import Store

LOG = logging.getLogger("edile.store")
T = TypeVar("T")
Ids = tuple[str, ...]
GROUP_EVENTS = 100
GROUP_S = 0.25
WORKS_UNDER_WAY = 512


def _urgent(work: Work) -> bool:
    return any(one.payload.lane == "urgent" for one in work.conclusions)


def _lanes(works: Sequence[Work]) -> frozenset[Lane]:
    return frozenset(one.payload.lane for work in works for one in work.conclusions)


def _share_state(one: Work, other: Work) -> bool:
    return not (
        one.role_states.keys().isdisjoint(other.role_states)
        and one.settings.keys().isdisjoint(other.settings)
    )


class Writer:
    """Recorder over a Store; lives in one event loop. `on_commit` is told which lanes got events.

    A routine `record` answers () once its work is in the running group, an urgent one answers the
    event ids once they are durable. A failure of the disk is kept and raised by every later call.
    """

    def __init__(self, store: Store) -> None:
        self.on_commit: Callable[[frozenset[Lane]], None] | None = None
        self._store = store
        self._thread = ThreadPoolExecutor(1, "store")
        self._room = asyncio.Semaphore(WORKS_UNDER_WAY)
        self._group: list[Work] = []
        self._parked: list[Work] = []  # accepted, then the disk was full: tried again, in order
        self._timer: asyncio.TimerHandle | None = None
        self._commits: set[asyncio.Task[list[Ids]]] = set()
        self._turn = asyncio.Lock()
        self._failed: BaseException | None = None

    async def record(self, work: Work) -> Ids:
        """StoreFull when it was not recorded and the caller should try again later."""
        await self._room.acquire()
        self._raise_if_failed()
        if self._parked and not _urgent(work):
            self._room.release()
            raise StoreFull("the disk is full; accepted works wait in memory already")
        self._group.append(work)
        if _urgent(work):
            return (await asyncio.shield(self._commit()))[-1]
        if sum(len(one.conclusions) for one in self._group) >= GROUP_EVENTS:
            self._commit()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GROUP_S, self._commit)
        return ()

    async def flush(self) -> None:
        """Returns when everything recorded before is durable; StoreFull when some of it waits."""
        self._commit()
        await self._settle()
        self._raise_if_failed()
        if self._parked:
            raise StoreFull(f"{len(self._parked)} works wait in memory for room on the disk")

    async def call(self, fn: Callable[[Store], T]) -> T:
        """Runs `fn` on the store's thread, after everything recorded before it."""
        self._raise_if_failed()
        if self._group or self._parked:
            self._commit()
        await self._settle()
        return await asyncio.get_running_loop().run_in_executor(self._thread, fn, self._store)

    async def close(self) -> None:
        """Commits what is waiting, closes the store, ends the thread."""
        self._commit()
        await self._settle()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._store.close)
        self._thread.shutdown()

    async def _settle(self) -> None:
        """Waits for the commits of this moment; others' later ones must not hold up the caller."""
        if self._commits:
            await asyncio.wait(set(self._commits))

    def _raise_if_failed(self) -> None:
        if self._failed is not None:
            raise self._failed

    def _commit(self) -> asyncio.Task[list[Ids]]:
        """Sends the group to the thread. The task ends with the ids of its works."""
        works, self._group = self._group, []
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        task = asyncio.get_running_loop().create_task(self._committed(works), name="commit")
        self._commits.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[list[Ids]]) -> None:
        self._commits.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if not isinstance(error, StoreFull):
            self._failed = error

    async def _committed(self, works: list[Work]) -> list[Ids]:
        """One group at a time, in the order of their making: a role's state never goes backwards."""
        async with self._turn:
            parked, self._parked = self._parked, []
            group = [*parked, *works]
            try:
                if not group:
                    return []
                loop = asyncio.get_running_loop()
                ids = await loop.run_in_executor(self._thread, self._store.commit, group)
            except StoreFull:
                return await self._wait_for_room(parked, works)
            finally:
                for _ in works:
                    self._room.release()
        if self.on_commit is not None and (lanes := _lanes(group)):
            self.on_commit(lanes)
        return ids

    async def _wait_for_room(self, parked: list[Work], works: list[Work]) -> list[Ids]:
        """What was accepted waits in memory, in order. An urgent work, always the last of its group,
        still goes in where it fits, together with every waiting work whose state it builds on: it
        may not overtake those. StoreFull, to its caller, when there is no room for them."""
        *accepted, last = works if works and _urgent(works[-1]) else [*works, None]
        waiting = [*parked, *accepted]
        self._parked = waiting
        if len(waiting) > len(parked):
            LOG.warning("the disk is full: %d works wait in memory", len(waiting))
        if last is None:
            return [() for _ in works]
        needed = [work for work in waiting if _share_state(work, last)]
        loop = asyncio.get_running_loop()
        ids = await loop.run_in_executor(self._thread, self._store.commit, [*needed, last])
        self._parked = [work for work in waiting if not any(work is one for one in needed)]
        if self.on_commit is not None:
            self.on_commit(_lanes([*needed, last]))
        return [*(() for _ in accepted), ids[-1]]
