"""How long originals stay: by their problem, by their share, and for want of room."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from edge_agent.errors import StoreFull
from edge_agent.ports import Conclusion, NewEvidence
from edge_agent.store import inspection
from edge_agent.store.database import Limits
from edge_agent.store.files import SystemFiles
from tests.edge_agent.store.pictures import (
    Taken,
    asked,
    deliver,
    sealed_files,
    uploads,
    word,
    work,
)
from tests.edge_agent.store.stores import NOW, hub_has, later, notices, open_store
from tests.edge_agent.store.test_pressure import _endlessly_urgent

ONE, TWO = Taken.number(1), Taken.number(2)


class SmallDisk(SystemFiles):
    """Takes `room` bytes of files and no more."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._sizes: dict[Path, int] = {}

    def write(self, path: Path, content: bytes) -> None:
        if sum(self._sizes.values()) + len(content) > self._room:
            path.write_bytes(content[:99])
            raise OSError(errno.ENOSPC, "No space left on device")
        super().write(path, content)
        self._sizes[path] = len(content)

    def rename(self, old: Path, new: Path) -> None:
        super().rename(old, new)
        self._sizes[new] = self._sizes.pop(old)

    def remove(self, path: Path) -> None:
        super().remove(path)
        self._sizes.pop(path, None)


# --- how long they stay ------------------------------------------------------------------------


def test_an_original_stays_its_time_after_the_last_word_on_its_problem(tmp_path: Path) -> None:
    store = open_store(tmp_path, limits=Limits(sealed_hours=24))
    store.commit([work(word("p-1", taken=ONE)), work(word("p-2", taken=TWO))])
    store.commit([work(word("p-1", "ended"), at=later(5))])
    deliver(store)
    store.maintain(later(5.9))
    assert sealed_files(tmp_path) == {ONE.name, TWO.name}
    store.maintain(later(6.1))
    assert sealed_files(tmp_path) == {TWO.name}, "p-2 is still open"
    (told,) = [one["shed"] for one in notices(store, "shed")]
    expected = ("expired-originals", 1, len(ONE.original), ONE.name)
    assert (told["what"], told["count"], told["bytes"], told["first"]) == expected
    gone = store.give_original(ONE.name, later(7), asked)
    assert gone is not None
    assert not gone.here
    assert uploads(store) == []
    store.close()


def test_a_problem_that_never_ends_does_not_hold_its_originals_for_ever(tmp_path: Path) -> None:
    store = open_store(tmp_path, limits=Limits(sealed_hours=24, sealed_open_hours=240))
    store.commit([work(word("p-1", taken=ONE))])
    store.commit([work(word("p-1", "updated"), at=later(9))])
    store.maintain(later(9.9))
    assert sealed_files(tmp_path) == {ONE.name}
    store.maintain(later(10.1))
    assert sealed_files(tmp_path) == set()
    store.close()


def test_nothing_expires_before_the_hub_could_have_asked_for_it(tmp_path: Path) -> None:
    store = open_store(tmp_path, limits=Limits(sealed_hours=24))
    store.commit([work(word("p-1", taken=ONE)), work(word("p-1", "ended"))])
    store.maintain(later(3))
    assert sealed_files(tmp_path) == {ONE.name}
    hub_has(store, archived=False)
    store.maintain(later(4))
    assert sealed_files(tmp_path) == {ONE.name}
    hub_has(store)
    store.maintain(later(5))
    assert sealed_files(tmp_path) == set()
    store.close()


def test_what_was_given_stays_until_the_hubs_backup_has_it(tmp_path: Path) -> None:
    limits = Limits(sealed_hours=24, sealed_open_hours=48)
    store = open_store(tmp_path, limits=limits)
    store.commit([work(word("p-1", taken=ONE)), work(word("p-1", "ended"))])
    store.give_original(ONE.name, NOW, asked)
    hub_has(store)
    store.maintain(later(30))
    assert sealed_files(tmp_path) == {ONE.name}
    deliver(store)
    store.maintain(later(31))
    assert sealed_files(tmp_path) == set()
    store.close()


def test_without_a_clock_the_time_begins_when_there_is_one(tmp_path: Path) -> None:
    store = open_store(tmp_path, limits=Limits(sealed_hours=24))
    unset, ahead = NOW._replace(clock="unset", utc_ns=0), later(4000)
    store.commit([work(word("p-1", taken=ONE), word("p-1", "ended"), at=unset)])
    store.commit([work(word("p-2", taken=TWO), word("p-2", "ended"), at=ahead)])
    hub_has(store)
    store.maintain(unset)
    store.maintain(later(1))
    assert sealed_files(tmp_path) == {ONE.name, TWO.name}
    store.maintain(later(2.1))
    assert sealed_files(tmp_path) == set()
    store.close()


