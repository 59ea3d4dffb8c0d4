"""A second look's answer about an order that is closed by now."""

from __future__ import annotations

import pytest

from contract.payloads.relook import RelookResult
from contract.workorder import Move
from hub.dispatching import Detection, dispatch
from hub.dispatching.book import book_of
from hub.dispatching.moves import move_order
from hub.dispatching.second_looks import answered
from hub.dispatching.versions import policy_of
from hub.store import audit, looks, order_heads
from hub.store.engine import Database
from hub.store.journal import begin
from tests.hub.detections import DISTRICT, actor, at
from tests.hub.dispatching.small_town import found, silent


@pytest.fixture
def town(database: Database) -> Database:
    return found(database)


def opened(database: Database, one: Detection) -> str:
    with database.write() as conn:
        order_id = dispatch(conn, one)
    assert order_id is not None
    return order_id


def closed_and_asked(database: Database) -> str:
    """Closed after an hour; cs-017 is asked to look once more."""
    order_id = opened(database, silent(1))
    with database.write() as conn:
        for to, name in (("resolved", "lin"), ("closed", "mei")):
            move = Move(to=to, reason="done")  # type: ignore[arg-type]
            move_order(conn, order_id, move, actor=actor(name), version=None, at=at(60))
        asked = {"id": "look-1", "district": DISTRICT, "order_id": order_id, "round": 0}
        looks.add(conn, {**asked, "slot": "cs-017", "asked_at": at(90), "answer_by": at(120)})
    return order_id


def still_there(database: Database, order_id: str) -> None:
    with database.write() as conn:
        journal, book = begin(conn, DISTRICT), book_of(conn, DISTRICT)
        head = order_heads.lock_order(conn, DISTRICT, order_id)
        assert head is not None
        policy = policy_of(conn, DISTRICT, book, head)
        result = RelookResult(case=order_id, verdict="still-there", confidence=0.9)
        answered(journal, book, head, policy, result, slot="cs-017", at=at(110))
        journal.flush()


def told(database: Database, order_id: str) -> tuple[str, int, list[str]]:
    with database.read() as conn:
        head = order_heads.head_of(conn, DISTRICT, order_id)
        rows = audit.history(conn, DISTRICT, f"work-order/{order_id}")
    assert head is not None
    return head.state, head.reopened, [row.action for row in rows[3:]]


def test_what_is_still_there_is_open_again(town: Database) -> None:
    order_id = closed_and_asked(town)
    still_there(town, order_id)
    assert told(town, order_id) == ("dispatched", 1, ["look-answered", "moved"])


def test_what_has_come_back_as_another_order_is_not_opened_twice(town: Database) -> None:
    order_id = closed_and_asked(town)
    relapse = opened(town, silent(2, problem_id="p-2", minute=100))
    assert relapse != order_id
    still_there(town, order_id)
    assert told(town, order_id) == ("closed", 0, ["look-answered", "look-moot"])
    assert told(town, relapse)[:2] == ("dispatched", 0)
