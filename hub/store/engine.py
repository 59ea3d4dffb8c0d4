"""The database: one transaction to write in, one to read in.

SQLite: exactly one connection writes and checkpoints (docs/adr/0002), behind a lock; readers may not
write and never checkpoint; a second process is refused. PostgreSQL: a pool, any number of processes.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.pool import QueuePool, StaticPool

from hub.errors import HubStop, NotNow

BUSY_S = 2.0  # how long a request waits for the one writer before it is told to come back
WEATHER = (sa.exc.OperationalError, sa.exc.InterfaceError, psycopg.OperationalError)
"""The database's own troubles, nobody's fault: whoever catches exceptions lets these through."""

_COLLIDED = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
_RESTS_SINCE, _REST_S = "rests_since", 1.0
"""How long a connection may rest in the pool before it is asked whether it still works."""

_JOURNAL_KEPT_BYTES = 16 * 1024 * 1024
_CHECKPOINT_PAGES = 4_000
"""About as many as the journal keeps: by SQLite's own 1,000 every large batch would bring one about."""

_CACHE_KIB = 65_536
"""Of the writer: more than a batch of words on problems changes, so that nothing is written out and read
back before it commits."""


class Database:
    """Open with `Database.open`. `write` and `read` yield SQLAlchemy Core connections."""

    def __init__(self, url: sa.URL, writer: sa.Engine, reader: sa.Engine, lock: _FileLock | None):
        self.url, self.dialect = url, writer.dialect.name
        self.writer_engine, self._reader = writer, reader
        self._file_lock = lock
        self._turn = threading.Lock() if lock is not None else None
        self._closed = False
        sa.event.listen(reader, "checkin", self._let_go)

    @classmethod
    def open(cls, url: str) -> Database:
        """HubStop when the URL is of another kind, the folder is missing, or another hub has it."""
        try:
            parsed = make_url(url)
        except sa.exc.ArgumentError as error:
            raise HubStop(
                f"--database {url!r} is no database URL, like sqlite:///hub.db"
            ) from error
        if parsed.get_backend_name() == "sqlite":
            return cls._open_sqlite(parsed)
        if parsed.get_backend_name() == "postgresql":
            return cls._open_postgresql(parsed)
        raise HubStop(f"--database {url!r}: the hub runs on sqlite:///FILE or postgresql://...")

    @classmethod
    def _open_postgresql(cls, url: sa.URL) -> Database:
        engine = sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=20,
            pool_timeout=BUSY_S,
        )
        sa.event.listen(engine, "connect", _plan_each_time)
        sa.event.listen(engine, "checkin", _note_rest)
        sa.event.listen(engine, "checkout", _ping_after_rest)
        try:
            engine.connect().close()
        except sa.exc.OperationalError as error:
            engine.dispose()
            said = " ".join(str(error.orig).split())
            raise HubStop(f"--database {url}: {said}") from error
        return cls(url, engine, engine, None)

    @classmethod
    def _open_sqlite(cls, url: sa.URL) -> Database:
        path = Path(url.database or "")
        if not path.name or path.is_dir() or not path.parent.is_dir():
            raise HubStop(f"--database {url}: name a file in a folder that exists")
        lock = _FileLock(path.with_name(path.name + ".lock"))
        writer = sa.create_engine(
            url, poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
        reader = sa.create_engine(
            url,
            poolclass=QueuePool,
            pool_size=8,
            pool_timeout=BUSY_S,
            connect_args={"check_same_thread": False},
        )
        sa.event.listen(writer, "connect", _prepare_writer)
        sa.event.listen(writer, "begin", _begin_immediate)
        sa.event.listen(reader, "connect", _prepare_reader)
        sa.event.listen(reader, "begin", _begin)
        try:
            with writer.connect() as conn:
                conn.exec_driver_sql("SELECT count(*) FROM sqlite_schema")
        except sa.exc.DatabaseError as error:
            lock.release()
            raise HubStop(f"{path} is not an SQLite database: {error.orig}") from error
        return cls(url, writer, reader, lock)

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction; NotNow when the writer stays busy or the disk is full."""
        if self._turn is None:
            with _weather(), self.writer_engine.begin() as conn:
                yield conn
            return
        if not self._turn.acquire(timeout=BUSY_S):
            raise NotNow("the database is busy", retry_after_s=2)
        try:
            with _weather(), self.writer_engine.begin() as conn:
                yield conn
        finally:
            self._turn.release()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One transaction; NotNow when the database cannot be had."""
        with _weather(), self._reader.begin() as conn:
            yield conn

    def copy_into(self, file: Path) -> None:
        """SQLite: a copy as of now, made by a reader, so that writing goes on meanwhile."""
        with (
            _weather(),
            self._reader.connect() as conn,
            closing(sqlite3.connect(file, isolation_level=None)) as copy,
        ):
            source: Any = conn.connection.driver_connection
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, complete by itself

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._reader.dispose()
        self.writer_engine.dispose()
        if self._file_lock is not None:
            self._file_lock.release()

    def _let_go(self, _connection: object, record: Any) -> None:
        """Closing spares connections that are in use: a request that ends later closes its own."""
        if self._closed:
            record.invalidate()


def _plan_each_time(connection: psycopg.Connection[Any], _record: Any) -> None:
    """A plan that was made while a table was empty walks through all of it, for as long as it is kept."""
    connection.execute("SET plan_cache_mode = force_custom_plan")
    connection.commit()


def _note_rest(_connection: psycopg.Connection[Any] | None, record: Any) -> None:
    record.info[_RESTS_SINCE] = time.monotonic()


def _ping_after_rest(connection: psycopg.Connection[Any], record: Any, _proxy: Any) -> None:
    """The pool's own ping would ask before every transaction, of which a batch of events has two; what was
    in use a moment ago is believed to be there."""
    if time.monotonic() - record.info.get(_RESTS_SINCE, 0.0) < _REST_S:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except (
        psycopg.OperationalError
    ) as error:  # all connections of before are gone, not this one alone
        raise sa.exc.InvalidatePoolError("the server was restarted") from error


def _prepare_writer(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA journal_size_limit={_JOURNAL_KEPT_BYTES}")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
    # An insert with a trigger keeps a journal of its own, and every row of a batch would spill it to a file.
    connection.execute("PRAGMA temp_store=MEMORY")
    level = connection.execute("PRAGMA synchronous").fetchone()[0]
    if (mode, level) != ("wal", 2):
        raise HubStop(f"the disk gives journal_mode={mode}, synchronous={level}; needed: wal, 2")


def _prepare_reader(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout=5000")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute("PRAGMA query_only=ON")


def _begin_immediate(conn: sa.Connection) -> None:
    conn.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(conn: sa.Connection) -> None:
    conn.exec_driver_sql("BEGIN")


@contextmanager
def _weather() -> Iterator[None]:
    """A full disk, a lost server, too many at once: the transaction is rolled back, the caller waits."""
    try:
        yield
    except sa.exc.TimeoutError as error:
        raise NotNow("the database is busy", retry_after_s=2) from error
    except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
        retry_s = 1 if isinstance(error.orig, _COLLIDED) else 30
        raise NotNow(f"the database does not answer: {error.orig}", retry_s) from error
    except (
        psycopg.OperationalError,
        sqlite3.OperationalError,
    ) as error:  # what goes by the driver alone
        raise NotNow(f"the database does not answer: {error}", retry_after_s=30) from error
    except OSError as error:
        raise NotNow(f"the disk cannot take it: {error.strerror}", retry_after_s=30) from error


class _FileLock:
    """Held by the one hub process of an SQLite file; the file tells its pid."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            pid = os.read(self._handle, 20).decode(errors="replace").strip() or "unknown"
            os.close(self._handle)
            raise HubStop(
                f"another hub (pid {pid}) has this database open; stop it, or use PostgreSQL"
            ) from error
        os.ftruncate(self._handle, 0)
        os.write(self._handle, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        os.close(self._handle)
