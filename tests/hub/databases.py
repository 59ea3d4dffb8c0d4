"""The plainest thing that gives transactions on both databases; the hub's own is tested beside it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from hub.store.order_tables import metadata


class PlainDatabase:
    """SQLite: one connection behind a lock. PostgreSQL: a pool."""

    def __init__(self, url: str) -> None:
        pool = {} if url.startswith("sqlite") else {"pool_size": 40, "max_overflow": 0}
        connect = {"check_same_thread": False} if url.startswith("sqlite") else {}
        self.engine = sa.create_engine(url, connect_args=connect, **pool)
        self.dialect = self.engine.dialect.name
        self._lock = threading.Lock() if self.dialect == "sqlite" else None
        metadata.create_all(self.engine)
        if not sa.inspect(self.engine).has_table("gateway"):
            with self.engine.begin() as conn:
                conn.execute(sa.text("CREATE TABLE gateway (slot TEXT PRIMARY KEY, unit TEXT)"))

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        if self._lock is None:
            with self.engine.begin() as conn:
                yield conn
            return
        with self._lock, self.engine.begin() as conn:
            yield conn

    read = write

    def close(self) -> None:
        self.engine.dispose()
