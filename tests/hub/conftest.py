"""Both databases for everything that says `database`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.hub.databases import PlainDatabase
from tests.hub.postgres import fresh_database, server


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[Path]:
    """One server for the whole run."""
    with server() as socket:
        yield socket


@pytest.fixture
def postgres_url(postgres_socket: Path) -> Iterator[str]:
    """An empty PostgreSQL database."""
    with fresh_database(postgres_socket, f"t{uuid4().hex}") as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hub.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[PlainDatabase]:
    """With tables and no rows."""
    opened = PlainDatabase(database_url)
    try:
        yield opened
    finally:
        opened.close()
