"""Short of space: the ladder goes down in order, never past what must stay, and says what it dropped."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.names import lane_key
from edge_agent.errors import StoreFull
from edge_agent.store.database import Limits, Store
from edge_agent.store.evidence import ALIBI
from tests.edge_agent.store.stores import (
    NOW,
    hub_has,
    notices,
    open_store,
    routine,
    urgent,
    waiting,
)

SMALL = Limits(db_bytes=1024 * 1024)
PHOTO = b"\xff\xd8" + bytes(20_000)


def _fill(store: Store) -> int:
    """Routine events until the store takes no more; how many it took."""
    taken = 0
    while True:
        try:
            store.commit([routine(f"s{taken + n}") for n in range(50)])
        except StoreFull:
            return taken
        taken += 50


def _endlessly_urgent(store: Store) -> None:
    for n in range(100_000):
        store.commit([urgent(f"c{n}")])


def test_a_full_store_refuses_routine_work_takes_urgent_work_and_has_lost_nothing(
    tmp_path: Path,
) -> None:
    store = open_store(tmp_path, limits=SMALL)
    taken = _fill(store)
    assert taken > 1000
    assert store.commit([urgent()]) == [(f"{store.epoch}.urgent.2",)]
    assert [item["data"]["sensor"] for item in waiting(store, "routine")] == [
        f"s{n}" for n in range(taken)
    ]
    assert (tmp_path / "edile.db").stat().st_size <= SMALL.db_bytes
    store.close()


def test_urgent_work_has_its_reserve_and_then_is_refused_too(tmp_path: Path) -> None:
    store = open_store(tmp_path, limits=SMALL)
    _fill(store)
    with pytest.raises(StoreFull, match="nothing in it may be dropped"):
        _endlessly_urgent(store)
    made = len(waiting(store, "urgent"))
    assert made > 100
    store.close()
    again = open_store(tmp_path, unclean=True, limits=Limits(db_bytes=2 * 1024 * 1024))
    assert len(waiting(again, "urgent", store.epoch)) == made
    again.close()


def test_a_full_store_recovers_when_the_hub_has_archived(tmp_path: Path) -> None:
    store = open_store(tmp_path, limits=SMALL)
    taken = _fill(store)
    hub_has(store)
    for _ in range(20):
        store.maintain(NOW)
    assert _fill(store) > taken // 2
    store.close()


def test_the_ladder_goes_raw_thumbnails_originals_events_and_each_shed_is_told(
    tmp_path: Path,
) -> None:
    limits = Limits(evidence_bytes=30_000)
    store = open_store(tmp_path, limits=limits)
    raw = [(2, 8192)]
    store.shed_raw = lambda wanted: raw.pop() if raw else (0, 0)
    store.commit([routine("thumb", photo=b"\xff\xd8small")])
    store.commit([routine("one", photo=PHOTO + b"1"), routine("two", photo=PHOTO + b"2")])
    while upload := store.next_upload():
        store.evidence_progress(upload.sha256, upload.size, done=True)
    store.commit([routine("proof")])
    hub_has(store)
    for _ in range(4):
        store.maintain(NOW)
    told = [one["shed"]["what"] for one in notices(store, "shed")]
    assert told == ["raw-segments", "thumbnails", "uploaded-originals"]
    counts = [(one["shed"]["count"], one["shed"]["bytes"]) for one in notices(store, "shed")]
    assert counts == [(2, 8192), (1, 7), (2, 2 * len(PHOTO) + 2)]
    assert [p for p in (tmp_path / "evidence").rglob("*") if p.is_file()] == []
    store.close()


@pytest.mark.parametrize("media", ["image/jpeg", ALIBI])
@pytest.mark.parametrize("how_far", ["recorded", "uploaded", "stored"])
def test_evidence_that_is_not_archived_never_goes(tmp_path: Path, how_far: str, media: str) -> None:
    store = open_store(tmp_path, limits=Limits(evidence_bytes=10))
    store.commit([routine("one", photo=PHOTO, media=media)])
    upload = store.next_upload()
    assert upload is not None
    if how_far != "recorded":
        store.evidence_progress(upload.sha256, upload.size, done=True)
        store.commit([routine("proof")])
    if how_far == "stored":
        hub_has(store, archived=False)
    for _ in range(5):
        store.maintain(NOW)
    assert store.read_evidence(upload.sha256, 0, 10**6) == PHOTO
    assert notices(store, "shed") == []
    store.close()


def test_a_thousand_archived_events_go_in_small_steps_from_a_store_without_room(
    tmp_path: Path,
) -> None:
    store = open_store(tmp_path, limits=SMALL)
    taken = _fill(store)
    key = lane_key(store.epoch, "routine")
    with_rows = {key: taken}
    store.apply_reply(
        stored=with_rows, archived=with_rows, generation="g1", receipt=None, moment=NOW
    )
    assert store.commit([routine("again")]) == [(f"{key}.{taken + 1}",)]
    store.close()


def test_what_was_shed_for_a_commit_is_told_even_when_the_commit_itself_made_the_room(
    tmp_path: Path,
) -> None:
    store = open_store(tmp_path, limits=SMALL)
    raw = [(1, 4096)] * 3
    store.shed_raw = lambda wanted: raw.pop() if raw else (0, 0)
    _fill(store)
    assert raw == []
    store.commit([urgent("a")])
    told = notices(store, "shed")
    assert sum(one["shed"]["count"] for one in told) == 3
    assert len({item["id"] for item in waiting(store, "urgent")}) == len(waiting(store, "urgent"))
    store.close()
