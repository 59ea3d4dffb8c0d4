"""A migration's statements: one SQL file per database, statements parted by an empty line, as they were
on the day; later changes of our tables never reach back into them."""

from __future__ import annotations

from importlib.resources import files

from alembic import op


def run_file(revision: str) -> None:
    """`vREVISION_DIALECT.sql` beside the migrations, in the migration's transaction."""
    bind = op.get_bind()
    name = f"v{revision}_{bind.dialect.name}.sql"
    text = (files("hub.store.migrations.versions") / name).read_text(encoding="utf-8")
    for statement in text.strip().split("\n\n"):
        bind.exec_driver_sql(statement)
