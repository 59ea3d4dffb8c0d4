"""The writer of the tracks: nobody is told before the disk has it, and everybody is told something."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import pytest

from edge_agent.errors import StoreFull
from edge_agent.ports import Pin
from edge_agent.store.tracks import TrackKeeper, TrackLimits, TrackStore
from edge_agent.store.tracks.store import Pair
from tests.edge_agent.store.tracks.positions import BEGIN_S, position, reports


class Watched(TrackStore):
    """`groups`: how many positions came with each transaction; `broken`: it raises that."""

    groups: list[int]
    broken: Exception | None = None

    def keep(self, pairs: Sequence[Pair], pins: Mapping[str, Pin] = {}) -> list[int]:
        if self.broken is not None:
            raise self.broken
        self.groups.append(len(pairs))
        return super().keep(pairs, pins)


def with_keeper(folder: Path, script: Callable[[TrackKeeper, Watched], Awaitable[None]]) -> None:
    async def run() -> None:
        store = Watched.open(folder, TrackLimits(), unclean=False)
        assert isinstance(store, Watched)
        store.groups = []
        keeper = TrackKeeper(store)
        await script(keeper, store)
        store.broken = None
        await keeper.close()

    asyncio.run(run())


def test_many_who_come_together_share_a_transaction_and_each_gets_its_own_ordinals(
    tmp_path: Path,
) -> None:
    async def script(keeper: TrackKeeper, store: Watched) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(keeper.keep([position(n)])) for n in range(40)]
            again = group.create_task(keeper.keep([position(7), position(40)]))
            pinned = group.create_task(keeper.keep_pairs([], {"1": Pin(code="x")}))
        assert store.groups == [42]
        assert await pinned == []
        assert (await again)[0] == 0
        told = {n: (await task)[0] for n, task in enumerate(tasks)}
        kept = {n: one.ordinal for n, one in enumerate(await keeper.since(0, 99))}
        assert {**told, 40: (await again)[1]} == kept
        assert await keeper.pins() == {"1": Pin(code="x")}

    with_keeper(tmp_path, script)


def test_a_large_group_does_not_wait_for_more(tmp_path: Path) -> None:
    async def script(keeper: TrackKeeper, store: Watched) -> None:
        first = asyncio.create_task(keeper.keep([position(n) for n in range(1_000)]))
        await asyncio.sleep(0)
        second = asyncio.create_task(keeper.keep([position(1_000)]))
        await asyncio.gather(first, second)
        assert store.groups == [1_000, 1]

    with_keeper(tmp_path, script)


@pytest.mark.parametrize("error", [StoreFull("full"), RuntimeError("a bug")])
def test_whoever_waits_hears_what_went_wrong_and_the_next_may_try(
    tmp_path: Path, error: Exception
) -> None:
    async def script(keeper: TrackKeeper, store: Watched) -> None:
        store.broken = error
        waiting = [asyncio.create_task(keeper.keep([position(n)])) for n in range(3)]
        for task in waiting:
            with pytest.raises(type(error)):
                await task
        store.broken = None
        assert all(await keeper.keep([position(1)]))

    with_keeper(tmp_path, script)


def test_one_who_gave_up_waiting_does_not_shift_the_answers_of_the_others(tmp_path: Path) -> None:
    async def script(keeper: TrackKeeper, store: Watched) -> None:
        gone = asyncio.create_task(keeper.keep([position(n) for n in range(5)]))
        await asyncio.sleep(0)
        other = asyncio.create_task(keeper.keep([position(9)]))
        await asyncio.sleep(0)
        gone.cancel()
        (ordinal,) = await other
        assert [one.ordinal for one in await keeper.since(0, 99)][-1] == ordinal

    with_keeper(tmp_path, script)


def test_closing_waits_for_what_is_under_way(tmp_path: Path) -> None:
    async def script(keeper: TrackKeeper, store: Watched) -> None:
        task = asyncio.create_task(keeper.keep([position(1)]))
        await asyncio.sleep(0)
        await keeper.close()
        assert all(await task)

    async def run() -> None:
        keeper = TrackKeeper(TrackStore.open(tmp_path, TrackLimits(), unclean=False))
        await script(keeper, Watched.__new__(Watched))

    asyncio.run(run())
    store = TrackStore.open(tmp_path, TrackLimits(), unclean=False)
    assert reports(store.since(0, 9)) == [("13912345678", 1)]
    begin = BEGIN_S * 10**9
    assert len(store.track("13912345678", begin, begin + 10**10, 9)) == 1
