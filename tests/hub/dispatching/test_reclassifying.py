"""Another class: what was to happen by itself follows the new policy at once, and nothing of the old one is
left over."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from contract.workorder import Milestone, Move, Reclassify
from hub.dispatching import dispatch
from hub.dispatching.moves import move_order, reach_stage, reclassify_order
from hub.store import looks
from hub.store.engine import Database
from hub.store.flow_tables import timer
from tests.hub.detections import actor, at, detection
from tests.hub.dispatching.small_town import SCENARIOS, found, heap, publish, silent

LOOKED_AT = SCENARIOS["heap"].replace("verification: other-person", "verification: edge-relook")
TOWN = {**SCENARIOS, "heap": LOOKED_AT}
HEAP, SILENT, QUICK = "E0102", "E0112", "E0104"


@pytest.fixture
def town(database: Database) -> Database:
    return found(database, TOWN)


def opened(database: Database, one: object) -> str:
    with database.write() as conn:
        order_id = dispatch(conn, one)  # type: ignore[arg-type]
    assert order_id is not None
    return order_id


def reclassified(database: Database, order_id: str, code: str, minute: float = 30) -> None:
    with database.write() as conn:
        to = Reclassify(class_code=code, catalogue="edile-local", reason="it is that")
        reclassify_order(conn, order_id, to, actor=actor("mei"), version=None, at=at(minute))


def resolved(database: Database, order_id: str) -> None:
    with database.write() as conn:
        done = Move(to="resolved", reason="done")
        move_order(conn, order_id, done, actor=actor("ou"), version=None, at=at(20))


def waiting(database: Database, order_id: str) -> dict[str, str | None]:
    with database.read() as conn:
        query = sa.select(timer).where(timer.c.order_id == order_id, timer.c.fired_at.is_(None))
        return {row.step: row.due_at for row in conn.execute(query)}


def taken(database: Database, order_id: str, step: str) -> None:
    with database.write() as conn:
        one = sa.update(timer).where(timer.c.order_id == order_id, timer.c.step == step)
        conn.execute(one.values(fired_at=at(10), outcome="done"))


def test_the_steps_of_the_old_policy_are_gone_and_the_new_ones_are_there(town: Database) -> None:
    order_id = opened(town, heap(1))
    assert waiting(town, order_id) == {
        "overdue:resolve": at(720),
        "remind:half": at(360),
        "escalate:late": at(840),
    }
    reclassified(town, order_id, SILENT)
    assert waiting(town, order_id) == {"overdue:resolve": at(240), "escalate:late": at(240)}


def test_a_step_that_was_taken_stays_taken(town: Database) -> None:
    order_id = opened(town, heap(1))
    taken(town, order_id, "escalate:late")
    reclassified(town, order_id, SILENT)
    assert waiting(town, order_id) == {"overdue:resolve": at(240)}


def test_expiry_comes_and_goes_with_the_policy(town: Database) -> None:
    order_id = opened(town, silent(1, slot="cs-019"))
    reclassified(town, order_id, QUICK)
    assert waiting(town, order_id)["expire:"] == at(6000)
    reclassified(town, order_id, HEAP, 40)
    assert "expire:" not in waiting(town, order_id)


def test_a_stage_that_the_new_policy_has_not_leaves_nothing_behind(town: Database) -> None:
    with town.write() as conn:
        publish(conn, {**TOWN, "quick": SCENARIOS["quick"].replace("min_looks: 2", "min_looks: 1")})
    order_id = opened(town, detection(1, kind="m-quick"))
    with town.write() as conn:
        to = Move(to="dispatched", reason="go")
        move_order(conn, order_id, to, actor=actor("mei"), version=None, at=at(10))
    assert {"overdue:accept", "remind:hurry"} <= waiting(town, order_id).keys()
    reclassified(town, order_id, SILENT)
    assert waiting(town, order_id).keys() == {"overdue:resolve", "escalate:late"}


def test_what_a_stage_was_to_bring_about_is_gone_once_it_is_met(town: Database) -> None:
    order_id = opened(town, heap(1))
    reclassified(town, order_id, QUICK)
    assert {"overdue:accept", "remind:hurry"} <= waiting(town, order_id).keys()
    with town.write() as conn:
        mark = Milestone(stage="accept", reason="on our way")
        reach_stage(conn, order_id, mark, actor=actor("ou"), version=None, at=at(40))
    assert waiting(town, order_id).keys() == {"overdue:resolve", "remind:half"}


def test_a_second_look_by_the_old_policy_is_called_off(town: Database) -> None:
    order_id = opened(town, heap(1))
    resolved(town, order_id)
    assert "ask:" in waiting(town, order_id)
    with town.write() as conn:
        row = {
            "id": "c-1",
            "district": "baiyun",
            "order_id": order_id,
            "round": 0,
            "slot": "cs-017",
        }
        looks.add(conn, {**row, "why_slot": "saw-it", "asked_at": at(25), "answer_by": at(55)})
    reclassified(town, order_id, SILENT)
    assert waiting(town, order_id).keys() == {"overdue:resolve", "escalate:late"}
    with town.read() as conn:
        assert [one.verdict for one in looks.of_order(conn, order_id)] == [looks.CALLED_OFF]


def test_a_second_look_by_the_new_policy_is_planned(town: Database) -> None:
    order_id = opened(town, silent(1))
    resolved(town, order_id)
    assert "ask:" not in waiting(town, order_id)
    reclassified(town, order_id, HEAP)
    assert at(35) <= (waiting(town, order_id)["ask:"] or "") <= at(90)


def test_a_shelved_order_still_comes_back_when_it_was_to(town: Database) -> None:
    order_id = opened(town, heap(1))
    with town.write() as conn:
        still = Move(to="shelved", reason="road works", until=at(500))
        move_order(conn, order_id, still, actor=actor("mei"), version=None, at=at(20))
    reclassified(town, order_id, SILENT)
    assert waiting(town, order_id)["unshelve:"] == at(500)
