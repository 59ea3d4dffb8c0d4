"""The writer: what is promised when, who waits, and what an end of any kind leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import apsw
import pytest

from edge_agent.errors import StoreFull
from edge_agent.ports import Work
from edge_agent.store.database import Limits, Store
from edge_agent.store.schema import connect
from edge_agent.store.writer import GROUP_EVENTS, Writer
from tests.edge_agent.store.stores import NOW, notices, open_store, routine, urgent, waiting

pytestmark = pytest.mark.anyio


class Commits:
    """Counts transactions by SQLite's own hook."""

    def __init__(self) -> None:
        self.count = 0

    def connect(self, path: str) -> apsw.Connection:
        con = connect(path)
        con.set_commit_hook(self._seen)
        return con

    def _seen(self) -> bool:
        self.count += 1
        return False


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[tuple[Writer, Commits]]:
    commits = Commits()
    writer = Writer(open_store(tmp_path, how=commits.connect))
    commits.count = 0
    yield writer, commits
    await writer.close()


def _sensors(items: list[dict[str, Any]]) -> list[str]:
    return [item["data"]["sensor"] for item in items]


def _durable(tmp_path: Path) -> int:
    """Routine events that another process would see."""
    con = apsw.Connection(str(tmp_path / "edile.db"), flags=apsw.SQLITE_OPEN_READONLY)
    (count,) = next(con.execute("SELECT count(*) FROM event WHERE (id >> 40) = 2"))
    con.close()
    return int(count)


async def test_an_urgent_work_is_durable_when_record_returns_and_takes_the_group_along(
    opened: tuple[Writer, Commits], tmp_path: Path
) -> None:
    writer, commits = opened
    assert await writer.record(routine("a")) == ()
    (eid,) = await writer.record(urgent())
    assert eid.endswith(".urgent.2")
    assert commits.count == 1
    assert _durable(tmp_path) == 1


async def test_routine_works_commit_in_groups_not_one_by_one(
    opened: tuple[Writer, Commits],
) -> None:
    writer, commits = opened
    for n in range(5 * GROUP_EVENTS):
        await writer.record(routine(f"s{n}"))
    await writer.flush()
    assert commits.count <= 6
    assert len(await writer.call(lambda s: waiting(s, "routine"))) == 5 * GROUP_EVENTS


async def test_a_lonely_routine_work_is_durable_without_anyone_asking(
    opened: tuple[Writer, Commits],
) -> None:
    writer, _ = opened
    told = asyncio.Event()
    writer.on_commit = lambda lanes: told.set()
    await writer.record(routine("alone"))
    await asyncio.wait_for(told.wait(), timeout=60)


async def test_call_sees_everything_recorded_before_it(opened: tuple[Writer, Commits]) -> None:
    writer, _ = opened
    await writer.record(routine("a"))
    assert _sensors(await writer.call(lambda s: waiting(s, "routine"))) == ["a"]


async def test_whoever_is_cancelled_while_recording_leaves_its_work_recorded(
    opened: tuple[Writer, Commits],
) -> None:
    writer, _ = opened
    task = asyncio.create_task(writer.record(urgent("cancelled")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await writer.flush()
    items = await writer.call(lambda s: waiting(s, "urgent"))
    assert items[-1]["data"]["command"] == "cancelled"


async def test_closing_makes_durable_what_was_only_accepted(tmp_path: Path) -> None:
    writer = Writer(open_store(tmp_path))
    await writer.record(Work(NOW, routine("last").conclusions, {"station": b"s"}))
    await writer.close()
    again = open_store(tmp_path)
    epoch = next(one.epoch for one in again.lanes() if one.epoch != again.epoch)
    assert _sensors(waiting(again, "routine", epoch)) == ["last"]
    assert again.role_state("station") == b"s"
    again.close()


async def test_recorders_wait_while_too_much_is_under_way_and_none_is_lost(
    opened: tuple[Writer, Commits],
) -> None:
    writer, _ = opened

    async def many(name: int) -> None:
        for n in range(100):
            await writer.record(routine(f"{name}.{n}"))

    async with asyncio.TaskGroup() as group:
        for name in range(20):
            group.create_task(many(name))
    await writer.flush()
    items = await writer.call(lambda s: waiting(s, "routine"))
    assert sorted(_sensors(items)) == sorted(f"{a}.{b}" for a in range(20) for b in range(100))


async def test_a_full_store_keeps_what_it_accepted_and_takes_it_when_there_is_room(
    tmp_path: Path,
) -> None:
    writer = Writer(open_store(tmp_path, limits=Limits(db_bytes=512 * 1024)))
    accepted = 0
    with pytest.raises(StoreFull):
        accepted = await _fill(writer)
    accepted = await writer.call(lambda s: len(waiting(s, "routine")))
    assert (await writer.record(urgent("fits")))[0].endswith(".urgent.2")
    assert await writer.call(lambda s: len(waiting(s, "routine"))) == accepted

    def archive(store: Store) -> None:
        key = f"{store.epoch}.routine"
        done = {key: accepted}
        store.apply_reply(stored=done, archived=done, generation="g", receipt=None, moment=NOW)

    with pytest.raises(StoreFull):
        await writer.flush()
    await writer.call(archive)
    await writer.flush()
    parked = await writer.call(lambda s: waiting(s, "routine"))
    assert parked, "what waited in memory is on disk now"
    assert await writer.call(lambda s: notices(s, "started"))
    await writer.close()


async def test_an_urgent_work_takes_along_the_waiting_ones_that_its_state_builds_on(
    tmp_path: Path,
) -> None:
    writer = Writer(open_store(tmp_path, limits=Limits(db_bytes=512 * 1024)))
    with pytest.raises(StoreFull):
        await _fill(writer, states={"other": b"x"})
    ticket = replace(routine("ticket"), role_states={"station": b"1"})
    writer._parked.append(ticket)  # accepted a moment before the disk was known to be full
    await writer.record(replace(urgent("alarm"), role_states={"station": b"2"}))
    assert await writer.call(lambda s: s.role_state("station")) == b"2"
    assert "ticket" in _sensors(await writer.call(lambda s: waiting(s, "routine")))
    assert writer._parked, "works of other roles go on waiting"
    assert all(work is not ticket for work in writer._parked)


async def _fill(writer: Writer, states: Mapping[str, bytes] = MappingProxyType({})) -> int:
    for n in range(100_000):
        await writer.record(replace(routine(f"s{n}"), role_states=states))
    return 100_000
