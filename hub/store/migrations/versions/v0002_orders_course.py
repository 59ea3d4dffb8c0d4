"""Orders' course: problems, aliases, clocks, pauses, timers, second looks; the outbox; reference documents."""

import sqlalchemy as sa
from alembic import op

from hub.store.every_table import metadata

revision = "0002"
down_revision = "0001"
_GREW = ("work_order", "audit_head", "api_token")


def upgrade() -> None:
    """As the tables stand in this version; the next one writes its changes out."""
    bind = op.get_bind()
    for name in _GREW:
        there = {column["name"] for column in sa.inspect(bind).get_columns(name)}
        for column in metadata.tables[name].columns:
            if column.name not in there:
                op.add_column(name, _fresh(column))
        had = {index["name"] for index in sa.inspect(bind).get_indexes(name)}
        for index in metadata.tables[name].indexes:
            if index.name not in had:
                index.create(bind)
    metadata.create_all(bind, checkfirst=True)


def _fresh(column: sa.Column[object]) -> sa.Column[object]:
    """A column belongs to one table; this one is not in any yet."""
    default = column.server_default
    text = default.arg if isinstance(default, sa.DefaultClause) else None
    return sa.Column(
        column.name,
        column.type,
        nullable=column.nullable,
        server_default=text if isinstance(text, str) else None,
    )
