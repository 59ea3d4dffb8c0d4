"""What is not an event's fault is never counted against it, and what is does not hold a batch for ever."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from contract.payloads.weigh import WeighAnomaly
from hub.errors import NotNow
from hub.store import reference
from hub.store.engine import Database
from hub.store.order_tables import work_order
from hub.store.tables import poison
from tests.hub.detections import DISTRICT, at
from tests.hub.ingest.conftest import Desk
from tests.hub.signing_box import SigningBox

GOOD = WeighAnomaly(problem_id="p", phase="opened", kind="over-capacity", weighbridge="wb-1")


@pytest.fixture
def desk(sqlite_database: Database) -> Desk:
    """Faults are made by SQLite's own means; the way through ingest is the same."""
    return Desk(sqlite_database)


def with_word(desk: Desk) -> SigningBox:
    box = desk.box("urgent")
    box.records(GOOD)
    return box


def count(desk: Desk, table: sa.Table) -> int:
    with desk.database.read() as conn:
        return conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_single_word_is_not_blamed_for_the_databases_weather(desk: Desk) -> None:
    box = with_word(desk)
    with desk.database.write() as conn:
        conn.execute(sa.text("ALTER TABLE timer RENAME TO away"))
    for _ in range(4):
        with pytest.raises(NotNow, match="does not answer"):
            desk.take(box, 1, 1)
    assert count(desk, poison) == 0
    with desk.database.write() as conn:
        conn.execute(sa.text("ALTER TABLE away RENAME TO timer"))
    assert desk.take(box, 1, 1).quarantined == []
    assert count(desk, work_order) == 1


def test_rules_that_cannot_be_read_keep_words_waiting_and_kill_none(desk: Desk) -> None:
    box = with_word(desk)

    def put(content: bytes | None) -> None:
        with desk.database.write() as conn:
            reference.put(conn, DISTRICT, "policy", "odd", content, at=at(0), by="an older hub")

    put(b"title: what this hub cannot read")
    for _ in range(4):
        with pytest.raises(NotNow, match="the rules in force cannot be read"):
            desk.take(box, 1, 1)
    assert count(desk, poison) == 0
    put(None)
    assert desk.take(box, 1, 1).quarantined == []
    assert count(desk, work_order) == 1


def test_a_word_whose_telling_fails_is_found_and_set_aside(desk: Desk) -> None:
    box = with_word(desk)
    box.records(WeighAnomaly(problem_id="q", phase="opened", kind="zero-drift", weighbridge="wb-1"))
    with desk.database.write() as conn:
        conn.execute(
            sa.text(
                "CREATE TRIGGER refuse BEFORE INSERT ON domain_event "
                "WHEN NEW.data LIKE '%zero-drift%' BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        )
    assert desk.take(box, 1, 2).stored[f"{box.epoch}.urgent"] == 1
    with pytest.raises(NotNow, match=r"urgent\.2 cannot be taken yet"):
        desk.take(box, 2, 2)
    reply = desk.take(box, 2, 2)
    assert [one.id for one in reply.quarantined] == [f"{box.epoch}.urgent.2"]
    assert count(desk, work_order) == 1
