"""Days that are kept tell what the published statements tell, and what the audit log tells; none outlives a
change of its orders."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest
import sqlalchemy as sa

from contract.timestamps import rfc3339
from hub.store import kpi_days, kpis, schema
from hub.store.engine import Database
from hub.store.flow_tables import order_pause
from hub.store.kpi_tables import kpi_day, triggers
from hub.store.kpis import By
from hub.store.order_tables import work_order
from tests.hub.kpis import replaying
from tests.hub.kpis.histories import BEGIN_NS, DAY_NS, DISTRICT, Town, town
from tests.hub.kpis.test_kpis import of_log, rounded

PERIODS = ((-1.0, 400.0), (0.0, 7.0), (4.25, 11.5), (5.3, 5.4), (6.9, 7.1), (200.0, 201.0))  # days
EVER = {"since": "2026-01-01T00:00:00.000Z", "until": "2027-01-01T00:00:00.000Z"}


@pytest.fixture
def lived(database: Database) -> tuple[Database, Town]:
    """A town's history, every day of it kept."""
    made = town(2, 500)
    with database.write() as conn:
        made.write(conn)
        for day in kpi_days.missing(conn, DISTRICT, at=made.at()):
            kpi_days.rebuild(conn, DISTRICT, day)
    return database, made


def same(conn: sa.Connection, at: str, by: By = "all", **period: str) -> bool:
    asked: dict[str, Any] = {**EVER, **period, "at": at, "by": by}
    ours = rounded(kpi_days.figures(conn, DISTRICT, **asked))
    return ours == rounded(kpis.figures(conn, DISTRICT, **asked))


def test_days_tell_what_the_statements_and_the_audit_log_tell(lived: tuple[Database, Town]) -> None:
    database, made = lived
    with database.read() as conn:
        all_ = of_log(conn)
        assert kpi_days.missing(conn, DISTRICT, at=made.at()) == []
        for first, last in PERIODS:
            since, until = (rfc3339(BEGIN_NS + int(day * DAY_NS)) for day in (first, last))
            for by in get_args(By):
                assert same(conn, made.at(), by, since=since, until=until), (first, by)
                found = kpi_days.figures(
                    conn, DISTRICT, since=since, until=until, at=made.at(), by=by
                )
                told = replaying.figures(all_, since, until, made.at(), by)
                assert rounded(found) == rounded(told), (first, by)


