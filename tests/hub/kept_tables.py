"""Databases with all tables and no rows, made once and handed out again: making them costs more than most
tests do. What a test has altered (an index dropped, a trigger made) is not handed out again.

`made` makes the tables that the code declares, `migrated` those that the migrations make; tests of their
own hold the two together."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
import sqlalchemy as sa

from hub.store import schema
from hub.store.engine import Database
from hub.store.every_table import metadata
from tests.hub.postgres import fresh_schema

Making = Callable[[str], None]
_SHAPE = """
SELECT coalesce(string_agg(x, ',' ORDER BY x), '') FROM (
  SELECT c.relname || c.relkind::text AS x FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema()
  UNION ALL
  SELECT t.tgname || t.tgenabled::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND NOT t.tgisinternal
  UNION ALL
  SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = current_schema()
) shape
"""
_PATIENCE = "SET lock_timeout = '2s'; SET session_replication_role = replica;"
"""The audit log refuses to be emptied, but for a superuser who asks triggers to stand aside."""


def made(url: str) -> None:
    """All tables, in an empty database."""
    opened = Database.open(url)
    try:
        with opened.write() as conn:
            metadata.create_all(conn, checkfirst=False)
    finally:
        opened.close()


def migrated(url: str) -> None:
    """All tables and their revision, in an empty database."""
    opened = Database.open(url)
    try:
        schema.migrate(opened)
    finally:
        opened.close()


def sqlite_tables(file: Path, make: Making = migrated) -> str:
    """The URL of a new file with all tables and no rows."""
    file.write_bytes(_sqlite_file(make))
    return f"sqlite:///{file}"


@cache
def _sqlite_file(make: Making) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tables.db"
        make(f"sqlite:///{file}")
        return file.read_bytes()


class PostgresSchema:
    """One schema of a server, emptied between tests over a connection that stays."""

    def __init__(self, socket: Path, make: Making) -> None:
        self._socket, self._make = socket, make
        self._url: str | None = None
        self._conn: psycopg.Connection[tuple[object, ...]] | None = None
        self._shape = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._let_go()

    def clean_url(self) -> str:
        """The URL of a schema with all tables and no rows."""
        if self._url is None or not self._emptied():
            self._let_go()
            self._url = fresh_schema(self._socket)
            self._make(self._url)
            self._conn = _connected(self._url)
            self._conn.execute(_PATIENCE.encode())
            self._shape = _text(self._conn, _SHAPE)
            self._conn.execute(_emptying(self._conn))
        return self._url

    def _let_go(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def _emptied(self) -> bool:
        if self._conn is None:
            return False
        try:
            if _text(self._conn, _SHAPE) != self._shape:
                return False
            self._conn.execute("SELECT pg_temp.empty_all()")
        except psycopg.OperationalError:
            return False  # somebody who was killed still holds rows, or has killed this connection
        return True


def _emptying(conn: psycopg.Connection[tuple[object, ...]]) -> bytes:
    """A function of this connection's own, so that its plans are kept and the schema shows nothing of it."""
    counters = conn.execute(
        "SELECT sequencename, start_value FROM pg_sequences WHERE schemaname = current_schema()"
    ).fetchall()
    steps = [
        f"IF EXISTS (SELECT FROM {table.name}) THEN DELETE FROM {table.name}; END IF;"
        for table in metadata.sorted_tables
    ]
    steps += [f"PERFORM setval('{name}', {start}, false);" for name, start in counters]
    body = "\n".join(steps)
    return (
        f"CREATE FUNCTION pg_temp.empty_all() RETURNS void LANGUAGE plpgsql AS $$BEGIN\n{body}\nEND$$"
    ).encode()


def _connected(url: str) -> psycopg.Connection[tuple[object, ...]]:
    parsed = sa.engine.make_url(url)
    return psycopg.connect(
        parsed.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
    )


def _text(conn: psycopg.Connection[tuple[object, ...]], query: str) -> str:
    row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return str(row[0])
