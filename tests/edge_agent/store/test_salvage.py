"""A damaged file: recording goes on at once, all that reads comes over, what is lost is told exactly."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from edge_agent.store.database import Store
from edge_agent.store.outbox import SEQ_BITS, SEQ_MASK
from edge_agent.store.salvage import SLICE_ROWS
from tests.edge_agent.store.stores import NOW, Work, notices, open_store, routine, urgent, waiting

PAGE = 4096


def _filled(folder: Path, events: int) -> str:
    """A closed store with that many routine events; its epoch."""
    store = open_store(folder)
    for start in range(0, events, 100):
        store.commit([routine(f"s{n}") for n in range(start, start + 100)])
    store.commit([Work(NOW, (), {"station": b"mid-weighing"}, {"cmd_seq": b"7"})])
    store.close()
    return store.epoch


def _event_leaves(path: Path) -> dict[int, list[int]]:
    """Leaf pages of table `event` and the keys on each, by SQLite's own account."""
    con = apsw.Connection(str(path))
    leaves: dict[int, int] = dict(
        con.execute(
            "SELECT pageno, ncell FROM dbstat WHERE name = 'event' AND pagetype = 'leaf' ORDER BY path"
        )
    )
    keys = [key for (key,) in con.execute("SELECT id FROM event ORDER BY id")]
    con.close()
    placed, at = {}, 0
    for page, cells in leaves.items():
        placed[page] = keys[at : at + cells]
        at += cells
    return placed


def _damage(path: Path, pages: list[int]) -> None:
    rng = random.Random(1)
    with path.open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * PAGE)
            file.write(rng.randbytes(PAGE))


def _salvaged(store: Store) -> None:
    for _ in range(10_000):
        store.maintain(NOW)
        if any(
            "counts" in one and "recovered" in one["counts"] for one in notices(store, "salvage")
        ):
            return
    raise AssertionError("the salvage does not end")


def _ranges(numbers: list[int]) -> Iterator[tuple[int, int]]:
    start = previous = None
    for number in numbers:
        if previous is not None and number != previous + 1:
            yield start or 0, previous
            start = number
        start = number if start is None else start
        previous = number
    if previous is not None:
        yield start or 0, previous


@pytest.mark.parametrize("bad", [1, 5, 40])
def test_every_row_that_is_not_on_a_damaged_page_comes_over_and_the_rest_is_told(
    tmp_path: Path, bad: int
) -> None:
    epoch = _filled(tmp_path, 6000)
    leaves = _event_leaves(tmp_path / "edile.db")
    pages = random.Random(bad).sample(sorted(leaves), bad)
    _damage(tmp_path / "edile.db", pages)
    lost = sorted(key & SEQ_MASK for page in pages for key in leaves[page] if key >> SEQ_BITS == 2)

    store = open_store(tmp_path, unclean=True)
    assert store.commit([urgent("at once")]), "recording goes on before anything is salvaged"
    assert store.role_state("station") == b"mid-weighing"
    assert store.setting("cmd_seq") == b"7"
    _salvaged(store)

    items = waiting(store, "routine", epoch)
    kept = [int(item["id"].rpartition(".")[2]) for item in items if "id" in item]
    gaps = [tuple(item["gap"]) for item in items if "gap" in item]
    assert kept == [n for n in range(1, 6001) if n not in set(lost)]
    assert gaps == list(_ranges(lost))
    told = [
        (d["counts"]["first"], d["counts"]["last"])
        for d in notices(store, "gap")
        if "routine" in d["detail"]
    ]
    assert told == gaps
    (done,) = [d["counts"] for d in notices(store, "salvage") if d.get("counts")]
    assert done["lost"] == sum(len(leaves[page]) for page in pages)
    store.close()


def test_sound_pages_between_damaged_ones_are_not_passed_over(tmp_path: Path) -> None:
    epoch = _filled(tmp_path, 2000)
    leaves = _event_leaves(tmp_path / "edile.db")
    pages = [page for n, page in enumerate(leaves) if n not in (0, 1, 4, 9, 10, 40, 90, 91, 170)]
    _damage(tmp_path / "edile.db", pages)
    sound = [leaves[page] for page in leaves if page not in pages]
    store = open_store(tmp_path, unclean=True)
    _salvaged(store)
    kept = [int(i["id"].rpartition(".")[2]) for i in waiting(store, "routine", epoch) if "id" in i]
    assert kept == [key & SEQ_MASK for keys in sound for key in keys if key >> SEQ_BITS == 2]
    store.close()


