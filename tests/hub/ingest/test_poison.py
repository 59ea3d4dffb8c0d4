"""An event that cannot be taken stops nothing for long."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from contract.payloads.gateway import CommandResult
from contract.payloads.weigh import WeighAnomaly
from hub.errors import NotNow
from hub.store.order_tables import work_order
from tests.hub.ingest.conftest import Desk
from tests.hub.signing_box import SigningBox, raw_event, reading

GOOD = WeighAnomaly(problem_id="p", phase="opened", kind="over-capacity", weighbridge="wb-1")


def with_poison(desk: Desk, raw: bytes) -> SigningBox:
    """Good, good, poison, good."""
    box = desk.box("urgent")
    box.records(reading(1), GOOD)
    box.records_raw(raw.replace(b"EPOCH", box.epoch.encode()))
    box.records(reading(4))
    return box


POISONS = {
    "no JSON": raw_event(reading(3), 3, epoch="EPOCH", lane="urgent").replace(
        b'"air-1"', b'"air-1'
    ),
    "no event": b'{"hello": "hub"}',
    "invalid text": raw_event(reading(3), 3, epoch="EPOCH", lane="urgent").replace(
        b"air-1", b"\xff\xfe"
    ),
    "data of another shape": raw_event(GOOD, 3, epoch="EPOCH", lane="urgent").replace(
        b'"opened"', b'"burst\\u0000"'
    ),
    "a type with NUL": raw_event(reading(3), 3, epoch="EPOCH", lane="urgent").replace(
        b"edile.air.summary.v1", b"edile.odd\\u0000"
    ),
    "a time that is none": raw_event(GOOD, 3, epoch="EPOCH", lane="urgent").replace(
        b'"time":"2026', b'"time":"late'
    ),
}


@pytest.mark.parametrize("raw", POISONS.values(), ids=POISONS.keys())
def test_after_three_failures_it_is_kept_raw_and_the_lane_goes_on(desk: Desk, raw: bytes) -> None:
    box = with_poison(desk, raw)
    key = f"{box.epoch}.urgent"
    assert desk.take(box, 1, 4).stored[key] == 2
    assert desk.irregular() == []
    with pytest.raises(NotNow, match=r"urgent\.3 cannot be taken yet"):
        desk.take(box, 3, 4)
    reply = desk.take(box, 3, 4)
    assert reply.stored[key] == 4
    assert [one.id for one in reply.quarantined] == [f"{key}.3"]
    assert desk.kept(box) == box.items
    assert desk.types(box)[2] == "edile.dead-letter"
    assert desk.irregular() == [("dead-letter", f"{key}.3")]
    assert desk.receipt(reply).chain_head == box.head(4).hex()


def test_what_failed_left_no_effect(desk: Desk) -> None:
    box = desk.box("urgent")
    box.records(GOOD)
    box.records_raw(b"{}")
    for _ in range(2):
        desk.take(box, 1, 2)
    with desk.database.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(work_order)) == 1
    assert desk.kept(box) == box.items[:1]
    assert desk.take(box, 2, 2).stored == {f"{box.epoch}.urgent": 2}


def test_every_poison_of_a_batch_gets_its_three_tries(desk: Desk) -> None:
    box = desk.box("urgent")
    for raw in (b"[]", b"{}", b"null"):
        box.records_raw(raw)
    refused = 0
    while len(desk.kept(box)) < 3:
        try:
            desk.take(box, len(desk.kept(box)) + 1, 3)
        except NotNow:
            refused += 1
    assert refused == 4  # twice the first, once each that had failed behind another
    assert [subject[-2:] for _, subject in desk.irregular()] == [".1", ".2", ".3"]


@pytest.mark.postgres
def test_text_that_postgresql_cannot_keep_is_a_dead_letter(desk: Desk) -> None:
    box = desk.box("urgent")
    result = CommandResult(command="c-1", outcome="done", detail="odd\0")
    box.records(result)
    for _ in range(2):
        try:
            desk.take(box, 1, 1)
        except NotNow:
            continue
    assert desk.take(box, 1, 1).stored == {f"{box.epoch}.urgent": 1}
    assert desk.kept(box) == box.items
