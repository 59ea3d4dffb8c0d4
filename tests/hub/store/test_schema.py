"""Which databases the hub takes for its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.app import create_app
from hub.config import HubConfig
from hub.errors import HubStop
from hub.store import schema
from hub.store.engine import Database
from hub.store.every_table import metadata


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'hub.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    opened = Database.open(url)
    yield opened
    opened.close()


def test_migrating_twice_is_migrating_once(empty: Database) -> None:
    assert schema.fault(empty) == "not migrated: edile hub migrate"
    assert schema.migrate(empty) == schema.migrate(empty) == schema.head()
    assert schema.fault(empty) is None


def test_the_migrations_make_every_table_with_every_column(empty: Database) -> None:
    schema.migrate(empty)
    with empty.read() as conn:
        inspector = sa.inspect(conn)
        made = {
            table: {column["name"] for column in inspector.get_columns(table)}
            for table in inspector.get_table_names()
        }
    del made["alembic_version"]
    assert made == {
        table.name: {column.name for column in table.columns} for table in metadata.sorted_tables
    }


def test_the_migrations_make_every_index_and_unique_constraint(empty: Database) -> None:
    schema.migrate(empty)
    with empty.read() as conn:
        inspector = sa.inspect(conn)
        made = {
            (table, tuple(index["column_names"]), bool(index["unique"]))
            for table in inspector.get_table_names()
            for index in inspector.get_indexes(table)
        }
        made |= {
            (table, tuple(unique["column_names"]), True)
            for table in inspector.get_table_names()
            for unique in inspector.get_unique_constraints(table)
        }
    wanted = {
        (table.name, tuple(column.name for column in index.columns), bool(index.unique))
        for table in metadata.sorted_tables
        for index in table.indexes
    }
    wanted |= {
        (table.name, tuple(column.name for column in constraint.columns), True)
        for table in metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, sa.UniqueConstraint)
    }
    assert made == wanted


def test_a_newer_schema_is_refused_and_left_alone(empty: Database) -> None:
    schema.migrate(empty)
    with empty.write() as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    told = schema.fault(empty)
    assert told is not None
    assert "schema 9999 is newer than this hub knows" in told
    with pytest.raises(HubStop, match="newer"):
        schema.migrate(empty)
    with empty.read() as conn:
        assert schema.revision_of(conn) == "9999"


def test_another_programs_database_is_refused_and_left_alone(empty: Database) -> None:
    with empty.write() as conn:
        conn.execute(sa.text("CREATE TABLE recipe (name TEXT)"))
    with pytest.raises(HubStop, match="another program"):
        schema.migrate(empty)
    with empty.read() as conn:
        assert sa.inspect(conn).get_table_names() == ["recipe"]


def test_an_app_over_what_is_not_migrated_stops_and_lets_go(tmp_path: Path) -> None:
    config = HubConfig(database=f"sqlite:///{tmp_path / 'hub.db'}", data_dir=tmp_path)
    for _ in range(2):
        with pytest.raises(HubStop, match="edile hub migrate"):
            create_app(config)
