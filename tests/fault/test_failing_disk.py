"""A full disk and a failing one: what was promised is there, nothing is there twice (rules 8 and 9)."""

from __future__ import annotations

import gc
from itertools import count
from pathlib import Path

import apsw
import pytest

from edge_agent.errors import StoreFull
from edge_agent.store.database import Limits, Store
from tests.edge_agent.store.stores import (
    NOW,
    everything,
    hub_has,
    open_store,
    routine,
    urgent,
    waiting,
)
from tests.fault.failing_disk import Mood, MoodyVfs

_names = count(1)


def _store(folder: Path, mood: Mood, limits: Limits = Limits()) -> Store:
    vfs = MoodyVfs(f"moody-{next(_names)}", mood)
    return open_store(folder, how=vfs.connect, limits=limits)


def _sensors(store: Store) -> list[str]:
    return [item["data"]["sensor"] for item in waiting(store, "routine")]


@pytest.mark.parametrize("what", ["fail_flush", "fail_write"])
@pytest.mark.parametrize("nth", range(1, 6))
def test_one_failure_of_the_disk_costs_nothing_and_records_nothing_twice(
    tmp_path: Path, what: str, nth: int
) -> None:
    mood = Mood()
    store = _store(tmp_path, mood)
    promised = []
    for n in range(20):
        if n == 7:
            setattr(mood, what, nth)
        store.commit([routine(f"s{n}")])
        promised.append(f"s{n}")
    assert mood.times == 0, "the disk never failed: nothing was tested"
    assert _sensors(store) == promised
    assert len({item["id"] for item in everything(store)}) == len(everything(store))
    store.close()


def test_a_transaction_that_got_in_although_its_flush_failed_is_not_recorded_again(
    tmp_path: Path,
) -> None:
    """The second failure keeps SQLite from dropping the log when it closes: the reopened store reads
    the transaction from it."""
    mood = Mood()
    store = _store(tmp_path, mood)
    store.commit([routine("a")])
    mood.fail_flush, mood.times = 1, 2
    assert store.commit([routine("b"), routine("c")])[1] == (f"{store.epoch}.routine.3",)
    assert mood.times == 0
    assert _sensors(store) == ["a", "b", "c"]
    store.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_disk_that_keeps_failing_is_a_loud_end_not_a_silent_loss(tmp_path: Path) -> None:
    mood = Mood()
    store = _store(tmp_path, mood)
    store.commit([routine("kept")])
    mood.fail_flush, mood.times = 1, 10**6
    with pytest.raises(apsw.IOError) as caught:
        store.commit([routine("lost, and said so")])
    assert caught.traceback[-1].name == "xSync"
    mood.times = 0
    del caught
    gc.collect()  # the connection that failed to close says so once more, here


def test_on_a_full_disk_nothing_promised_is_lost_and_shedding_makes_room(tmp_path: Path) -> None:
    """A quota of 1 MB for database and log together; the store may use 60 % of it."""
    limits = Limits(db_bytes=600 * 1024)
    store = _store(tmp_path, Mood(quota_bytes=1024 * 1024), limits)
    promised: list[str] = []
    with pytest.raises(StoreFull):
        _promise(store, promised)
    assert len(promised) > 500
    assert _sensors(store) == promised
    store.commit([urgent("still")])
    hub_has(store)
    for _ in range(20):
        store.maintain(NOW)
    store.commit([routine("room again")])
    assert _sensors(store) == ["room again"]
    store.close()


def test_a_disk_that_others_filled_refuses_and_comes_back_when_there_is_room(
    tmp_path: Path,
) -> None:
    mood = Mood()
    store = _store(tmp_path, mood)
    store.commit([routine("before")])
    mood.quota_bytes = 1
    with pytest.raises(StoreFull):
        _promise(store, [])
    kept = _sensors(store)
    mood.quota_bytes = None
    store.commit([routine("after")])
    assert _sensors(store) == [*kept, "after"]
    store.close()


def _promise(store: Store, promised: list[str]) -> None:
    for n in range(100_000):
        store.commit([routine(f"s{n}")])
        promised.append(f"s{n}")
