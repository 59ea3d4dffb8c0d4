"""Bringing a database to this version's schema, and refusing one that is not ours or is newer."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from hub.errors import HubStop
from hub.store.engine import Database

_FOLDER = Path(__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config


@cache
def head() -> str:
    """The newest revision this program knows; read from its files once, readiness is asked often."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    if found is None:
        raise HubStop(f"the installation is broken: no migrations in {_FOLDER}")
    return found


@cache
def _known() -> frozenset[str]:
    return frozenset(
        one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions()
    )


def revision_of(conn: sa.Connection) -> str | None:
    return MigrationContext.configure(conn).get_current_revision()


def fault(database: Database) -> str | None:
    """What is wrong with the schema, or nothing."""
    with database.read() as conn:
        at = revision_of(conn)
        tables = set(sa.inspect(conn).get_table_names())
    if at is None:
        return (
            "the database belongs to another program"
            if tables
            else "not migrated: edile hub migrate"
        )
    if at not in _known():
        return f"schema {at} is newer than this hub knows ({head()}): install the newer hub"
    return None if at == head() else f"schema {at} is behind {head()}: edile hub migrate"


def migrate(database: Database) -> str:
    """To the newest schema, in one transaction; the revision. HubStop for a stranger's database."""
    wrong = fault(database)
    if wrong is not None and "migrate" not in wrong:
        raise HubStop(f"{database.url.render_as_string()}: {wrong}")
    config = _config()
    with database.write() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
    return head()
