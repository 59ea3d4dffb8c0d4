"""What a batch leaves behind: the laws of recording once, on both databases."""

from __future__ import annotations

from hashlib import sha256

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.payloads.weigh import WeighAnomaly
from contract.sync import MAX_EVENTS
from hub.errors import BatchRefused, NotContiguous
from hub.store.order_tables import work_order
from tests.hub.ingest.conftest import Desk
from tests.hub.signing_box import reading, slices, stone

PER_DATABASE = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def overload(number: int) -> WeighAnomaly:
    return WeighAnomaly(
        problem_id=f"p-{number}", phase="opened", kind="over-capacity", weighbridge="wb-1"
    )


def orders(desk: Desk) -> int:
    with desk.database.read() as conn:
        return conn.scalar(sa.select(sa.func.count()).select_from(work_order)) or 0


@PER_DATABASE
@given(
    total=st.integers(1, 12),
    sizes=st.lists(st.integers(1, 5), max_size=8),
    again=st.lists(st.integers(0, 8), max_size=6),
)
def test_any_cut_of_the_stream_and_any_repetition_leave_the_same(
    desk: Desk, total: int, sizes: list[int], again: list[int]
) -> None:
    box = desk.box()
    box.records(*(reading(n) for n in range(total)))
    cuts = slices(total, sizes)
    reply = None
    for number, (first, last) in enumerate(cuts):
        reply = desk.take(box, first, last)
        for old in again:
            if old <= number:
                repeated = desk.take(box, *cuts[old])
                assert repeated.stored == reply.stored
                assert (repeated.receipt, repeated.quarantined) == (None, [])
    assert reply is not None
    assert desk.kept(box) == box.items
    assert reply.stored[f"{box.epoch}.routine"] == total
    receipt = desk.receipt(reply)
    assert (receipt.seq, receipt.chain_head) == (total, box.head(total).hex())
    assert (receipt.epoch, receipt.lane, receipt.slot) == (box.epoch, "routine", "cs-017")
    assert desk.irregular() == []


def test_repeats_beside_new_events_have_no_effect_twice(desk: Desk) -> None:
    box = desk.box("urgent")
    box.records(overload(1), overload(2))
    desk.take(box, 1, 2)
    assert orders(desk) == 2
    box.records(overload(3))
    desk.take(box, 1, 3)
    desk.take(box, 2, 3)
    assert orders(desk) == 3
    assert desk.kept(box) == box.items


def test_a_gap_is_refused_with_the_place_to_go_on_from(desk: Desk) -> None:
    box = desk.box()
    box.records(*(reading(n) for n in range(5)))
    with pytest.raises(NotContiguous) as refused:
        desk.take(box, 2, 3)
    assert refused.value.stored == {f"{box.epoch}.routine": 0}
    desk.take(box, 1, 2)
    with pytest.raises(NotContiguous) as refused:
        desk.take(box, 4, 5)
    assert refused.value.stored == {f"{box.epoch}.routine": 2}
    assert desk.kept(box) == box.items[:2]


def test_a_batch_is_taken_whole_or_not_at_all(desk: Desk) -> None:
    box = desk.box("urgent")
    box.records(overload(1), overload(2))
    body, claims = box.batch(1, 2)
    with pytest.raises(BatchRefused):
        desk.ingest.take(box.kid, claims, body.replace(b"urgent.2", b"urgent.3"), 0)
    assert (desk.kept(box), orders(desk)) == ([], 0)


def test_the_largest_batch_fits(desk: Desk) -> None:
    box = desk.box()
    box.records(*(reading(n) for n in range(MAX_EVENTS)))
    assert desk.take(box, 1, MAX_EVENTS).stored == {f"{box.epoch}.routine": MAX_EVENTS}


def test_a_heartbeat_brings_every_lane_and_stores_nothing(desk: Desk) -> None:
    old, new = desk.box(), desk.box("urgent")
    old.records(*(reading(n) for n in range(3)))
    desk.take(old, 1, 3)
    reply = desk.beat(new)
    assert reply.stored == {f"{old.epoch}.routine": 3, f"{new.epoch}.urgent": 0}
    assert reply.archived == {f"{old.epoch}.routine": 0, f"{new.epoch}.urgent": 0}
    assert (reply.receipt, reply.hub_generation) == (None, "g1")


