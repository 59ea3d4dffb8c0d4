"""One connection writes, readers only read, weather is told as weather."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from hub.errors import HubStop, NotNow
from hub.store import engine, gateways
from hub.store.engine import Database


@pytest.fixture
def opened(sqlite_database: Database) -> Database:
    return sqlite_database


def test_sqlite_writes_in_wal_with_full_synchronisation(opened: Database) -> None:
    with opened.write() as conn:
        mode = conn.exec_driver_sql("PRAGMA journal_mode").scalar()
        level = conn.exec_driver_sql("PRAGMA synchronous").scalar()
    assert (mode, level) == ("wal", 2)


def test_readers_can_neither_write_nor_checkpoint(opened: Database) -> None:
    with pytest.raises(NotNow, match="readonly"), opened.read() as conn:
        gateways.put_meta(conn, "key", "value")
    with opened.read() as conn:
        assert conn.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar() == 0
        assert conn.exec_driver_sql("PRAGMA query_only").scalar() == 1


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    def fails() -> None:
        with database.write() as conn:
            gateways.put_meta(conn, "key", "value")
            raise KeyError("a bug")

    with pytest.raises(KeyError):
        fails()
    with database.read() as conn:
        assert gateways.meta(conn, "key") is None


def test_readers_see_what_is_committed_and_nothing_else(database: Database) -> None:
    with database.write() as conn:
        gateways.put_meta(conn, "key", "one")
    with database.write() as conn:
        gateways.put_meta(conn, "key", "two")
        with database.read() as other:
            assert gateways.meta(other, "key") == "one"
    with database.read() as other:
        assert gateways.meta(other, "key") == "two"


def test_a_second_hub_on_the_same_file_is_refused_with_the_firsts_pid(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'hub.db'}"
    first = Database.open(url)
    with pytest.raises(HubStop, match=rf"another hub \(pid {os.getpid()}\)"):
        Database.open(url)
    first.close()
    Database.open(url).close()


def test_whoever_waits_too_long_for_the_writer_is_told_to_come_back(
    opened: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_S", 0.01)
    inside, enough = threading.Event(), threading.Event()

    def hold() -> None:
        with opened.write():
            inside.set()
            enough.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    assert inside.wait(30)
    try:
        with pytest.raises(NotNow) as busy, opened.write():
            raise AssertionError("the writer was another's")
        assert busy.value.retry_after_s == 2
    finally:
        enough.set()
        holder.join()
    with opened.write() as conn:
        gateways.put_meta(conn, "key", "after")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("hub.db", "is no database URL"),
        ("mysql://localhost/hub", "the hub runs on sqlite"),
        ("sqlite://", "name a file"),
        ("sqlite:///{folder}", "name a file"),
        ("sqlite:///{folder}/absent/hub.db", "in a folder that exists"),
        ("sqlite:///{folder}/letter.txt", "not an SQLite database"),
        ("postgresql://nobody@127.0.0.1:1/hub", "refused"),
    ],
)
def test_a_database_that_cannot_be_is_one_line(tmp_path: Path, url: str, why: str) -> None:
    (tmp_path / "letter.txt").write_text("Dear hub, " * 300)
    with pytest.raises(HubStop, match=why) as stopped:
        Database.open(url.format(folder=tmp_path))
    assert "\n" not in str(stopped.value)


def test_a_refused_file_can_be_opened_by_another_afterwards(tmp_path: Path) -> None:
    letter = tmp_path / "hub.db"
    letter.write_text("Dear hub, " * 300)
    with pytest.raises(HubStop):
        Database.open(f"sqlite:///{letter}")
    letter.unlink()
    Database.open(f"sqlite:///{letter}").close()


def test_a_full_disk_is_weather_and_passes(opened: Database) -> None:
    with opened.write() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar()
        conn.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    def fill() -> None:
        with opened.write() as conn:
            gateways.put_meta(conn, "small", "x")
            gateways.put_meta(conn, "large", "x" * 100_000)

    with pytest.raises(NotNow, match="full") as full:
        fill()
    assert full.value.retry_after_s == 30
    with opened.write() as conn:
        conn.exec_driver_sql(f"PRAGMA max_page_count={pages + 1000}")
        assert gateways.meta(conn, "small") is None
        gateways.put_meta(conn, "large", "x" * 100_000)


@pytest.mark.postgres
def test_a_lost_server_is_weather(postgres_database: Database) -> None:
    with postgres_database.write() as conn:
        gateways.put_meta(conn, "key", "value")
    with pytest.raises(NotNow), postgres_database.write() as conn:
        conn.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with postgres_database.read() as conn:
        assert gateways.meta(conn, "key") == "value"


@pytest.mark.postgres
def test_connections_that_died_while_they_rested_are_replaced_unseen(
    postgres_database: Database,
) -> None:
    engine = postgres_database.writer_engine
    sa.event.listen(engine, "checkin", lambda _, record: record.info.update(rests_since=-1e9))
    asking = sa.text("SELECT pg_backend_pid()")
    with postgres_database.read() as one, postgres_database.read() as two:
        lost = [one.execute(asking).scalar_one(), two.execute(asking).scalar_one()]
    plain = postgres_database.url.set(drivername="postgresql")
    with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as other:
        for pid in lost:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    with postgres_database.read() as one, postgres_database.read() as two:
        found = [one.execute(asking).scalar_one(), two.execute(asking).scalar_one()]
    assert not set(found) & set(lost)


@pytest.mark.postgres
def test_what_the_driver_raises_by_itself_is_weather_too(postgres_database: Database) -> None:
    for error in (psycopg.OperationalError("the disk is full"), psycopg.errors.DiskFull("full")):
        with pytest.raises(NotNow), postgres_database.write():
            raise error


def test_a_copy_is_whole_while_others_write(opened: Database, tmp_path: Path) -> None:
    with opened.write() as conn:
        gateways.put_meta(conn, "key", "before")
    with opened.write() as conn:
        gateways.put_meta(conn, "key", "not yet")
        opened.copy_into(tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = copy.execute("SELECT value FROM hub_meta WHERE key = 'key'").fetchone()
    assert found == ("before",)
    assert not (tmp_path / "copy.db-wal").exists()


def test_a_connection_that_is_in_use_while_the_hub_closes_is_closed_when_it_is_given_back(
    database: Database,
) -> None:
    with database.read() as conn:
        dbapi = conn.connection.dbapi_connection
        assert dbapi is not None
        database.close()
    with pytest.raises((sqlite3.ProgrammingError, psycopg.OperationalError)):
        dbapi.cursor().execute("SELECT 1")
