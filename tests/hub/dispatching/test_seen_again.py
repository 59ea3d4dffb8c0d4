"""Resolved, and seen all the same; and what ends, or comes back, without an owner."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from contract.workorder import Merge, Move
from hub.dispatching import Detection, dispatch, dispatch_many
from hub.dispatching.merging import merge_orders
from hub.dispatching.moves import move_order
from hub.store import audit
from hub.store.engine import Database
from hub.store.flow_tables import domain_event, order_clock
from hub.store.journal import begin
from hub.store.order_tables import work_order
from tests.hub.detections import DISTRICT, actor, at
from tests.hub.dispatching.small_town import SCENARIOS, found, heap, publish, silent

Row = sa.Row[Any]
NOBODYS = {"slot": "cs-019"}


@pytest.fixture
def town(database: Database) -> Database:
    return found(database)


def told(database: Database, *words: Detection) -> list[str | None]:
    with database.write() as conn:
        journal = begin(conn, DISTRICT)
        answers = dispatch_many(journal, words)
        journal.flush()
    return answers


def one_by_one(database: Database, *words: Detection) -> None:
    for word in words:
        with database.write() as conn:
            dispatch(conn, word)


def resolved(database: Database, word: Detection, minute: float) -> str:
    """An order that its unit says to have resolved."""
    (order_id,) = told(database, word)
    assert order_id is not None
    moved(database, order_id, "resolved", minute)
    return order_id


def moved(
    database: Database, order_id: str, to: str, minute: float, unit: str | None = None
) -> None:
    with database.write() as conn:
        move = Move(to=to, reason="so it is", unit=unit)  # type: ignore[arg-type]
        move_order(conn, order_id, move, actor=actor("ou"), version=None, at=at(minute))


def order(database: Database, order_id: str | None) -> Row:
    with database.read() as conn:
        return conn.execute(sa.select(work_order).where(work_order.c.id == order_id)).one()


def steps(database: Database, order_id: str | None) -> list[tuple[str | None, str, str]]:
    """From, to, by whom, of every move."""
    with database.read() as conn:
        history = audit.history(conn, DISTRICT, f"work-order/{order_id}")
        assert audit.verify(conn) == []
    return [
        (one.from_state, one.to_state or "", one.actor) for one in history if one.action == "moved"
    ]


def test_what_is_seen_long_after_its_resolution_is_sent_back_by_the_hub(town: Database) -> None:
    order_id = resolved(town, heap(1), 60)
    due = order(town, order_id).due_at
    assert told(town, heap(2, minute=120)) == [order_id]
    now = order(town, order_id)
    assert (now.state, now.rework, now.resolved_at, now.resolved_by) == (
        "dispatched",
        1,
        None,
        None,
    )
    assert (now.opened_at, now.due_at) == (at(0), due)
    assert steps(town, order_id)[-1] == ("resolved", "dispatched", "hub")
    with town.read() as conn:
        last = audit.history(conn, DISTRICT, f"work-order/{order_id}")[-1]
        met = conn.scalar(sa.select(order_clock.c.met_at).where(order_clock.c.order_id == order_id))
    assert last.reason == f"seen again at {at(120)}: {heap(2).event_id}"
    assert met is None


@pytest.mark.parametrize(
    ("seen", "state"), [(61, "resolved"), (90, "resolved"), (91, "dispatched")]
)
def test_the_handlers_own_presence_sends_nothing_back(
    town: Database, seen: float, state: str
) -> None:
    order_id = resolved(town, heap(1), 60)
    told(town, heap(2, minute=seen))
    assert order(town, order_id).state == state


@pytest.mark.parametrize(("seen", "state"), [(65, "resolved"), (66, "dispatched")])
def test_a_policy_without_leeway_still_allows_for_clocks(
    town: Database, seen: float, state: str
) -> None:
    at_once = SCENARIOS["silent"].replace("rework_after: 20 min", "rework_after: 0 min")
    with town.write() as conn:
        publish(conn, {**SCENARIOS, "silent": at_once})
    order_id = resolved(town, silent(1), 60)
    told(town, silent(2, problem_id="p-2", minute=seen))
    assert order(town, order_id).state == state


def test_what_was_seen_before_the_resolution_and_told_late_changes_nothing(town: Database) -> None:
    order_id = resolved(town, heap(1), 60)
    told(town, heap(2, observed_at=at(50), received_at=at(600)))
    now = order(town, order_id)
    assert (now.state, now.rework, now.resolved_at) == ("resolved", 0, at(60))


def test_it_is_sent_back_once_for_each_resolution(town: Database) -> None:
    order_id = resolved(town, heap(1), 60)
    for n in range(2, 6):
        told(town, heap(n, minute=120 + n))
    assert order(town, order_id).rework == 1
    moved(town, order_id, "resolved", 200)
    told(town, heap(7, observed_at=at(150), received_at=at(700)))
    assert (order(town, order_id).state, order(town, order_id).rework) == ("resolved", 1)
    told(town, heap(8, minute=300), heap(9, minute=301))
    assert (order(town, order_id).state, order(town, order_id).rework) == ("dispatched", 2)


def test_the_end_of_a_problem_sends_nothing_back(town: Database) -> None:
    order_id = resolved(town, heap(1), 60)
    told(town, heap(2, phase="ended", minute=300))
    assert (order(town, order_id).state, order(town, order_id).rework) == ("resolved", 0)
    assert steps(town, order_id) == [("dispatched", "resolved", "token/ou")]


def test_seen_again_and_over_in_one_batch_is_rework_and_resolved_as_word_by_word(
    town: Database,
) -> None:
    order_id = resolved(town, heap(1), 60)
    told(town, heap(2, phase="updated", minute=120), heap(3, phase="ended", minute=130))
    assert order(town, order_id).state == "resolved"
    assert steps(town, order_id)[1:] == [
        ("resolved", "dispatched", "hub"),
        ("dispatched", "resolved", "hub"),
    ]


UNSURE = """\
kinds: [m-heap]
class: E0102
time: 12 urgent-hour
filing: {min_confidence: 0.7, sources: [gateway]}
dedupe: {key: problem, radius: 30 m, window: 24 h}
recurrence: {rework_after: 1 h, reopen_within: 2 h, relapse_within: 7 days}
"""


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"confidence": 0.4, "minute": 200}, "resolved"),
        ({"source_kind": "drone", "minute": 200}, "resolved"),
        ({"confidence": 0.9, "minute": 119}, "resolved"),
        ({"confidence": 0.9, "minute": 200}, "dispatched"),
        ({"source_kind": "person", "confidence": 0.1, "minute": 200}, "dispatched"),
    ],
)
def test_what_would_not_be_filed_sends_nothing_back(
    town: Database, changes: dict[str, Any], state: str
) -> None:
    with town.write() as conn:
        publish(conn, {**SCENARIOS, "heap": UNSURE})
    order_id = resolved(town, heap(1), 60)
    assert told(town, heap(2, **changes)) == [order_id]
    assert order(town, order_id).state == state


def test_what_another_order_became_part_of_is_sent_back(town: Database) -> None:
    part, whole = told(town, heap(1), heap(2, 500, problem_id="p-2"))
    assert part is not None
    assert whole is not None
    with town.write() as conn:
        one = Merge(into=whole, reason="one")
        merge_orders(conn, part, one, actor=actor("mei"), version=None, at=at(10))
    moved(town, whole, "resolved", 60)
    told(town, heap(3, minute=200))
    assert (order(town, part).state, order(town, whole).state) == ("void", "dispatched")


# -- nobody's


def test_what_nobody_owns_ends_as_the_others_do(town: Database) -> None:
    (order_id,) = told(town, heap(1, **NOBODYS))
    assert order(town, order_id).state == "no-owner"
    told(town, heap(2, phase="ended", minute=40, **NOBODYS))
    now = order(town, order_id)
    assert (now.state, now.resolved_by, now.owner_unit) == ("resolved", "hub", None)
    assert steps(town, order_id) == [("no-owner", "resolved", "hub")]


def test_what_nobody_owns_waits_for_a_person_where_the_policy_says_so(town: Database) -> None:
    (order_id,) = told(town, silent(1, **NOBODYS))
    told(town, silent(2, phase="ended", minute=40, **NOBODYS))
    now = order(town, order_id)
    assert (now.state, now.ended_at) == ("no-owner", at(40))


CLOSES = SCENARIOS["heap"].replace("other-person", "none")


def test_what_nobody_owns_is_closed_without_a_second_look_by_policy_and_opened_again(
    town: Database,
) -> None:
    with town.write() as conn:
        publish(conn, {**SCENARIOS, "heap": CLOSES})
    (order_id,) = told(town, heap(1, **NOBODYS))
    told(town, heap(2, phase="ended", minute=40, **NOBODYS))
    assert order(town, order_id).state == "closed"
    assert told(town, heap(3, minute=100, **NOBODYS)) == [order_id]
    now = order(town, order_id)
    assert (now.state, now.reopened, now.closed_at, now.resolved_at) == ("no-owner", 1, None, None)
    assert steps(town, order_id)[-1] == ("closed", "no-owner", "hub")


def test_what_nobody_owns_goes_back_to_the_queue_when_it_is_seen_again(town: Database) -> None:
    (order_id,) = told(town, heap(1, **NOBODYS))
    told(town, heap(2, phase="ended", minute=40, **NOBODYS))
    told(town, heap(3, minute=100, **NOBODYS))
    now = order(town, order_id)
    assert (now.state, now.rework, now.resolved_at, now.dispatched_at) == (
        "no-owner",
        1,
        None,
        None,
    )
    moved(town, str(order_id), "dispatched", 110, "greening-1")
    assert order(town, order_id).owner_unit == "greening-1"


# -- who is told


def test_a_sighting_is_told_with_what_its_readers_filter_by(town: Database) -> None:
    order_id = resolved(town, heap(1), 60)
    one_by_one(town, heap(2, minute=70))
    with town.read() as conn:
        query = sa.select(domain_event.c.data).where(domain_event.c.type == "order.sighted")
        (data,) = conn.scalars(query)
    now = order(town, order_id)
    assert json.loads(data) == {
        "number": now.number,
        "state": "resolved",
        "kind": "m-heap",
        "class_code": "E0102",
        "priority": "normal",
        "unit": "sanitation-3",
        "contractor": None,
        "due_at": now.due_at,
        "sightings": 1,
        "events": [heap(2).event_id],
    }


# -- closed by itself, told late


def test_what_came_back_after_its_end_is_open_though_the_hub_heard_of_both_late(
    town: Database,
) -> None:
    """A gateway was offline for a day: over and back, in two batches."""
    with town.write() as conn:
        publish(conn, {**SCENARIOS, "heap": CLOSES})
    late = {"received_at": at(1500)}
    (first,) = told(town, heap(1))
    told(town, heap(2, phase="ended", observed_at=at(40), **late))
    assert (order(town, first).state, order(town, first).closed_at) == ("closed", at(1500))
    assert told(town, heap(3, phase="updated", observed_at=at(30), **late)) == [first]
    assert order(town, first).state == "closed"
    told(town, heap(4, observed_at=at(50), **late))
    assert (order(town, first).state, order(town, first).reopened) == ("dispatched", 1)


def test_what_a_person_closed_stays_closed_for_all_that_was_seen_before(town: Database) -> None:
    (first,) = told(town, heap(1))
    told(town, heap(2, phase="ended", minute=40))
    moved(town, str(first), "closed", 600)
    assert told(town, heap(3, observed_at=at(50), received_at=at(1500))) == [first]
    assert order(town, first).state == "closed"
