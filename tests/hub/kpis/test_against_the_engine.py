"""What the engine writes and what its audit log tells are the same, for every kind of change."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from contract.workorder import Extension, Merge, Move, Reclassify, State, Unmerge
from hub.dispatching import Detection, dispatch
from hub.dispatching.merging import merge_orders, unmerge_order
from hub.dispatching.moves import extend_order, move_order, reclassify_order
from hub.store import course, kpis
from hub.store.engine import Database
from hub.store.order_heads import head_of
from hub.store.order_tables import audit, work_order
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


PAST_THE_LOG: dict[str, object] = {
    "due_at": at(999),
    "catalogue": "elsewhere",
    "class_code": "06010",
    "owner_unit": "north",
    "contractor": "sweepers",
    "area": "grid-7",
    "relapse_of": "0" * 24,
}


@pytest.mark.parametrize("column", PAST_THE_LOG)
def test_what_is_changed_past_the_log_is_found(owned: Database, column: str) -> None:
    with owned.write() as conn:
        order = dispatch(conn, detection(1, problem_id="p-1"))
        other = dispatch(conn, detection(2, problem_id="p-2", object="weighbridge/wb-2"))
        assert order is not None
        assert other is not None
        assert kpis.differences(conn, DISTRICT) == []
        changed = sa.update(work_order).where(work_order.c.id == order)
        conn.execute(changed.values({column: PAST_THE_LOG[column]}))
        (found,) = kpis.differences(conn, DISTRICT)
    assert (found.order_id, list(found.columns)) == (order, ["stands"])


def test_names_are_compared_as_json_writes_them(database: Database) -> None:
    with database.write() as conn:
        name_unit(conn, "cs-017", 'brigade "3" \\ 环卫')
        order = dispatch(conn, detection(1, problem_id="p-1"))
        assert order is not None
        assert kpis.differences(conn, DISTRICT) == []
        conn.execute(sa.update(work_order).values(owner_unit='brigade "4" \\ 环卫'))
        assert len(kpis.differences(conn, DISTRICT)) == 1


def test_a_pause_that_was_put_in_past_the_log_is_found(owned: Database) -> None:
    with owned.write() as conn:
        order = dispatch(conn, detection(1, problem_id="p-1"))
        assert order is not None
        begin_ns = START_UTC_NS
        row = {"begin_ns": begin_ns, "end_ns": begin_ns + 10**12, "reason": "shelved", "by": "x"}
        course.add_pauses(conn, [{"order_id": order, **row}])
        (found,) = kpis.differences(conn, DISTRICT)
    assert list(found.columns) == ["stands"]


def test_an_order_whose_entries_are_older_than_what_stands_in_them_is_let_be(
    owned: Database,
) -> None:
    with owned.write() as conn:
        order = dispatch(conn, detection(1, problem_id="p-1"))
        conn.execute(sa.text(_UNLOCKED[conn.dialect.name]))
        conn.execute(sa.update(audit).values(detail=None))
        conn.execute(sa.update(work_order).where(work_order.c.id == order).values(area="grid-7"))
        assert kpis.differences(conn, DISTRICT) == []


_UNLOCKED = {
    "sqlite": "DROP TRIGGER audit_no_update",
    "postgresql": "DROP TRIGGER audit_no_change ON audit",
}
