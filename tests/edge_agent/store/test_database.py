"""Opening, committing, and what the hub's words do to the outbox."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.chain import GENESIS, extend
from contract.names import lane_key
from edge_agent.errors import StoreRefused
from edge_agent.ports import Work
from edge_agent.store.database import Limits
from edge_agent.store.schema import connect, migrations
from tests.edge_agent.store.stores import (
    NOW,
    everything,
    hub_has,
    later,
    notices,
    open_store,
    routine,
    urgent,
    waiting,
)

DATABASES = Path(__file__).parent / "databases"


def test_ids_are_epoch_lane_and_a_sequence_without_gaps(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    ids = store.commit([routine(), urgent(), routine()])
    e = store.epoch
    assert ids == [(f"{e}.routine.1",), (f"{e}.urgent.2",), (f"{e}.routine.2",)]
    assert [item["id"] for item in waiting(store, "urgent")] == [f"{e}.urgent.1", f"{e}.urgent.2"]
    store.close()


def test_state_and_settings_commit_with_the_events_and_survive(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([Work(NOW, routine().conclusions, {"station": b"taken"}, {"cmd": b"4"})])
    store.put_setting("desired", b"{}")
    store.close()
    again = open_store(tmp_path)
    found = again.role_state("station"), again.setting("cmd"), again.setting("desired")
    assert found == (b"taken", b"4", b"{}")
    assert again.role_state("nobody") is None
    again.close()


def test_every_start_is_a_new_epoch_that_tells_where_the_last_one_ended(tmp_path: Path) -> None:
    first = open_store(tmp_path)
    first.commit([routine()] * 3)
    end = first.lane_end("routine")
    first.close()
    second = open_store(tmp_path)
    assert second.epoch != first.epoch
    (told,) = [d for d in notices(second, "started") if "previous" in d]
    assert told["previous"]["epoch"] == first.epoch
    assert told["previous"]["lanes"]["routine"] == {"seq": end[0], "chain_head": end[1].hex()}
    second.close()


def test_batches_carry_the_chain_and_join_without_a_seam(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([routine(f"s{n}") for n in range(25)])
    head, after = GENESIS, 0
    while batch := store.next_batch(
        store.epoch, "routine", max_events=10, max_bytes=10**6, after=after
    ):
        assert batch.first == after + 1
        head = extend(head, "routine", enumerate(batch.items, batch.first))
        assert batch.chain_head_after == head
        after = batch.last
    assert (after, head) == store.lane_end("routine")
    store.close()


def test_a_batch_keeps_to_its_bytes_but_sends_one_item_however_large(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([routine(f"s{n}") for n in range(5)])
    small = store.next_batch(store.epoch, "routine", max_events=100, max_bytes=900)
    tiny = store.next_batch(store.epoch, "routine", max_events=100, max_bytes=1)
    assert small is not None
    assert tiny is not None
    assert sum(map(len, small.items)) + len(small.items) + 1 <= 900
    assert (small.last, tiny.last) == (2, 1)
    store.close()


def test_only_what_is_archived_is_pruned_never_what_is_merely_stored(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([routine(f"s{n}") for n in range(10)])
    key = lane_key(store.epoch, "routine")
    store.apply_reply(stored={key: 8}, archived={key: 3}, generation="g1", receipt=None, moment=NOW)
    assert store.depth()["routine"] == 2
    store.rewind({key: 3})
    assert next(item["id"] for item in waiting(store, "routine")) == f"{key}.4"
    store.close()


def test_what_was_stored_a_month_ago_goes_though_it_was_never_archived(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([routine(f"s{n}") for n in range(10)])
    hub_has(store, archived=False)
    assert store.prune(later(29), 100) == 0
    assert store.prune(later(31)._replace(clock="unset"), 100) == 0
    assert store.prune(later(31), 100) == 11
    store.close()


def test_a_restored_hub_gets_everything_again_that_it_had_not_archived(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([routine(f"s{n}") for n in range(10)])
    key = lane_key(store.epoch, "routine")
    store.apply_reply(
        stored={key: 10}, archived={key: 4}, generation="g1", receipt=None, moment=NOW
    )
    assert waiting(store, "routine") == []
    store.apply_reply(stored={key: 4}, archived={key: 4}, generation="g2", receipt=None, moment=NOW)
    assert next(item["id"] for item in waiting(store, "routine")) == f"{key}.5"
    store.close()


def test_a_hub_that_lost_what_was_pruned_here_is_told_with_a_tombstone(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([routine(f"s{n}") for n in range(6)])
    key = lane_key(store.epoch, "routine")
    store.apply_reply(stored={key: 5}, archived={key: 5}, generation="g1", receipt=None, moment=NOW)
    store.rewind({key: 2})
    items = waiting(store, "routine")
    assert items[0] == {"gap": [3, 5], "reason": "pruned", "counts": {}}
    assert items[1]["id"] == f"{key}.6"
    store.close()


def test_a_hub_that_claims_more_than_we_made_is_suspected_once_and_recording_goes_on(
    tmp_path: Path,
) -> None:
    store = open_store(tmp_path)
    store.commit([routine()])
    key = lane_key(store.epoch, "routine")
    for _ in range(2):
        store.apply_reply(stored={key: 99}, archived={}, generation="g", receipt=None, moment=NOW)
    (lane,) = [one for one in store.lanes() if one.lane == "routine"]
    assert (lane.stored, lane.last_seq) == (1, 1)
    assert len(notices(store, "clone-suspected")) == 1
    assert store.commit([routine()]) == [(f"{key}.2",)]
    store.close()


def test_a_hub_cannot_rewind_past_what_was_made(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([routine()])
    store.rewind({lane_key(store.epoch, "routine"): 99, "0C9K2TQ7M4XWZ.urgent": 5})
    assert store.depth()["routine"] == 0
    (eid,) = store.commit([routine("next")])[0]
    assert [item["id"] for item in waiting(store, "routine")] == [eid]
    store.close()


@settings(max_examples=40, deadline=None)
@given(
    claims=st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 40), st.sampled_from(["g1", "g2"])), max_size=8
    )
)
def test_no_word_of_the_hub_makes_the_outbox_lose_what_is_not_archived(
    tmp_path_factory: pytest.TempPathFactory, claims: list[tuple[int, int, str]]
) -> None:
    store = open_store(tmp_path_factory.mktemp("claims"))
    store.commit([routine(f"s{n}") for n in range(20)])
    key, safe = lane_key(store.epoch, "routine"), 0
    for stored, archived, generation in claims:
        store.apply_reply(
            stored={key: stored}, archived={key: archived}, generation=generation, receipt=None,
            moment=NOW,
        )  # fmt: skip
        safe = max(safe, min(archived, 20))
        (lane,) = [one for one in store.lanes() if one.lane == "routine"]
        assert safe <= lane.stored <= 20
    store.rewind({key: safe})
    kept = [item["id"] for item in waiting(store, "routine")]
    assert kept == [f"{key}.{n}" for n in range(safe + 1, 21)]
    store.close()


def test_wal_and_full_are_asserted_after_opening(tmp_path: Path) -> None:
    class Memory(apsw.Connection):
        """Where SQLite cannot have a log it says `memory`, and so does an SQL-only file system."""

        def __init__(self, path: str) -> None:
            super().__init__(":memory:")

    with pytest.raises(StoreRefused, match="journal_mode=memory"):
        open_store(tmp_path, how=Memory)


def _foreign(path: Path) -> None:
    con = apsw.Connection(str(path))
    con.execute("CREATE TABLE theirs (a)")
    con.close()


def _newer(path: Path) -> None:
    open_store(path.parent).close()
    con = apsw.Connection(str(path))
    con.pragma("user_version", len(migrations()) + 1)
    con.close()


def _folder(path: Path) -> None:
    path.mkdir()


def _text(path: Path) -> None:
    path.write_text("dear diary\n" * 100)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_foreign, "another program's database"),
        (_newer, "install the agent that wrote it"),
        (_folder, "is a folder where the database belongs"),
        (_text, "is not a database of this agent"),
    ],
)
def test_what_is_not_ours_is_refused_and_left_as_it_was(tmp_path: Path, make, words: str) -> None:
    path = tmp_path / "edile.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreRefused, match=words):
        open_store(tmp_path, unclean=True)
    assert (path.read_bytes() if path.is_file() else None) == before
    assert [one.name for one in tmp_path.iterdir() if "corrupt" in one.name] == []


def test_a_file_where_the_folder_belongs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    with pytest.raises(StoreRefused, match="name a folder"):
        open_store(tmp_path / "data")


@pytest.mark.parametrize("dump", sorted(DATABASES.glob("*.sql")), ids=lambda path: path.stem)
def test_databases_of_every_older_schema_open_with_all_they_held(
    tmp_path: Path, dump: Path
) -> None:
    old = connect(str(tmp_path / "edile.db"))
    old.execute(dump.read_text())
    old.close()
    (tmp_path / "edile.store").write_text("edile store\n")
    store = open_store(tmp_path, unclean=True)
    items = [item for item in everything(store) if store.epoch not in item["id"]]
    assert [item["data"]["kind"] for item in items if "kind" in item["data"]] == ["started"]
    assert [item["data"]["sensor"] for item in items if "sensor" in item["data"]] == [
        "old-1",
        "old-2",
    ]
    assert store.role_state("station") == b"old state"
    con = apsw.Connection(str(tmp_path / "edile.db"))
    assert con.pragma("user_version") == len(migrations())
    con.close()
    store.close()


def test_a_log_does_not_grow_without_end(tmp_path: Path) -> None:
    store = open_store(tmp_path, limits=Limits(db_bytes=64 * 1024 * 1024))
    for _ in range(30):
        store.commit([routine(f"s{n}") for n in range(200)])
        hub_has(store)
    store.maintain(NOW)
    assert (tmp_path / "edile.db-wal").stat().st_size <= 8 * 1024 * 1024
    store.close()


def test_lanes_of_old_epochs_go_when_nothing_is_left_of_them(tmp_path: Path) -> None:
    for _ in range(6):
        store = open_store(tmp_path)
        store.commit([routine()])
        hub_has(store)
        store.close()
    again = open_store(tmp_path)
    con = connect(str(tmp_path / "edile.db"))
    assert next(con.execute("SELECT count(*) FROM lane"))[0] == 4
    con.close()
    again.close()
