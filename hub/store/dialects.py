"""The one thing SQLAlchemy spells differently for our two databases: INSERT ... ON CONFLICT."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Insert = postgresql.Insert | sqlite.Insert


def insert_into(conn: sa.Connection, table: sa.Table) -> Insert:
    """An insert that knows `on_conflict_do_update` / `on_conflict_do_nothing`."""
    return sqlite.insert(table) if conn.dialect.name == "sqlite" else postgresql.insert(table)
