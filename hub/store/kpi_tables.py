"""Key figures of whole days, and what takes a day out when one of its orders changes (docs/adr/0021)."""

from __future__ import annotations

from importlib.resources import files

import sqlalchemy as sa

from hub.store.tables import metadata

kpi_day = sa.Table(
    "kpi_day",
    metadata,
    sa.Column("district", sa.Text, primary_key=True),
    sa.Column("day", sa.Text, primary_key=True),  # UTC, YYYY-MM-DD
    sa.Column("axis", sa.Text, primary_key=True),  # hub.store.kpi_days.AXES
    sa.Column("figures", sa.Text, nullable=False),  # JSON: [[part or null, [sums], longest]]
)
"""A day is there with all its axes and true, or not there at all."""

DIALECTS = ("sqlite", "postgresql")


def triggers(dialect: str) -> list[str]:
    """Whoever changes an order, by whatever way, takes its days out: no caller can forget it. They watch the
    columns that the published statements read; others leave the figures as they are."""
    text = files("hub.store").joinpath(f"kpi_day_{dialect}.sql").read_text(encoding="utf-8")
    return text.strip().split("\n\n")


for _dialect in DIALECTS:
    for _statement in triggers(_dialect):
        _ddl = sa.DDL(_statement)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
        sa.event.listen(metadata, "after_create", _ddl.execute_if(dialect=_dialect))
