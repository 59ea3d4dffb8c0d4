"""PostgreSQL: a batch holds the district's log before its gateway's row, as whoever sends a command does."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from contract.payloads.base import Place
from contract.payloads.problem import Problem
from contract.sync import SyncReply
from hub.store import audit, gateways
from hub.store.engine import Database
from tests.hub.detections import DISTRICT, at
from tests.hub.ingest.conftest import Desk
from tests.hub.ingest.test_effects import shown, tells
from tests.hub.signing_box import SLOT

_WAITING = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE :about"
)


@pytest.fixture
def database(postgres_database: Database) -> Database:
    return postgres_database


def somebody_waits_for_the_log(database: Database, taking: Future[SyncReply]) -> None:
    waiting = 0
    while not waiting:
        assert not taking.done(), taking.exception()
        with database.read() as conn:
            waiting = conn.scalar(_WAITING, {"about": "%audit_head%"}) or 0


def test_a_report_and_a_problem_in_one_batch_do_not_deadlock_with_a_command(desk: Desk) -> None:
    box = desk.box("urgent")
    tells(box, 500, minute=30)
    box.records(
        Problem(
            problem_id="p-1", phase="opened", class_code="06010", place=Place(lon=113.2, lat=23.1),
            first_seen=at(0), last_seen=at(0), sightings=1, confidence=0.9,
        )
    )  # fmt: skip
    with ThreadPoolExecutor(1) as pool:
        with desk.database.write() as sender:
            audit.lock(sender, DISTRICT)
            taking = pool.submit(desk.take, box, 1, 2)
            somebody_waits_for_the_log(desk.database, taking)
            sender.execute(sa.text("SET LOCAL lock_timeout = '5s'"))
            assert gateways.next_command_seq(sender, SLOT) == 1
        assert taking.result(timeout=60).stored
    assert shown(desk)[0] == 500