def test_any_days_may_be_missing(lived: tuple[Database, Town]) -> None:
    database, made = lived
    luck = Random(4)
    with database.write() as conn:
        days = list(conn.scalars(sa.select(kpi_day.c.day).distinct().order_by(kpi_day.c.day)))
        for day in luck.sample(days, len(days) // 2):
            conn.execute(sa.delete(kpi_day).where(kpi_day.c.day == day))
            assert same(conn, made.at())
        assert same(conn, made.at(), "area")


def test_a_kept_day_is_what_is_read(lived: tuple[Database, Town]) -> None:
    """Else the others would prove nothing."""
    database, made = lived
    with database.write() as conn:
        assert same(conn, made.at())
        conn.execute(sa.update(kpi_day).values(figures="[]"))
        assert not same(conn, made.at())


CHANGES: dict[str, Any] = {
    "state": "void",
    "class_code": "06099",
    "catalogue": "edile-local",
    "owner_unit": "u-9",
    "contractor": "c-9",
    "area": "a-9",
    "opened_at": "2026-02-27T00:00:00.000Z",
    "dispatched_at": None,
    "resolved_at": "2028-01-01T00:00:00.000Z",
    "resolved_by": "token/nobody",
    "closed_at": "2026-02-26T00:00:00.000Z",
    "due_at": None,
    "rework": 9,
    "returned": 9,
    "reopened": 9,
    "merged_into": "f" * 24,
}


def test_a_change_of_an_order_takes_its_days_out(lived: tuple[Database, Town]) -> None:
    database, made = lived
    luck = Random(8)
    closed = [one["id"] for one in made.orders.values() if one["state"] == "closed"]
    for column, value in CHANGES.items():
        with database.write() as conn, conn.begin_nested() as back:
            where = work_order.c.id.in_(luck.sample(closed, 5))
            conn.execute(sa.update(work_order).where(where).values({column: value}))
            assert all(same(conn, made.at(), by) for by in ("all", "unit", "class")), column
            back.rollback()


def test_every_column_that_the_statements_read_is_watched() -> None:
    """Of the order's own; its district never changes, and its id neither."""
    words = set(re.findall(r"\w+", "".join(kpis.statement(name) for name in kpis.OF_PERIOD)))
    read = {one.name for one in work_order.columns} & words
    assert read - {"id", "district"} == {*CHANGES, "relapse_of"}
    for dialect in ("sqlite", "postgresql"):
        (watched,) = [
            one.split("UPDATE OF")[1].split("ON work_order")[0]
            for one in triggers(dialect)
            if "UPDATE OF" in one
        ]
        assert {name.strip() for name in watched.split(",")} == {*CHANGES, "relapse_of"}


def test_a_relapse_counts_for_the_day_on_which_the_old_order_was_closed(
    lived: tuple[Database, Town],
) -> None:
    database, made = lived
    old = next(one for one in made.orders.values() if one["state"] == "closed")
    made.now_ns += DAY_NS
    new = next(iter(made.orders.values())) | {"id": "e" * 24, "number": "x", "dedupe_key": "x"}
    new |= {"relapse_of": old["id"], "opened_at": old["closed_at"], "closed_at": None}
    new |= {"due_at": None}
    with database.write() as conn:
        conn.execute(work_order.insert(), new)
        assert same(conn, made.at())
        conn.execute(sa.delete(work_order).where(work_order.c.id == "e" * 24))
        assert same(conn, made.at())


def test_a_pause_counts_for_the_day_on_which_its_order_was_closed(
    lived: tuple[Database, Town],
) -> None:
    database, made = lived
    old = next(one for one in made.orders.values() if one["state"] == "closed")
    pause = {"order_id": old["id"], "begin_ns": 0, "end_ns": 9 * 10**9, "reason": "x", "by": "x"}
    with database.write() as conn:
        conn.execute(order_pause.insert(), pause)
        assert same(conn, made.at())
        for day in kpi_days.missing(conn, DISTRICT, at=made.at()):
            kpi_days.rebuild(conn, DISTRICT, day)
        mine = order_pause.c.reason == "x"
        conn.execute(sa.update(order_pause).where(mine).values(end_ns=5 * 10**9))
        assert same(conn, made.at())
        for day in kpi_days.missing(conn, DISTRICT, at=made.at()):
            kpi_days.rebuild(conn, DISTRICT, day)
        conn.execute(sa.delete(order_pause).where(mine))
        assert same(conn, made.at())


def test_a_further_word_on_an_order_leaves_the_days(lived: tuple[Database, Town]) -> None:
    database, made = lived
    with database.write() as conn:
        conn.execute(sa.update(work_order).values(last_at=made.at(), version=9))
        assert kpi_days.missing(conn, DISTRICT, at=made.at()) == []


def test_today_is_never_kept_and_the_newest_days_come_first(lived: tuple[Database, Town]) -> None:
    database, made = lived
    with database.write() as conn:
        conn.execute(sa.delete(kpi_day))
        days = kpi_days.missing(conn, DISTRICT, at=made.at())
        assert days[0] < made.at()[:10]
        assert days == sorted(days, reverse=True)
        assert kpi_days.missing(conn, "elsewhere", at=made.at()) == []


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_the_migrations_make_the_same_triggers(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    database: Database = request.getfixturevalue(f"{kind}_database")
    url = f"sqlite:///{tmp_path / 'migrated.db'}"
    migrated = Database.open(url if kind == "sqlite" else request.getfixturevalue("postgres_url"))
    schema.migrate(migrated)
    query = {
        "sqlite": "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name",
        "postgresql": "SELECT proname, prosrc FROM pg_proc p JOIN pg_namespace n "
        "ON n.oid = p.pronamespace WHERE n.nspname = current_schema() UNION ALL "
        "SELECT tgname, split_part(pg_get_triggerdef(t.oid), ' ON ', 1) FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = current_schema() AND NOT tgisinternal ORDER BY 1, 2",
    }[database.dialect]
    with migrated.read() as one, database.read() as other:
        ours, theirs = (conn.execute(sa.text(query)).all() for conn in (one, other))
    assert [tuple(row) for row in ours] == [tuple(row) for row in theirs]
    assert any("kpi_day" in row[0] for row in ours)
    migrated.close()
