"""A hub of the second schema with its orders is brought to the third: lists find them, figures are kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from contract.timestamps import rfc3339
from hub.store import kpi_days, kpis, schema
from hub.store.engine import Database
from hub.store.order_lists import OrderFilter, list_orders
from tests.hub.kpis.histories import BEGIN_NS, DAY_NS, DISTRICT, Town, town

PERIOD = {"since": rfc3339(BEGIN_NS - DAY_NS), "until": rfc3339(BEGIN_NS + 90 * DAY_NS)}


def _insert(conn: sa.Connection, table: str, row: dict[str, Any]) -> None:
    names, marks = ", ".join(f'"{name}"' for name in row), ", ".join(f":{name}" for name in row)
    conn.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), row)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Database, Town]]:
    """With a town's orders and pauses, written as 0002 had them."""
    url = f"sqlite:///{tmp_path / 'hub.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    opened, made = Database.open(url), town(4, 200)
    config = schema._config()
    with opened.write() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "0002")
        for order in made.orders.values():
            _insert(conn, "work_order", order)
            word = {"district": DISTRICT, "event_id": f"/b/cs-1#{order['id']}", "source": "/b/cs-1"}
            word |= {"order_id": order["id"], "problem_id": order["id"], "phase": "opened"}
            word |= {"observed_at": order["observed_at"], "received_at": order["opened_at"]}
            _insert(conn, "sighting", word)
        for pause in made.pauses:
            _insert(conn, "order_pause", pause)
    yield opened, made
    opened.close()


def test_orders_of_before_are_listed_and_their_days_are_kept(old: tuple[Database, Town]) -> None:
    database, made = old
    assert schema.fault(database) == f"schema 0002 is behind {schema.head()}: edile hub migrate"
    schema.migrate(database)
    assert schema.fault(database) is None
    with database.write() as conn:
        for wanted in (
            OrderFilter(),
            OrderFilter(source="/b/cs-1"),
            OrderFilter(since=PERIOD["since"], time="opened"),
        ):
            items, more = list_orders(conn, DISTRICT, wanted, after=None, limit=500)
            assert ({one.id for one in items}, more) == (set(made.orders), None)
        days = kpi_days.missing(conn, DISTRICT, at=made.at())
        assert len(days) > 3
        for day in days:
            kpi_days.rebuild(conn, DISTRICT, day)
        asked: dict[str, Any] = {**PERIOD, "at": made.at()}
        (kept,) = kpi_days.figures(conn, DISTRICT, **asked).values()
        (told,) = kpis.figures(conn, DISTRICT, **asked).values()
        assert (kept.filed, kept.closed, kept.to_close) == (told.filed, told.closed, told.to_close)
        assert told.closed > 0
        one = next(one for one in made.orders.values() if one["state"] == "closed")
        conn.execute(
            sa.text("UPDATE work_order SET rework = 9 WHERE id = :of_id"), {"of_id": one["id"]}
        )
        assert one["opened_at"][:10] in kpi_days.missing(conn, DISTRICT, at=made.at())
