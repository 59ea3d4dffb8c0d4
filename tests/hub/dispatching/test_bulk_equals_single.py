"""A batch gives the same rows as its words one by one.

The same: orders, sightings, problems, evidence, clocks, timers, numbers, audit rows, events of opening
and moving. Not the same, and meant so: the version of an order rises once for a batch, and
`order.sighted` is told once for each order and batch, and so is how a row stands, by its last entry in the
audit log. What an end brings about waits for the last word
of its batch: a problem that is over and back within one batch was never over.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.workorder import Move
from hub.dispatching import Detection, dispatch, dispatch_many
from hub.dispatching.moves import move_order
from hub.store import audit as log
from hub.store.engine import Database
from hub.store.flow_tables import domain_event, held_evidence, order_clock, order_problem, timer
from hub.store.journal import begin
from hub.store.order_tables import audit, order_evidence, sighting, work_order
from tests.hub.detections import DISTRICT, actor, at, detection
from tests.hub.dispatching.small_town import found, heap, silent, spot

Said = tuple[str, str, int, int, int, bool]
SAID = st.tuples(
    st.sampled_from(["m-silent", "m-heap", "m-heap", "m-quick"]),
    st.sampled_from(["cs-017", "cs-018", "cs-019"]),
    st.integers(1, 3),
    st.sampled_from([0, 10, 25, 200, 3000]),
    st.integers(0, 600),
    st.booleans(),
)
"""Kind, slot, problem, metres east, minute seen, with a photo or without."""

TABLES = (
    work_order,
    sighting,
    order_problem,
    order_evidence,
    held_evidence,
    order_clock,
    timer,
)
LOOSE = {"seq", "version", "n", "hash", "prev_hash"}
Rows = dict[str, Counter[tuple[tuple[str, Any], ...]]]


@pytest.fixture
def town(database: Database) -> Database:
    """With a heap and a silent device of the first hours, both closed at 300 minutes."""
    found(database)
    with database.write() as conn:
        for one in (heap(901, problem_id="m-heap-1"), silent(902, object="camera/1")):
            order_id = dispatch(conn, one)
            assert order_id is not None
            for to, name in (("resolved", "lin"), ("closed", "mei")):
                move = Move(to=to, reason="done")  # type: ignore[arg-type]
                move_order(conn, order_id, move, actor=actor(name), version=None, at=at(300))
    return database


def words(all_said: list[Said], over: set[int]) -> list[Detection]:
    """Ends come last, so that nothing comes back within the batch."""
    told = [
        detection(
            n,
            kind=kind,
            slot=slot,
            problem_id=f"{kind}-{problem}",
            object=f"camera/{problem}",
            observed_at=at(minute),
            received_at=at(700),
            evidence=(f"{n:064x}",) if proven else (),
            **spot(east_m),
        )
        for n, (kind, slot, problem, east_m, minute, proven) in enumerate(all_said, 1)
    ]
    ends = [
        replace(one, event_id=f"{one.event_id}.end", phase="ended", observed_at=at(650))
        for n, one in enumerate(told)
        if n in over
    ]
    return [*told, *told[:1], *ends]


def together(conn: sa.Connection, batch: list[Detection]) -> list[str | None]:
    journal = begin(conn, DISTRICT)
    answers = dispatch_many(journal, batch)
    journal.flush()
    return answers


def one_by_one(conn: sa.Connection, batch: list[Detection]) -> list[str | None]:
    return [dispatch(conn, one) for one in batch]


def rows_after(
    database: Database,
    batch: list[Detection],
    tell: Callable[[sa.Connection, list[Detection]], list[str | None]],
) -> tuple[list[str | None], Rows]:
    """The answers, and every row by table, after a transaction that is rolled back."""
    with database.writer_engine.connect() as conn:
        answers = tell(conn, batch)
        rows = {
            table.name: Counter(
                tuple(sorted((k, v) for k, v in row.items() if k not in LOOSE))
                for row in conn.execute(sa.select(table)).mappings()
            )
            for table in TABLES
        }
        entries = conn.execute(sa.select(audit).order_by(audit.c.seq)).mappings().all()
        last = {row["subject"]: row["seq"] for row in entries}
        rows["audit"] = Counter(_entry(row, last=last[row["subject"]]) for row in entries)
        told = sa.select(domain_event).where(domain_event.c.type != "order.sighted")
        rows["domain_event"] = Counter(
            (("type", row.type), ("subject", row.subject), ("data", row.data), ("at", row.at))
            for row in conn.execute(told)
        )
        assert log.verify(conn) == []
        conn.rollback()
    return answers, rows


def _entry(row: sa.RowMapping, *, last: int) -> tuple[tuple[str, Any], ...]:
    """How the row stands only in the last of its order."""
    entry = {k: v for k, v in row.items() if k not in LOOSE}
    detail = json.loads(entry["detail"] or "{}")
    if row["seq"] != last:
        detail.pop("stands", None)
    return tuple(sorted({**entry, "detail": json.dumps(detail, sort_keys=True)}.items()))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(all_said=st.lists(SAID, min_size=1, max_size=8), over=st.sets(st.integers(0, 7), max_size=4))
def test_a_batch_gives_the_rows_of_its_words(
    town: Database, all_said: list[Said], over: set[int]
) -> None:
    batch = words(all_said, over)
    answers, rows = rows_after(town, batch, together)
    expected_answers, expected = rows_after(town, batch, one_by_one)
    for name in expected:
        assert rows[name] == expected[name], name
    assert answers[: len(all_said)] == expected_answers[: len(all_said)]
    assert answers[len(all_said) + 1 :] == expected_answers[len(all_said) + 1 :]


def test_two_batches_give_the_rows_of_one(town: Database) -> None:
    said: list[Said] = [
        ("m-heap", "cs-017", 1, 0, 100, True),
        ("m-heap", "cs-018", 1, 10, 500, False),
        ("m-silent", "cs-019", 2, 0, 20, False),
        ("m-quick", "cs-017", 1, 0, 400, True),
        ("m-quick", "cs-017", 1, 0, 30, True),
        ("m-heap", "cs-017", 2, 12, 590, False),
    ]
    batch = words(said, {3, 4})

    def in_two(conn: sa.Connection, whole: list[Detection]) -> list[str | None]:
        return together(conn, whole[:3]) + together(conn, whole[3:])

    assert rows_after(town, batch, together)[1] == rows_after(town, batch, in_two)[1]


def test_a_sighting_is_told_once_for_each_order_and_batch(town: Database) -> None:
    batch = [silent(n, problem_id=f"p-{n}", minute=400 + n) for n in range(1, 5)]

    def sighted(tell: Callable[..., object]) -> list[int]:
        with town.writer_engine.connect() as conn:
            before = conn.scalar(sa.select(sa.func.max(domain_event.c.n))) or 0
            tell(conn, batch)
            kinds = conn.scalars(
                sa.select(domain_event.c.type)
                .where(domain_event.c.n > before)
                .order_by(domain_event.c.n)
            )
            found_ = Counter(kinds)
            conn.rollback()
        return [found_["order.opened"], found_["order.sighted"]]

    assert (sighted(together), sighted(one_by_one)) == ([1, 0], [1, 3])


def test_what_is_over_and_back_within_one_batch_was_never_over(town: Database) -> None:
    there = heap(1, 500, problem_id="p-5", minute=400)
    over = replace(there, event_id="/baiyun/cs-017#2", phase="ended", observed_at=at(410))
    back = replace(there, event_id="/baiyun/cs-017#3", phase="updated", observed_at=at(420))

    def states(tell: Callable[..., object]) -> list[str]:
        with town.writer_engine.connect() as conn:
            tell(conn, [there, over, back])
            query = sa.select(work_order.c.state).where(work_order.c.opened_at == at(400))
            found_ = list(conn.scalars(query))
            conn.rollback()
        return found_

    assert (states(together), states(one_by_one)) == (["dispatched"], ["resolved"])
