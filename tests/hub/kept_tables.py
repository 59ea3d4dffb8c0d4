"""Databases with all tables and no rows, made once and handed out again: making them costs more than most
tests do. What a test has altered (an index dropped, a trigger made) is not handed out again."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg
import sqlalchemy as sa

from hub.store.engine import Database
from hub.store.every_table import metadata
from tests.hub.postgres import fresh_schema

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


class SqliteTemplate:
    def __init__(self, folder: Path) -> None:
        self._file = folder / "template.db"
        made(f"sqlite:///{self._file}")

    def copy_to(self, file: Path) -> None:
        shutil.copy(self._file, file)


class PostgresSchema:
    """One schema of a server, emptied between tests."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._url: str | None = None
        self._shape = self._empty = ""

    def clean_url(self) -> str:
        """The URL of a schema with all tables and no rows."""
        if self._url is None or not self._emptied(self._url):
            self._url = fresh_schema(self._socket)
            made(self._url)
            self._learn(self._url)
        return self._url

    def _learn(self, url: str) -> None:
        with _connected(url) as conn:
            self._shape = _text(conn, _SHAPE)
            counters = conn.execute(
                "SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema()"
            ).fetchall()
        emptied = [f"DELETE FROM {table.name}" for table in metadata.sorted_tables]
        restarted = [f"ALTER SEQUENCE {name} RESTART" for (name,) in counters]
        self._empty = ";".join([*emptied, *restarted])

    def _emptied(self, url: str) -> bool:
        try:
            with _connected(url) as conn:
                if _text(conn, _SHAPE) != self._shape:
                    return False
                conn.execute(f"{_PATIENCE}{self._empty}".encode())
        except psycopg.errors.LockNotAvailable:
            return False  # somebody who was killed still holds rows
        return True


def _connected(url: str) -> psycopg.Connection[tuple[object, ...]]:
    parsed = sa.engine.make_url(url)
    return psycopg.connect(
        parsed.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
    )


def _text(conn: psycopg.Connection[tuple[object, ...]], query: str) -> str:
    row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return str(row[0])
