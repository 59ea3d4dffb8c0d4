"""Every step once: with two sweepers, with one that is killed, with a restart at each step."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from hub.errors import NotNow
from hub.store import audit, timers
from hub.store.engine import Database
from hub.store.flow_tables import timer
from tests.hub.detections import DISTRICT, actor, at
from tests.hub.sweeping.town import CHAIN, LADDER, STEPS, Town, ns

DIES = f"""
import sys, time
from hub.store.engine import Database
from hub.sweeping import sweep

def send(conn, now_ns):
    def asks_and_never_comes_back(slot, args, expires_in_s):
        print("asked", flush=True)
        time.sleep(600)
    return asks_and_never_comes_back

sweep(Database.open(sys.argv[1]), {DISTRICT!r}, now_ns={ns(600)}, send=send, limit=7)
"""
SWEEPS = f"""
import sys
from hub.store.engine import Database
from hub.sweeping import sweep

database = Database.open(sys.argv[1])
print("begins", flush=True)
sweep(database, {DISTRICT!r}, now_ns={ns(600)}, send=lambda conn, now_ns: None, limit=3)
print("is through", flush=True)
"""
LOOKED_AT = LADDER + "verification: {edge-relook: {between: 5 min and 6 min}}\n"


def counted(town: Town) -> Counter[tuple[str, str]]:
    return Counter((one.order_id, one.data["step"]) for one in town.told(*STEPS))


def whole(orders: list[str]) -> Counter[tuple[str, str]]:
    """Each step of each order once."""
    return Counter((order, step) for order in orders for _, step in CHAIN)


def left(town: Town) -> int:
    """Steps that nobody has taken."""
    with town.database.read() as conn:
        query = sa.select(sa.func.count()).where(timer.c.fired_at.is_(None))
        return conn.scalar(query.select_from(timer)) or 0


def url_of(town: Town) -> str:
    """Of the database, which is closed: on SQLite another process may have it then."""
    url = town.database.url.render_as_string(hide_password=False)
    town.database.close()
    return url


def test_two_sweepers_at_once_take_every_step_once(town: Town) -> None:
    orders = town.opens_many(30)
    start = Barrier(2)

    def worker() -> int:
        start.wait(timeout=60)
        done = 0
        while True:
            try:
                swept = town.sweeps(600, limit=7)
            except NotNow:
                continue
            done += swept.of("done")
            if not swept.counts:
                return done

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(worker) for _ in range(2)]
        assert sum(one.result(timeout=120) for one in both) == 30 * len(CHAIN)
    assert counted(town) == whole(orders)
    assert left(town) == 0
    assert len(town.noted("overdue", "reminded", "escalated")) == 30 * len(CHAIN)


def test_orders_that_are_moved_while_they_are_swept_are_late_before_or_never(town: Town) -> None:
    orders = town.opens_many(20)
    start = Barrier(2)

    def moving() -> None:
        start.wait(timeout=60)
        for order in orders:
            again(lambda one=order: town.moves(one, "void", minute=600))  # type: ignore[misc]

    def sweeping() -> None:
        start.wait(timeout=60)
        again(lambda: town.sweeps(600, limit=3))

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(moving), pool.submit(sweeping)]:
            one.result(timeout=120)
    assert set(counted(town).values()) <= {1}
    assert left(town) == 0
    for order in orders:
        kinds = [one.type for one in town.told(order_id=order)]
        assert kinds[-1] == "order.moved"


def again(act: object) -> None:
    while True:
        try:
            act()  # type: ignore[operator]
        except NotNow:
            continue
        return


def test_a_worker_that_is_killed_in_a_chunk_has_done_nothing_of_it(database: Database) -> None:
    town = Town(database, policy=LOOKED_AT)
    orders = town.opens_many(10)
    asked = orders.pop()
    town.moves(asked, "resolved", minute=35, who=actor("wang", "operator"))
    url = url_of(town)
    worker = subprocess.Popen([sys.executable, "-c", DIES, url], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "asked\n"
    worker.kill()
    worker.wait(timeout=60)
    worker.stdout.close()
    town.database = Database.open(url)
    try:
        # Twenty steps fell due at minute 30; the question is the third chunk's last.
        assert sum(counted(town).values()) == 14 - waiting(town)
        assert town.looks(asked) == []
        again(lambda: town.sweeps(600))
        assert counted(town) == whole(orders)
        assert [slot for slot, _, _ in town.asked] == ["cs-017"]
        assert len(town.looks(asked)) == 1
        assert left(town) == len(CHAIN) + 1  # they wait for its answer
        assert len(town.noted("overdue", "reminded", "escalated")) == 9 * len(CHAIN)
    finally:
        town.database.close()


def waiting(town: Town) -> int:
    query = sa.select(sa.func.count()).where(timer.c.outcome.like("%sent back%"))
    with town.database.read() as conn:
        return conn.scalar(query.select_from(timer)) or 0


@pytest.mark.long
@pytest.mark.parametrize("wait_s", [0.02, 0.05, 0.1, 0.2, 0.4])
def test_workers_killed_at_any_moment_leave_nothing_twice_and_nothing_out(
    town: Town, wait_s: float
) -> None:
    orders = town.opens_many(60)
    url = url_of(town)
    for _ in range(4):
        worker = subprocess.Popen([sys.executable, "-c", SWEEPS, url], stdout=subprocess.PIPE)
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"begins\n"
        try:
            worker.wait(timeout=wait_s)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait(timeout=60)
        worker.stdout.close()
    town.database = Database.open(url)
    try:
        again(lambda: town.sweeps(600))
        assert counted(town) == whole(orders)
        assert left(town) == 0
        assert town.noted("opened") != []
    finally:
        town.database.close()


def test_a_restart_at_each_step_of_a_chain_loses_and_repeats_none(town: Town) -> None:
    order = town.opens()
    came = []
    for minute in (29, 30, 31, 48, 49, 60, 61, 119, 120, 121):
        town.database = Database.open(url_of(town))
        town.sweeps(minute)
        came.append(len(town.steps(order)))
    assert came == [0, 2, 2, 3, 3, 5, 5, 5, 6, 6]
    assert town.steps(order) == CHAIN
    town.database.close()


@pytest.mark.postgres
def test_steps_that_another_transaction_holds_are_left_to_it(postgres_database: Database) -> None:
    Town(postgres_database).opens_many(2)
    with postgres_database.write() as conn, postgres_database.write() as other:
        first = timers.claim(conn, DISTRICT, at(30), 3)
        rest = timers.claim(other, DISTRICT, at(30), 3)
    assert len(first) == 3
    assert len(rest) == 1
    assert {one.n for one in first}.isdisjoint({one.n for one in rest})


def test_a_step_is_not_taken_twice_within_one_transaction(town: Town) -> None:
    town.opens()
    with town.database.write() as conn:
        audit.lock(conn, DISTRICT)
        (one, *_) = timers.claim(conn, DISTRICT, at(30), 10)
        taken = [timers.take(conn, DISTRICT, one.n, at(30)) for _ in range(2)]
    assert taken == [True, False]


def test_another_districts_steps_are_not_ours(town: Town) -> None:
    with town.database.write() as conn:
        conn.execute(
            timer.insert().values(
                district="haizhu", order_id="x", step="remind:a", due_at=at(1), round=0
            )
        )
    assert town.sweeps(600).counts == {}
