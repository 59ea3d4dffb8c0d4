"""The audit log: append-only by trigger, chained, and every kind of tampering found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from hub.store import audit
from hub.store.engine import Database
from hub.store.order_tables import audit as table
from tests.hub.detections import DISTRICT, at


def entry(n: int, **changes: object) -> audit.Entry:
    plain: dict[str, object] = {
        "at": at(n),
        "actor": "token/lin",
        "action": "moved",
        "subject": f"work-order/{n % 2}",
        "reason": f"第{n}次",
        "detail": {"n": n},
    }
    return audit.Entry(**{**plain, **changes})  # type: ignore[arg-type]


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as conn:
        for n in range(6):
            audit.append(conn, DISTRICT, entry(n))
        audit.append(conn, "tianhe", entry(0))
    return database


@contextmanager
def triggers_off(database: Database) -> Iterator[sa.Connection]:
    """As somebody with the database's own password could."""
    with database.write() as conn:
        if database.dialect == "postgresql":
            conn.execute(sa.text("ALTER TABLE audit DISABLE TRIGGER USER"))
        else:
            conn.execute(sa.text("DROP TRIGGER audit_no_update"))
            conn.execute(sa.text("DROP TRIGGER audit_no_delete"))
        yield conn


def broken(database: Database) -> list[tuple[str, int]]:
    with database.read() as conn:
        return [(one.district, one.seq) for one in audit.verify(conn)]


def test_an_untouched_log_holds_and_numbers_each_district_by_itself(filled: Database) -> None:
    assert broken(filled) == []
    with filled.read() as conn:
        assert [one.seq for one in audit.history(conn, DISTRICT, "work-order/1")] == [2, 4, 6]
        assert [one.seq for one in audit.history(conn, "tianhe", "work-order/0")] == [1]


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET reason = 'x' WHERE seq = 1", "DELETE FROM audit WHERE seq = 6"]
)
def test_the_database_refuses_to_change_or_delete_a_row(filled: Database, statement: str) -> None:
    with pytest.raises(sa.exc.DatabaseError, match="append-only"), filled.write() as conn:
        conn.execute(sa.text(statement))
    assert broken(filled) == []


@pytest.mark.postgres
def test_postgresql_refuses_to_truncate_too(filled: Database) -> None:
    if filled.dialect == "postgresql":
        with pytest.raises(sa.exc.DatabaseError, match="append-only"), filled.write() as conn:
            conn.execute(sa.text("TRUNCATE audit"))
    assert broken(filled) == []


@pytest.mark.parametrize(
    "column", ["at", "actor", "action", "subject", "reason", "detail", "to_state"]
)
def test_a_changed_column_is_found_where_it_is(filled: Database, column: str) -> None:
    with triggers_off(filled) as conn:
        conn.execute(
            sa.text(f"UPDATE audit SET {column} = 'x' WHERE seq = 3 AND district = '{DISTRICT}'")
        )
    assert broken(filled) == [(DISTRICT, 3)]


def test_a_row_taken_out_of_the_middle_is_found(filled: Database) -> None:
    with triggers_off(filled) as conn:
        conn.execute(table.delete().where(table.c.seq == 4))
    assert broken(filled) == [(DISTRICT, 4)]


def test_a_tail_cut_off_is_found(filled: Database) -> None:
    with triggers_off(filled) as conn:
        conn.execute(table.delete().where(table.c.seq >= 5))
    assert broken(filled) == [(DISTRICT, 4)]


def test_a_whole_log_taken_away_is_found(filled: Database) -> None:
    with triggers_off(filled) as conn:
        conn.execute(table.delete().where(table.c.district == "tianhe"))
    assert broken(filled) == [("tianhe", 0)]


def test_two_rows_swapped_are_found(filled: Database) -> None:
    with triggers_off(filled) as conn:
        for old, new in [(2, 100), (3, 2), (100, 3)]:
            conn.execute(
                sa.update(table)
                .where(table.c.seq == old, table.c.district == DISTRICT)
                .values(seq=new)
            )
    assert broken(filled) == [(DISTRICT, 2)]
