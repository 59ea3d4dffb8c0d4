"""32 writers, 1,600 detections of 10 problems: exactly 10 open orders with 160 sightings each."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from hub.dispatching import Detection, dispatch
from hub.dispatching.correlating import dedupe_key
from hub.dispatching.opening import order_id_of
from hub.errors import NotNow
from hub.policies.policy_set import load_shipped
from hub.store import audit, order_writes
from hub.store.engine import Database
from hub.store.order_lists import OrderFilter, list_orders
from hub.store.order_tables import OPEN_PREDICATE, sighting, work_order
from hub.store.orders import fetch_order
from tests.hub.detections import DISTRICT, at, detection

WRITERS, DETECTIONS, KEYS = 32, 1600, 10
Write = Callable[[sa.Connection, Detection], object]


def flood(database: Database, write: Write, detections: list[Detection]) -> None:
    """All writers start together, each with its share."""
    start = Barrier(WRITERS)

    def writer(number: int) -> None:
        start.wait(timeout=60)
        for one in detections[number::WRITERS]:
            while not written(one):
                pass

    def written(one: Detection) -> bool:
        try:
            with database.write() as conn:
                write(conn, one)
        except NotNow as busy:
            if "database is busy" not in str(busy):
                raise
            return False
        return True

    with ThreadPoolExecutor(WRITERS) as pool:
        for done in [pool.submit(writer, number) for number in range(WRITERS)]:
            done.result()


def silent_devices() -> list[Detection]:
    """Writers work on one key together, then on the next."""
    return [
        detection(
            n,
            kind="indicator-silent",
            object=f"weighbridge/wb-{n // WRITERS % KEYS}",
            problem_id=f"p-{n}",
            minute=n / 60,
        )
        for n in range(DETECTIONS)
    ]


def upsert_only(conn: sa.Connection, one: Detection) -> None:
    """The upsert without the audit log's lock around it: the index alone decides."""
    order_writes.open_or_join(conn, one.district, [plain_row(one)])


def plain_row(one: Detection) -> dict[str, Any]:
    policy = load_shipped().for_event(one.kind)
    assert policy is not None
    return {
        "id": order_id_of(one.event_id),
        "district": one.district,
        "class_code": policy.class_code,
        "catalogue": policy.catalogue,
        "kind": one.kind,
        "state": "dispatched",
        "priority": policy.priority,
        "dedupe_key": dedupe_key(one, policy),
        "policy_name": policy.name,
        "policy_version": 1,
        "observed_at": one.observed_at,
        "opened_at": one.received_at,
    }


def test_32_writers_and_1600_detections_of_10_problems_make_10_orders(
    database: Database,
) -> None:
    flood(database, dispatch, silent_devices())
    with database.read() as conn:
        found, _ = list_orders(conn, DISTRICT, OrderFilter(), after=None, limit=100)
        whole = [fetch_order(conn, DISTRICT, one.id) for one in found]
        assert audit.verify(conn) == []
        assert conn.scalar(sa.select(sa.func.count()).select_from(sighting)) == DETECTIONS
    assert sorted(one.object or "" for one in found) == [f"weighbridge/wb-{n}" for n in range(KEYS)]
    assert [len(one.sightings) for one in whole if one] == [DETECTIONS // KEYS] * KEYS
    assert [one.version for one in found] == [DETECTIONS // KEYS] * KEYS
    assert sorted(one.number for one in found) == [f"2026-{n:06d}" for n in range(1, KEYS + 1)]


def test_batches_that_meet_the_same_problems_in_other_orders_do_not_deadlock(
    database: Database,
) -> None:
    detections = silent_devices()[: WRITERS * KEYS]

    def batch(conn: sa.Connection, one: Detection) -> None:
        start = detections.index(one)
        for step in range(KEYS) if start % 2 else range(KEYS - 1, -1, -1):
            dispatch(conn, detections[(start + step * WRITERS) % len(detections)])

    flood(database, batch, detections[:WRITERS])
    with database.read() as conn:
        found, _ = list_orders(conn, DISTRICT, OrderFilter(), after=None, limit=100)
    assert Counter(one.state for one in found) == {"no-owner": KEYS}


def test_the_index_alone_keeps_it_to_one_open_order(database: Database) -> None:
    some = silent_devices()[: DETECTIONS // 4]
    flood(database, upsert_only, some)
    assert counted(database) == (KEYS, len(some))


@pytest.mark.postgres
def test_red_proof_check_then_insert_makes_more_orders_than_problems(
    postgres_database: Database,
) -> None:
    """The very flood over the usual mistake, the index out of its way: the suite can fail. The first two that
    have looked go on together, so that it does not take luck."""
    with postgres_database.write() as conn:
        conn.execute(sa.text("DROP INDEX uq_work_order_open"))
    looked, both = itertools.count(), threading.Barrier(2, timeout=60)

    def check_then_insert(conn: sa.Connection, one: Detection) -> None:
        row = plain_row(one)
        same = sa.and_(work_order.c.dedupe_key == row["dedupe_key"], sa.text(OPEN_PREDICATE))
        there = conn.execute(sa.select(work_order.c.id).where(same)).first()
        if next(looked) < both.parties:
            both.wait()
        if there is None:
            conn.execute(work_order.insert().values(row))
        else:
            bump = {"version": work_order.c.version + 1}
            conn.execute(sa.update(work_order).where(work_order.c.id == there.id).values(bump))

    flood(postgres_database, check_then_insert, silent_devices()[: DETECTIONS // 4])
    assert counted(postgres_database)[0] > KEYS


@pytest.mark.postgres
def test_a_bound_predicate_is_refused_by_postgresql_sooner_or_later(
    postgres_database: Database,
) -> None:
    """Why the predicate of the upsert is a literal: at the latest when the server plans it generically, as
    it does for everybody but us (hub/store/engine.py)."""
    row = plain_row(silent_devices()[0])
    bound = work_order.c.state.not_in(["closed", "void"])
    insert = sa.dialects.postgresql.insert(work_order).values(row)
    upsert = insert.on_conflict_do_update(
        index_elements=["district", "dedupe_key"], index_where=bound, set_={"version": 2}
    )
    refused = pytest.raises(sa.exc.ProgrammingError, match="no unique or exclusion constraint")
    with refused, postgres_database.write() as conn:
        conn.execute(sa.text("SET LOCAL plan_cache_mode = auto"))
        for _ in range(30):
            conn.execute(upsert)


def test_a_closed_order_does_not_take_the_place_of_an_open_one(database: Database) -> None:
    first, second = silent_devices()[:2]
    with database.write() as conn:
        row = plain_row(first)
        order_writes.open_or_join(
            conn, first.district, [{**row, "state": "closed", "closed_at": at(0)}]
        )
        opened = order_writes.open_or_join(
            conn, first.district, [{**plain_row(second), "dedupe_key": row["dedupe_key"]}]
        )
    assert opened == {row["dedupe_key"]: order_id_of(second.event_id)}


def counted(database: Database) -> tuple[int, int]:
    """Orders, and the detections they have taken."""
    with database.read() as conn:
        row = conn.execute(sa.select(sa.func.count(), sa.func.sum(work_order.c.version))).one()
    return row[0], row[1]
