"""A hub of the first schema is brought to the second: its open orders go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from hub.dispatching import dispatch
from hub.store import schema
from hub.store.engine import Database
from hub.store.orders import fetch_order
from tests.hub.detections import DISTRICT, at, detection

KEY = "edile-local:E0102|cs-017|p-1"
ORDER = {
    "id": "1" * 24,
    "number": "2026-000001",
    "district": DISTRICT,
    "class_code": "E0102",
    "catalogue": "edile-local",
    "kind": "over-capacity",
    "state": "dispatched",
    "priority": "high",
    "dedupe_key": KEY,
    "slot": "cs-017",
    "policy_name": "over-capacity",
    "policy_version": 1,
    "observed_at": at(0),
    "opened_at": at(0),
    "due_at": at(240),
}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """With one open order of two words."""
    url = f"sqlite:///{tmp_path / 'hub.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    opened = Database.open(url)
    config = schema._config()
    with opened.write() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "0001")
        names = ", ".join(ORDER)
        marks = ", ".join(f":{name}" for name in ORDER)
        conn.execute(sa.text(f"INSERT INTO work_order ({names}) VALUES ({marks})"), ORDER)
        given = {"district": DISTRICT, "year": "2026"}
        conn.execute(
            sa.text(
                "INSERT INTO number_sequence (district, year, last) VALUES (:district, :year, 1)"
            ),
            given,
        )
        for n, phase in enumerate(("opened", "updated"), 1):
            word = {
                "district": DISTRICT,
                "event_id": f"/baiyun/cs-017#0C9K2TQ7M4XWZ.urgent.{n}",
                "order_id": ORDER["id"],
                "source": "/baiyun/cs-017",
                "problem_id": "p-1",
                "phase": phase,
                "observed_at": at(n),
                "received_at": at(n),
            }
            names, marks = ", ".join(word), ", ".join(f":{name}" for name in word)
            conn.execute(sa.text(f"INSERT INTO sighting ({names}) VALUES ({marks})"), word)
    yield opened
    opened.close()


def test_an_open_order_takes_the_next_words_and_its_end(old: Database) -> None:
    assert schema.fault(old) == f"schema 0001 is behind {schema.head()}: edile hub migrate"
    schema.migrate(old)
    with old.write() as conn:
        assert dispatch(conn, detection(2, minute=2)) == ORDER["id"]  # known
        assert dispatch(conn, detection(3, minute=3, phase="updated")) == ORDER["id"]
        assert dispatch(conn, detection(4, minute=9, phase="ended")) == ORDER["id"]
        assert dispatch(conn, detection(5, minute=30, problem_id="p-2")) != ORDER["id"]
        order = fetch_order(conn, DISTRICT, str(ORDER["id"]))
    assert order is not None
    assert (len(order.sightings), order.ended_at, order.due_at) == (4, at(9), at(240))