def test_a_salvaged_lane_goes_on_where_the_hub_was_and_its_chain_joins(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([routine(f"s{n}") for n in range(1000)])
    key = f"{store.epoch}.routine"
    store.apply_reply(
        stored={key: 700}, archived={key: 300}, generation="g1", receipt=None, moment=NOW
    )
    store.close()
    leaves = _event_leaves(tmp_path / "edile.db")
    last = [page for page, keys in leaves.items() if keys[0] >> SEQ_BITS == 2][-1]
    _damage(tmp_path / "edile.db", [last])
    again = open_store(tmp_path, unclean=True)
    _salvaged(again)
    (lane,) = [one for one in again.lanes() if one.epoch == store.epoch and one.lane == "routine"]
    assert (lane.stored, lane.archived, lane.last_seq) == (700, 300, 1000)
    batch = again.next_batch(store.epoch, "routine", max_events=10**6, max_bytes=10**9)
    assert batch is not None
    assert (batch.first, batch.last) == (701, 1000)
    again.close()


def test_a_salvage_is_done_once_and_the_next_start_is_clean(tmp_path: Path) -> None:
    epoch = _filled(tmp_path, 500)
    _damage(tmp_path / "edile.db", [max(_event_leaves(tmp_path / "edile.db"))])
    store = open_store(tmp_path, unclean=True)
    _salvaged(store)
    once = len(waiting(store, "routine", epoch))
    store.close()
    again = open_store(tmp_path, unclean=True)
    again.maintain(NOW)
    assert len(waiting(again, "routine", epoch)) == once
    assert len([d for d in notices(again, "salvage") if d.get("counts")]) == 1
    again.close()


def test_a_file_of_which_nothing_reads_is_set_aside_and_recording_goes_on(tmp_path: Path) -> None:
    _filled(tmp_path, 300)
    size = (tmp_path / "edile.db").stat().st_size
    (tmp_path / "edile.db").write_bytes(random.Random(2).randbytes(size))
    store = open_store(tmp_path, unclean=True)
    assert store.commit([routine()])
    _salvaged(store)
    (done,) = [d["counts"] for d in notices(store, "salvage") if d.get("counts")]
    assert done["recovered"] == 0
    store.close()


def test_evidence_of_a_damaged_store_is_still_to_be_uploaded(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([routine(photo=b"\xff\xd8photo")])
    upload: Any = store.next_upload()
    store.close()
    con = apsw.Connection(str(tmp_path / "edile.db"))
    pages = [p for (p,) in con.execute("SELECT pageno FROM dbstat WHERE name = 'evidence'")]
    con.close()
    _damage(tmp_path / "edile.db", pages)
    again = open_store(tmp_path, unclean=True)
    _salvaged(again)
    assert again.next_upload() == upload
    assert again.read_evidence(upload.sha256, 0, 99) == b"\xff\xd8photo"
    again.close()


@pytest.mark.parametrize("page", [1, 2, 3, 4, 5, 6, 7, 8, 9])
def test_whichever_page_is_damaged_the_store_opens_and_records(tmp_path: Path, page: int) -> None:
    _filled(tmp_path, 300)
    _damage(tmp_path / "edile.db", [page])
    store = open_store(tmp_path, unclean=True)
    store.commit([routine("after")])
    _salvaged(store)
    assert waiting(store, "routine")[-1]["data"]["sensor"] == "after"
    store.close()


def test_a_gap_that_the_hub_had_in_part_is_bridged_from_where_the_hub_is(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([routine(f"s{n}") for n in range(1000)])
    key = f"{store.epoch}.routine"
    store.close()
    leaves = _event_leaves(tmp_path / "edile.db")
    page = next(page for page, keys in leaves.items() if 2 << SEQ_BITS | 500 in keys)
    _, at_hub, *_, last = (key & SEQ_MASK for key in leaves[page])
    _damage(tmp_path / "edile.db", [page])
    again = open_store(tmp_path, unclean=True)
    _salvaged(again)
    again.apply_reply(stored={key: at_hub}, archived={}, generation="g1", receipt=None, moment=NOW)
    batch = again.next_batch(store.epoch, "routine", max_events=2, max_bytes=10**6)
    assert batch is not None
    assert batch.first == at_hub + 1
    items = waiting(again, "routine", store.epoch)
    assert items[0]["gap"] == [at_hub + 1, last]
    assert items[1]["id"] == f"{key}.{last + 1}"
    follow = again.next_batch(
        store.epoch, "routine", max_events=10**6, max_bytes=10**9, after=batch.last
    )
    whole = again.next_batch(store.epoch, "routine", max_events=10**6, max_bytes=10**9)
    assert follow is not None
    assert whole is not None
    assert follow.chain_head_after == whole.chain_head_after
    again.close()


def test_a_long_salvage_goes_on_after_a_restart_and_sends_nothing_before_its_end(
    tmp_path: Path,
) -> None:
    epoch = _filled(tmp_path, SLICE_ROWS + 1000)
    _damage(tmp_path / "edile.db", [min(_event_leaves(tmp_path / "edile.db"))])
    store = open_store(tmp_path, unclean=True)
    store.maintain(NOW)
    assert epoch not in {one.epoch for one in store.lanes()}
    store.close()
    again = open_store(tmp_path, unclean=True)
    _salvaged(again)
    items = waiting(again, "routine", epoch)
    assert items[-1]["id"] == f"{epoch}.routine.{SLICE_ROWS + 1000}"
    assert sum("gap" in item for item in items) <= 1
    again.close()


def test_the_start_after_a_salvage_tells_of_the_epoch_that_ran_last(tmp_path: Path) -> None:
    _filled(tmp_path, 300)
    _damage(tmp_path / "edile.db", [max(_event_leaves(tmp_path / "edile.db"))])
    store = open_store(tmp_path, unclean=True)
    _salvaged(store)
    store.close()
    again = open_store(tmp_path)
    told = [one["previous"]["epoch"] for one in notices(again, "started") if "previous" in one]
    assert told[-1] == store.epoch
    again.close()