# --- for want of room --------------------------------------------------------------------------


def test_over_their_share_the_oldest_of_problems_that_are_over_go_first(tmp_path: Path) -> None:
    store = open_store(tmp_path, limits=Limits(sealed_bytes=110_000))
    for n in range(5):
        store.commit([work(word(f"p-{n}", taken=Taken.number(n)), at=later(n / 100))])
    store.commit([work(word("p-3", "ended"), at=later(0.2))])
    store.maintain(later(1))
    assert len(sealed_files(tmp_path)) == 5
    store.commit([work(word("p-5", taken=Taken.number(5)), at=later(0.3))])
    store.maintain(later(1))
    left = {n for n in range(6) if Taken.number(n).name in sealed_files(tmp_path)}
    assert left == {1, 2, 4, 5}
    (told,) = [one["shed"] for one in notices(store, "shed")]
    assert (told["what"], told["count"]) == ("sealed-originals", 2)
    store.close()


def test_sealed_originals_are_held_bytes_and_go_before_anything_that_the_hub_lacks(
    tmp_path: Path,
) -> None:
    store = open_store(tmp_path, limits=Limits(evidence_bytes=25_000))
    raw = [(1, 4096)]
    store.shed_raw = lambda wanted: raw.pop() if raw else (0, 0)
    store.commit([work(word(taken=ONE))])
    for _ in range(4):
        store.maintain(NOW)
    told = [one["shed"]["what"] for one in notices(store, "shed")]
    assert told == ["raw-segments", "sealed-originals"]
    assert set(uploads(store)) == ONE.leaving
    assert sealed_files(tmp_path) == set()
    store.close()


def test_what_was_asked_for_and_not_yet_delivered_never_goes_for_room(tmp_path: Path) -> None:
    store = open_store(tmp_path, limits=Limits(evidence_bytes=10, sealed_bytes=10))
    store.commit([work(word(taken=ONE))])
    store.give_original(ONE.name, NOW, asked)
    for _ in range(5):
        store.maintain(later(0.5))
    assert sealed_files(tmp_path) == {ONE.name}
    assert notices(store, "shed") == []
    store.close()


def test_a_database_at_its_own_limit_costs_no_original(tmp_path: Path) -> None:
    """They would not make room in it."""
    store = open_store(tmp_path, limits=Limits(db_bytes=1024 * 1024))
    store.commit([work(word(taken=ONE))])
    with pytest.raises(StoreFull):
        _endlessly_urgent(store)
    store.maintain(NOW)
    assert sealed_files(tmp_path) == {ONE.name}
    store.close()


def test_a_full_disk_takes_room_from_sealed_originals_before_it_refuses(tmp_path: Path) -> None:
    disk = SmallDisk(60_000)
    store = open_store(tmp_path, files=disk)
    store.commit([work(word("p-1", taken=ONE))])
    store.commit([work(word("p-2", taken=TWO))])
    assert sealed_files(tmp_path) == {TWO.name}
    assert set(uploads(store)) == ONE.leaving | TWO.leaving
    huge = NewEvidence(b"\xff\xd8" + bytes(70_000), "image/jpeg")
    with pytest.raises(StoreFull):
        store.commit([work(Conclusion(word("p-3").payload, "camera/c", evidence=(huge,)))])
    assert [path.name for path in tmp_path.rglob("*.tmp")] == []
    assert store.commit([work(word("p-4"))]), "words without photos are still taken"
    store.close()


def test_rows_of_files_long_gone_go_too(tmp_path: Path) -> None:
    store = open_store(
        tmp_path, limits=Limits(sealed_hours=1, sealed_open_hours=48, evidence_bytes=10)
    )
    store.commit([work(word("p-1", taken=ONE), word("p-1", "ended"))])
    deliver(store)
    for hours in range(1, 9):
        store.maintain(later(hours / 4))
    assert _rows(tmp_path) == 3
    store.maintain(later(3))
    assert _rows(tmp_path) == 0
    store.close()


def _rows(folder: Path) -> int:
    with inspection.copy_of(folder) as copy:
        return copy["evidence"].count