def test_the_same_number_with_other_bytes_is_set_aside_and_told_once(desk: Desk) -> None:
    box = desk.box()
    box.records(reading(1), reading(2))
    desk.take(box, 1, 2)
    clone = desk.box()
    clone.epoch = box.epoch
    clone.records(reading(1), reading(7))
    for _ in range(3):
        reply = desk.take(clone, 1, 2)
        assert [one.id for one in reply.quarantined] == [f"{box.epoch}.routine.2"]
    assert desk.kept(box) == box.items
    assert desk.irregular() == [("conflict", f"{box.epoch}.routine.2")]


def test_another_chain_than_the_events_make_is_told_once_and_taken(desk: Desk) -> None:
    box = desk.box()
    box.records(reading(1), reading(2), reading(3))
    reply = desk.take(box, 1, 2, ch="ab" * 32)
    assert reply.stored == {f"{box.epoch}.routine": 2}
    assert desk.receipt(reply).chain_head == box.head(2).hex()
    desk.take(box, 3, 3, ch=desk.row(box).heads.ours.hex())
    assert desk.irregular() == [("chain", f"{box.epoch}.routine")] * 2
    desk.beat(box)
    assert len(desk.irregular()) == 2


def test_a_tombstone_bridges_what_corruption_took(desk: Desk) -> None:
    box = desk.box()
    box.records(*(reading(n) for n in range(10)))
    desk.take(box, 1, 3)
    box.loses(4, 8)
    reply = desk.take(box, 4, 10)
    assert reply.stored == {f"{box.epoch}.routine": 10}
    assert [seq for seq, _ in desk.kept(box)] == [1, 2, 3, 4, 9, 10]
    assert desk.irregular() == [("gap", f"{box.epoch}.routine.4")]
    assert desk.receipt(reply).chain_head == box.head(10).hex()
    desk.take(box, 4, 10)
    assert len(desk.irregular()) == 1


@pytest.mark.parametrize(
    ("gap", "resent"), [((3, 8), (3, 12)), ((3, 4), (3, 12)), ((1, 6), (1, 12)), ((2, 6), (2, 6))]
)
def test_a_box_that_lost_what_we_hold_is_no_suspect_and_goes_on(
    desk: Desk, gap: tuple[int, int], resent: tuple[int, int]
) -> None:
    box = desk.box()
    box.records(*(reading(n) for n in range(12)))
    whole = list(box.items)
    desk.take(box, 1, 6)
    box.loses(*gap)
    for _ in range(2):
        reply = desk.take(box, *resent)
        assert reply.quarantined == []
    kept = dict(desk.kept(box))
    assert [kept[seq] for seq in range(1, 7)] == [raw for _, raw in whole[:6]]
    assert kept.get(7) == (stone(*gap) if gap[1] > 6 else kept.get(7))
    stored = reply.stored[f"{box.epoch}.routine"]
    assert stored == max(6, resent[1])
    box.records(reading(77), reading(78))
    desk.take(box, stored + 1, box.last)
    assert {kind for kind, _ in desk.irregular()} == {"gap"}
    assert len(desk.irregular()) == 1
    assert desk.row(box).stored == 14


def test_a_tombstones_words_may_be_any(desk: Desk) -> None:
    box = desk.box()
    noise = b"".join(sha256(b"%d" % n).hexdigest().encode() for n in range(200))
    box.records_raw(b'{"gap": [1, 1], "reason": "odd\\u0000%b"}' % noise)
    desk.take(box, 1, 1)
    assert desk.irregular() == [("gap", f"{box.epoch}.routine.1")]


def test_unknown_types_and_newer_versions_are_kept_raw(desk: Desk) -> None:
    box = desk.box()
    box.records(reading(1), reading(2))
    old = [(seq, raw.replace(b"air.summary.v1", b"air.summary.v9")) for seq, raw in box.items]
    box.items = [old[0], (2, old[1][1].replace(b"air.summary", b"noise.level"))]
    desk.take(box, 1, 2)
    assert desk.types(box) == ["edile.air.summary.v9", "edile.noise.level.v9"]
    assert desk.kept(box) == box.items
    assert desk.irregular() == []
