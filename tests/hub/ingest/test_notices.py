"""What gateways say of themselves and their devices becomes orders, where somebody has to see to it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from contract.payloads.gateway import Anchor, GatewayNotice, NoticeKind
from hub.policies.policy_set import shipped_files
from hub.store import reference
from hub.store.order_tables import sighting, work_order
from hub.store.tables import anchor
from tests.hub.detections import DISTRICT, at
from tests.hub.ingest.conftest import Desk
from tests.hub.signing_box import SigningBox


def told(desk: Desk, *notices: GatewayNotice, box: SigningBox | None = None) -> SigningBox:
    """In one batch."""
    one = box or desk.box("urgent")
    first = one.last + 1
    one.records(*notices)
    desk.take(one, first, one.last)
    return one


def lost(kind: NoticeKind = "device-lost", device: str | None = "wb-1") -> GatewayNotice:
    return GatewayNotice(kind=kind, device=device, detail="no port any more")


def orders(desk: Desk) -> list[sa.Row[Any]]:
    with desk.database.read() as conn:
        return list(conn.execute(sa.select(work_order).order_by(work_order.c.seq)))


def states(desk: Desk) -> list[tuple[str, str]]:
    return [(one.kind, one.state) for one in orders(desk)]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("device-lost", "E0901"),
        ("sensor-fault", "E0902"),
        ("view-lost", "E0909"),
        ("disk-low", "E0903"),
        ("shed", "E0903"),
        ("gap", "E0904"),
        ("salvage", "E0904"),
        ("config-refused", "E0905"),
        ("clone-suspected", "E0906"),
        ("roster-change-held", "E0907"),
    ],
)
def test_each_kind_that_asks_for_somebody_opens_its_order(
    desk: Desk, kind: NoticeKind, code: str
) -> None:
    told(desk, lost(kind))
    (one,) = orders(desk)
    assert (one.kind, one.class_code, one.object) == (kind, code, "device/d-1")
    assert (one.slot, one.detail) == ("cs-017", "no port any more")
    assert one.state == ("review" if kind == "clone-suspected" else "dispatched")


@pytest.mark.parametrize(
    "kind",
    ["started", "clock-corrected", "device-back", "sensor-back", "view-back", "config-applied"],
)
def test_what_only_informs_opens_nothing(desk: Desk, kind: NoticeKind) -> None:
    told(desk, lost(kind))
    assert orders(desk) == []


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("device-lost", "device-back"),
        ("sensor-fault", "sensor-back"),
        ("view-lost", "view-back"),
    ],
)
def test_what_is_back_ends_its_order_and_the_next_time_is_another(
    desk: Desk, begin: NoticeKind, end: NoticeKind
) -> None:
    box = told(desk, lost(begin))
    told(desk, lost(end), box=box)
    assert states(desk) == [(begin, "closed")]
    told(desk, lost(begin), box=box)
    first, second = orders(desk)
    assert (second.state, second.relapse_of) == ("dispatched", first.id)


def test_settings_that_were_taken_after_all_wait_for_a_person_by_policy(desk: Desk) -> None:
    box = told(desk, lost("config-refused", None))
    told(desk, lost("config-applied", None), box=box)
    (one,) = orders(desk)
    assert (one.state, one.ended_at is not None) == ("dispatched", True)


def test_each_device_has_its_own_order_and_each_kind_of_trouble(desk: Desk) -> None:
    box = told(desk, lost(device="wb-1"), lost(device="rd-1"), lost("sensor-fault", "wb-1"))
    assert len(orders(desk)) == 3
    told(desk, lost(device="rd-1"), GatewayNotice(kind="device-back", device="rd-1"), box=box)
    assert states(desk) == [
        ("device-lost", "dispatched"),
        ("device-lost", "closed"),
        ("sensor-fault", "dispatched"),
    ]


def test_a_sensors_order_ends_with_the_last_of_its_quantities(desk: Desk) -> None:
    def of(kind: NoticeKind, part: str) -> GatewayNotice:
        return GatewayNotice(kind=kind, device="air-1", part=part)

    box = told(desk, of("sensor-fault", "pm2_5"), of("sensor-fault", "noise"))
    told(desk, of("sensor-back", "pm2_5"), box=box)
    assert states(desk) == [("sensor-fault", "dispatched")]
    told(desk, of("sensor-back", "noise"), box=box)
    assert states(desk) == [("sensor-fault", "closed")]


def test_a_gap_and_the_salvage_that_told_of_it_are_one_order(desk: Desk) -> None:
    told(desk, lost("salvage", None), lost("gap", None), lost("gap", None))
    (one,) = orders(desk)
    with desk.database.read() as conn:
        count = conn.scalar(sa.select(sa.func.count()).where(sighting.c.order_id == one.id))
    assert count == 3


def test_a_notice_still_does_what_it_does_besides(desk: Desk) -> None:
    one = Anchor(bootid="boot-1", monotime="5", utc=at(0), err_ms=20)
    told(desk, GatewayNotice(kind="device-lost", device="wb-1", anchor=one))
    with desk.database.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(anchor)) == 1
    assert len(orders(desk)) == 1


def test_a_notice_that_no_policy_wants_seen_to_is_kept_and_opens_nothing(desk: Desk) -> None:
    """And what stands beside it in the batch is not touched by it."""
    with desk.database.write() as conn:
        for name, content in shipped_files().items():
            plain = name.removesuffix(".yaml")
            if plain != "gateway-gap":
                reference.put(conn, DISTRICT, "policy", plain, content, at=at(0), by="token/lin")
    box = told(desk, lost("gap", None), lost())
    assert states(desk) == [("device-lost", "dispatched")]
    assert box.last == desk.row(box).stored
    assert desk.types(box) == ["edile.gateway.notice.v1"] * 2
    assert desk.irregular() == []
