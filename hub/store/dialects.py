"""The one thing SQLAlchemy spells differently for our two databases: INSERT ... ON CONFLICT."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Insert = postgresql.Insert | sqlite.Insert
_S = TypeVar("_S")


def insert_into(conn: sa.Connection, table: sa.Table) -> Insert:
    """An insert that knows `on_conflict_do_update` / `on_conflict_do_nothing`."""
    return sqlite.insert(table) if conn.dialect.name == "sqlite" else postgresql.insert(table)


def per_dialect(table: sa.Table, build: Callable[[Insert], _S]) -> dict[str, _S]:
    """The same statement for each database, by dialect name, to be built once and run often."""
    return {
        "sqlite": build(sqlite.insert(table)),
        "postgresql": build(postgresql.insert(table)),
    }
