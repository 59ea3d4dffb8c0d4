"""Both databases for everything that says `database`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.store.engine import Database
from tests.hub.kept_tables import PostgresSchema, SqliteTemplate
from tests.hub.postgres import fresh_schema, server


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[Path]:
    """One server for the whole run."""
    with server() as socket:
        yield socket


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("tables"))


@pytest.fixture(scope="session")
def postgres_schema(postgres_socket: Path) -> PostgresSchema:
    return PostgresSchema(postgres_socket)


@pytest.fixture
def postgres_url(postgres_socket: Path) -> str:
    """PostgreSQL without any table."""
    return fresh_schema(postgres_socket)


@pytest.fixture
def sqlite_database(tmp_path: Path, sqlite_template: SqliteTemplate) -> Iterator[Database]:
    """SQLite with tables and no rows."""
    sqlite_template.copy_to(tmp_path / "hub.db")
    with _opened(f"sqlite:///{tmp_path / 'hub.db'}") as opened:
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


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    opened = Database.open(url)
    try:
        yield opened
    finally:
        opened.close()
