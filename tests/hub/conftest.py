"""Both databases for everything that says `database`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.store.engine import Database
from tests.hub.kept_tables import PostgresSchema, made, migrated, sqlite_tables
from tests.hub.postgres import fresh_schema, server


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[Path]:
    """One server for the whole run."""
    with server() as socket:
        yield socket


@pytest.fixture(scope="session")
def postgres_schema(postgres_socket: Path) -> Iterator[PostgresSchema]:
    with PostgresSchema(postgres_socket, made) as kept:
        yield kept


@pytest.fixture(scope="session")
def postgres_migrated(postgres_socket: Path) -> Iterator[PostgresSchema]:
    with PostgresSchema(postgres_socket, migrated) as kept:
        yield kept


@pytest.fixture
def postgres_url(postgres_socket: Path) -> str:
    """PostgreSQL without any table."""
    return fresh_schema(postgres_socket)


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """SQLite with tables and no rows."""
    with _opened(sqlite_tables(tmp_path / "hub.db", made)) as opened:
        yield opened


@pytest.fixture
def postgres_database(postgres_schema: PostgresSchema) -> Iterator[Database]:
    """PostgreSQL with tables and no rows."""
    with _opened(postgres_schema.clean_url()) as opened:
        yield opened


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    """Once of each kind."""
    opened: Database = request.getfixturevalue(f"{request.param}_database")
    return opened


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Once of each kind, for a hub that asks whether its database is migrated."""
    if request.param == "sqlite":
        return sqlite_tables(tmp_path / "hub.db")
    kept: PostgresSchema = request.getfixturevalue("postgres_migrated")
    return kept.clean_url()


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    opened = Database.open(url)
    try:
        yield opened
    finally:
        opened.close()
