"""Both databases for everything that says `database`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.store.engine import Database
from hub.store.every_table import metadata
from tests.hub.postgres import fresh_schema, server


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[Path]:
    """One server for the whole run."""
    with server() as socket:
        yield socket


@pytest.fixture
def postgres_url(postgres_socket: Path) -> str:
    """PostgreSQL without any table."""
    return fresh_schema(postgres_socket)


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """SQLite with tables and no rows."""
    with _with_tables(f"sqlite:///{tmp_path / 'hub.db'}") as opened:
        yield opened


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[Database]:
    """PostgreSQL with tables and no rows."""
    with _with_tables(postgres_url) as opened:
        yield opened


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    """Once of each kind."""
    opened: Database = request.getfixturevalue(f"{request.param}_database")
    return opened


@contextmanager
def _with_tables(url: str) -> Iterator[Database]:
    opened = Database.open(url)
    try:
        with opened.write() as conn:
            metadata.create_all(conn, checkfirst=False)
        yield opened
    finally:
        opened.close()
