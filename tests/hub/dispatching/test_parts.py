"""What a part of another order keeps, and what the whole answers for."""

from __future__ import annotations

import msgspec
import pytest
import sqlalchemy as sa

from contract.workorder import Extension, Merge, Move, Unmerge
from hub.dispatching import Detection, dispatch
from hub.dispatching.errors import CannotBe
from hub.dispatching.merging import merge_orders, unmerge_order
from hub.dispatching.moves import extend_order, move_order
from hub.store import audit
from hub.store.engine import Database
from hub.store.flow_tables import domain_event
from hub.store.order_tables import sighting, work_order
from tests.hub.detections import DISTRICT, actor, at
from tests.hub.dispatching.small_town import found, heap, silent


@pytest.fixture
def town(database: Database) -> Database:
    return found(database)


def told(database: Database, one: Detection) -> str:
    with database.write() as conn:
        order_id = dispatch(conn, one)
    assert order_id is not None
    return order_id


def merged(database: Database) -> tuple[str, str]:
    """A silent device that is part of a heap: the part and the whole."""
    part, whole = told(database, silent(1)), told(database, heap(2, problem_id="h-1"))
    with database.write() as conn:
        one = Merge(into=whole, reason="it lies on the cable")
        merge_orders(conn, part, one, actor=actor(), version=None, at=at(10))
    return part, whole


def close(database: Database, order_id: str) -> None:
    with database.write() as conn:
        for to, name in (("resolved", "lin"), ("closed", "mei")):
            move = Move(to=to, reason="done")  # type: ignore[arg-type]
            move_order(conn, order_id, move, actor=actor(name), version=None, at=at(60))


def states(database: Database) -> dict[str, str]:
    with database.read() as conn:
        return {row.id: row.state for row in conn.execute(sa.select(work_order))}


def unmerge(database: Database, part: str) -> None:
    with database.write() as conn:
        back = Unmerge(reason="not the same")
        unmerge_order(conn, part, back, actor=actor(), version=None, at=at(120))


def test_a_whole_that_is_open_again_answers_for_its_parts_again(town: Database) -> None:
    part, whole = merged(town)
    close(town, whole)
    assert told(town, heap(3, problem_id="h-1", phase="updated", minute=90)) == whole
    assert told(town, silent(4, problem_id="p-9", minute=95)) == whole
    assert states(town) == {part: "void", whole: "dispatched"}
    with town.read() as conn:
        kept = sa.select(sighting.c.order_id).where(sighting.c.problem_id == "p-9")
        assert conn.scalar(kept) == part


def test_but_not_for_what_has_an_order_of_its_own_since(town: Database) -> None:
    part, whole = merged(town)
    close(town, whole)
    relapse = told(town, silent(4, problem_id="p-9", minute=85))
    assert told(town, heap(3, problem_id="h-1", phase="updated", minute=90)) == whole
    assert told(town, silent(5, problem_id="p-10", minute=95)) == relapse
    with pytest.raises(CannotBe, match="another open order"):
        unmerge(town, part)
    assert states(town) == {part: "void", whole: "dispatched", relapse: "dispatched"}


def test_the_log_and_the_events_tell_the_state_that_merging_made(town: Database) -> None:
    part, _ = merged(town)
    unmerge(town, part)
    with town.read() as conn:
        rows = audit.history(conn, DISTRICT, f"work-order/{part}")
        events = conn.execute(
            sa.select(domain_event)
            .where(domain_event.c.subject == f"work-order/{part}")
            .order_by(domain_event.c.n)
        ).all()
    assert [(row.action, row.from_state, row.to_state) for row in rows] == [
        ("opened", None, "dispatched"),
        ("merged", "dispatched", "void"),
        ("unmerged", "void", "dispatched"),
    ]
    said = [(one.type, msgspec.json.decode(one.data)["state"]) for one in events]
    assert said == [
        ("order.opened", "dispatched"),
        ("order.merged", "void"),
        ("order.unmerged", "dispatched"),
    ]


def test_the_event_of_an_extension_tells_the_new_due_time(town: Database) -> None:
    order_id = told(town, silent(1))
    with town.write() as conn:
        more = Extension(amount=2, reason="rain")
        extend_order(conn, order_id, more, actor=actor(), version=None, at=at(10))
    with town.read() as conn:
        told_ = sa.select(domain_event.c.data).where(domain_event.c.type == "order.extended")
        data = msgspec.json.decode(conn.scalars(told_).one())
    assert data["due_at"] == at(360)


def test_a_problem_that_was_over_before_its_order_was_opened_is_followed(town: Database) -> None:
    """The end arrives first: the order that the older word opens is resolved at once by policy."""
    with town.write() as conn:
        end = heap(1, problem_id="h-1", phase="ended", observed_at=at(30), received_at=at(40))
        assert dispatch(conn, end) is None
    order_id = told(town, heap(2, problem_id="h-1", observed_at=at(5), received_at=at(50)))
    assert states(town) == {order_id: "resolved"}
    with town.read() as conn:
        row = conn.execute(sa.select(work_order)).one()
        kept = set(conn.scalars(sa.select(sighting.c.order_id)))
    assert (row.observed_at, row.last_at, row.ended_at) == (at(5), at(30), at(30))
    assert kept == {order_id}
