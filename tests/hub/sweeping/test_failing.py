"""A step that fails: undone alone, tried again, told."""

from __future__ import annotations

import sqlalchemy as sa

from hub.store import course
from hub.store.engine import Database
from tests.hub.detections import DISTRICT, at
from tests.hub.sweeping.town import REVIEWED, Town

REFUSES = {
    "sqlite": (
        "CREATE TRIGGER refuse BEFORE DELETE ON timer BEGIN SELECT RAISE(ABORT, 'not today'); END"
    ),
    "postgresql": (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'not today'; END $$"
    ),
}
REFUSING_TRIGGER = (
    "CREATE TRIGGER refuse BEFORE DELETE ON timer FOR EACH ROW EXECUTE FUNCTION refuse()"
)


def broken_step(town: Town, order: str, step: str = "unheard-of:", minute: float = 10) -> None:
    with town.database.write() as conn:
        course.put_timers(conn, DISTRICT, order, {step: at(minute)})


def test_a_step_that_fails_holds_up_no_other_and_is_tried_again_ever_less_often(
    town: Town,
) -> None:
    order = town.opens()
    broken_step(town, order)
    swept = town.sweeps(30)
    assert swept.counts == {
        ("unheard-of", "failed"): 1,
        ("overdue", "done"): 1,
        ("remind", "done"): 1,
    }
    tried = [second for second in range(0, 400, 5) if town.sweeps(30 + second / 60).of("failed")]
    assert tried == [5, 15, 35, 75, 155, 315]
    (told,) = town.told("order.step-failed")
    assert (told.order_id, told.at) == (order, at(30 + 75 / 60))
    assert (told.data["step"], told.data["tries"]) == ("unheard-of:", 5)
    assert "KeyError" in told.data["reason"]
    row = town.timers(order)["unheard-of:"]
    assert (row.tries, row.fired_at) == (7, None)


def test_what_a_failing_step_had_changed_is_undone(database: Database) -> None:
    """It comes as far as the order's other steps: order, audit and events stay as they were."""
    town = Town(database, policy=REVIEWED)
    order = town.opens()
    before = town.head(order), len(town.told())
    with database.write() as conn:
        conn.execute(sa.text(REFUSES[database.dialect]))
        if database.dialect == "postgresql":
            conn.execute(sa.text(REFUSING_TRIGGER))
    swept = town.sweeps(60)
    assert swept.counts == {("expire", "failed"): 1}
    assert (town.head(order), len(town.told())) == before
    assert town.noted("moved") == []
    with database.write() as conn:
        on = " ON timer" if database.dialect == "postgresql" else ""
        conn.execute(sa.text(f"DROP TRIGGER refuse{on}"))
    town.sweeps(61)
    assert town.head(order).state == "void"


def test_an_order_whose_clock_cannot_be_read_holds_up_no_other(town: Town) -> None:
    """Its pauses say that one ended before it began, which nothing writes."""
    bad, good = town.opens(1), town.opens(2)
    town.moves(bad, "shelved", minute=40, until=at(900))
    upside_down = {"order_id": bad, "begin_ns": 2, "end_ns": 1, "reason": "shelved", "by": "x"}
    with town.database.write() as conn:
        course.add_pauses(conn, [upside_down])
    swept = town.sweeps(60)
    assert (swept.of("failed"), swept.of("done")) == (2, 5)
    assert {one.order_id for one in town.told("order.overdue")} == {good}


def test_a_clock_that_was_put_back_leaves_a_pause_that_can_be_read(town: Town) -> None:
    order = town.opens()
    town.moves(order, "shelved", minute=40, until=at(900))
    town.moves(order, "dispatched", minute=39, unit="grid-2")
    town.sweeps(60)
    assert town.head(order).due_at == at(60)
    assert len(town.steps()) == 5
