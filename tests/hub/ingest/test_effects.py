"""What a gateway says of itself."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from contract.names import ClockState, EventId, source_of
from contract.payloads.gateway import (
    Anchor,
    CommandResult,
    GatewayHealth,
    GatewayNotice,
    LaneEnd,
    PreviousEpoch,
)
from contract.timestamps import rfc3339
from hub.store import gateway_views, gateways
from hub.store.tables import anchor, command
from tests.fakes.clock import START_UTC_NS
from tests.hub.detections import DISTRICT, at
from tests.hub.ingest.conftest import NOW_NS, Desk
from tests.hub.signing_box import SLOT, SigningBox, reading


def health(uptime_s: int) -> GatewayHealth:
    return GatewayHealth(
        uptime_s=uptime_s, disk_free_bytes=1, disk_total_bytes=2, outbox={}, clock="ntp",
        devices={}, drops={}, versions={},
    )  # fmt: skip


def tells(box: SigningBox, uptime_s: int, minute: int, clock: ClockState = "ntp") -> None:
    """A report of that minute after the start."""
    seq = box.last + 1
    told = {
        "id": str(EventId(box.epoch, box.lane, seq)),
        "source": source_of(DISTRICT, SLOT),
        "type": GatewayHealth.wire_type,
        "time": rfc3339(START_UTC_NS + minute * 60 * 10**9),
        "clock": clock,
        "specversion": "1.0",
        "data": health(uptime_s),
    }
    box.records_raw(msgspec.json.encode(told))


def shown(desk: Desk) -> tuple[int | None, str | None]:
    with desk.database.read() as conn:
        (view,) = gateway_views.gateways(conn, DISTRICT, after="", limit=9)
    return (None if view.health is None else view.health.uptime_s), view.health_at


def test_the_newest_report_is_shown_though_a_backlog_of_old_ones_comes_later(desk: Desk) -> None:
    new, old = desk.box(), desk.box()
    tells(new, 500, minute=30)
    desk.take(new, 1, 1)
    assert shown(desk) == (500, rfc3339(START_UTC_NS + 1_800 * 10**9))
    tells(old, 100, minute=10)
    tells(old, 200, minute=20)
    desk.take(old, 1, 2)
    assert shown(desk)[0] == 500
    tells(new, 800, minute=35)
    desk.take(new, 2, 2)
    assert shown(desk)[0] == 800


def test_a_clock_that_ran_ahead_once_does_not_hide_later_reports(desk: Desk) -> None:
    box = desk.box()
    tells(box, 1, minute=60 * 24 * 365 * 20, clock="rtc")
    desk.take(box, 1, 1)
    assert shown(desk) == (1, rfc3339(NOW_NS))
    tells(box, 2, minute=-60 * 24 * 365 * 50, clock="unset")
    desk.take(box, 2, 2, now_ns=NOW_NS + 60 * 10**9)
    assert shown(desk) == (2, rfc3339(NOW_NS + 60 * 10**9))


def starts(desk: Desk, previous: SigningBox, **ends: tuple[int, str]) -> None:
    """The next epoch's first event."""
    lanes = {lane: LaneEnd(seq=seq, chain_head=head) for lane, (seq, head) in ends.items()}
    now = desk.box("urgent")
    now.records(
        GatewayNotice(kind="started", previous=PreviousEpoch(epoch=previous.epoch, lanes=lanes))
    )
    desk.take(now, 1, 1)


def test_a_tail_that_is_still_to_come_is_shown_as_announced(desk: Desk) -> None:
    box = desk.box()
    box.records(*(reading(n) for n in range(5)))
    desk.take(box, 1, 3)
    starts(desk, box, routine=(5, box.head(5).hex()), urgent=(0, "00" * 32))
    with desk.database.read() as conn:
        (view,) = gateway_views.gateways(conn, DISTRICT, after="", limit=9)
    lane = view.lanes[f"{box.epoch}.routine"]
    assert (lane.stored, lane.announced) == (3, 5)
    assert f"{box.epoch}.urgent" not in view.lanes
    assert desk.irregular() == []


def test_a_box_that_remembers_less_than_we_have_runs_an_old_image(desk: Desk) -> None:
    box, empty = desk.box(), desk.box()
    for one in (box, empty):
        one.records(*(reading(n) for n in range(5)))
        desk.take(one, 1, 5)
    starts(desk, box, routine=(4, box.head(4).hex()))
    starts(desk, empty, routine=(0, "00" * 32))
    assert desk.irregular() == [
        ("rolled-back", f"{box.epoch}.routine"),
        ("rolled-back", f"{empty.epoch}.routine"),
    ]


def test_an_end_with_another_chain_is_told(desk: Desk) -> None:
    box = desk.box()
    box.records(reading(1), reading(2))
    desk.take(box, 1, 2)
    starts(desk, box, routine=(2, box.head(2).hex()))
    assert desk.irregular() == []
    starts(desk, box, routine=(2, "ab" * 32))
    assert desk.irregular() == [("chain", f"{box.epoch}.routine")]


def test_a_salvaged_end_is_no_other_chain(desk: Desk) -> None:
    box = desk.box()
    box.records(*(reading(n) for n in range(6)))
    desk.take(box, 1, 4)
    box.loses(2, 3)
    desk.take(box, 2, 3)
    starts(desk, box, routine=(4, box.head(4).hex()))
    desk.take(box, 5, 6)
    starts(desk, box, routine=(6, box.head(6).hex()))
    assert [kind for kind, _ in desk.irregular()] == ["gap"]


def test_anchors_are_kept_once(desk: Desk) -> None:
    box = desk.box("urgent")
    known = Anchor(bootid="b", monotime="123", utc=at(0), err_ms=40)
    box.records(*[GatewayNotice(kind="clock-corrected", anchor=known)] * 2)
    desk.take(box, 1, 2)
    with desk.database.read() as conn:
        found = conn.execute(sa.select(anchor)).all()
    assert [(row.slot, row.bootid, row.monotime, row.err_ms) for row in found] == [
        (SLOT, "b", "123", 40)
    ]


def test_a_command_is_answered_by_its_own_slot_and_once(desk: Desk) -> None:
    with desk.database.write() as conn:
        for number, slot in ((1, SLOT), (2, "cs-018")):
            gateways.add_command(
                conn, id=f"{slot}-1", slot=slot, cmd_seq=1, op="photo", jws=f"jws-{number}",
                actor="token/lin", made_at=at(0), expires="9999",
            )  # fmt: skip
    box = desk.box("urgent")
    assert desk.beat(box).commands == ["jws-1"]
    box.records(
        CommandResult(command="cs-018-1", outcome="done"),
        CommandResult(command=f"{SLOT}-1", outcome="failed", detail="no camera"),
        CommandResult(command=f"{SLOT}-1", outcome="done"),
    )
    assert desk.take(box, 1, 3).commands == []
    with desk.database.read() as conn:
        rows = conn.execute(sa.select(command).order_by(command.c.id)).all()
    assert [(row.slot, row.outcome, row.detail) for row in rows] == [
        (SLOT, "failed", "no camera"),
        ("cs-018", None, None),
    ]
