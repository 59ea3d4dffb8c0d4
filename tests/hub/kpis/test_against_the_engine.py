"""What the engine writes and what its audit log tells are the same, for every kind of change."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from contract.workorder import Extension, Merge, Move, Reclassify, State, Unmerge
from hub.dispatching import Detection, dispatch
from hub.dispatching.merging import merge_orders, unmerge_order
from hub.dispatching.moves import extend_order, move_order, reclassify_order
from hub.store import kpis
from hub.store.engine import Database
from hub.store.order_heads import head_of
from hub.sweeping import sweep
from tests.fakes.clock import START_UTC_NS
from tests.hub.detections import DISTRICT, actor, at, detection, name_unit


def heap(n: int, minute: float, phase: str = "opened", **more: object) -> Detection:
    """A word on a heap of rubbish, seen by a camera."""
    return detection(
        n,
        kind="06010",
        class_code="06010",
        catalogue="gbt47678-2026",
        confidence=0.9,
        looks=5,
        phase=phase,
        minute=minute,
        **more,
    )


@pytest.fixture
def owned(database: Database) -> Database:
    with database.write() as conn:
        name_unit(conn, "cs-017", "sanitation-3")
    return database


def test_every_change_of_the_engine_is_in_the_log(owned: Database) -> None:
    lin, mei = actor("lin"), actor("mei")

    def move(conn: sa.Connection, order: str, to: State, minute: float, **more: object) -> None:
        who = mei if to == "closed" else lin
        step = Move(to=to, reason="seen", **more)  # type: ignore[arg-type]
        move_order(conn, order, step, actor=who, version=None, at=at(minute))

    def opened(conn: sa.Connection, n: int, minute: float, **more: object) -> str:
        order = dispatch(conn, detection(n, problem_id=f"p-{n}", minute=minute, **more))
        assert order is not None
        return order

    with owned.write() as conn:
        one, other = opened(conn, 1, 0), opened(conn, 2, 1)
        reviewed = opened(conn, 3, 2, kind="same-load-twice")
        move(conn, one, "resolved", 10)
        move(conn, one, "dispatched", 12)  # rework
        move(conn, one, "returned", 14)
        move(conn, one, "dispatched", 15, unit="north")
        move(conn, one, "shelved", 20, until=at(60))
        move(conn, reviewed, "void", 21)
        more = Extension(amount=2, reason="storm")
        extend_order(conn, other, more, actor=lin, version=None, at=at(22))
        third = opened(conn, 4, 23)
        merge = Merge(into=other, reason="the same")
        merge_orders(conn, third, merge, actor=lin, version=None, at=at(24))
        fourth = opened(conn, 5, 25)
        merge_orders(conn, fourth, merge, actor=lin, version=None, at=at(26))
        unmerge_order(conn, fourth, Unmerge(reason="no"), actor=lin, version=None, at=at(27))
        other_class = Reclassify(class_code="06010", reason="rubbish")
        reclassify_order(conn, fourth, other_class, actor=lin, version=None, at=at(28))
        move(conn, other, "resolved", 30)
        move(conn, other, "closed", 31)
        assert kpis.differences(conn, DISTRICT) == []
    swept = sweep(
        owned, DISTRICT, now_ns=START_UTC_NS + 61 * 60 * 10**9, send=lambda _c, _n: lambda *_: None
    )
    assert swept.counts["unshelve", "done"] == 1
    with owned.write() as conn:
        seen = heap(20, 70, problem_id="h-1")
        rubbish = dispatch(conn, seen)
        assert rubbish is not None
        dispatch(conn, heap(21, 80, "ended", problem_id="h-1"))
        head = head_of(conn, DISTRICT, rubbish)
        assert head is not None
        assert (head.state, head.resolved_by) == ("resolved", "hub")
        move(conn, rubbish, "closed", 81)
        assert dispatch(conn, heap(22, 90, problem_id="h-1")) == rubbish
        back = head_of(conn, DISTRICT, rubbish)
        assert back is not None
        assert (back.state, back.reopened) == ("dispatched", 1)
        assert kpis.differences(conn, DISTRICT) == []
