"""Whose problem it is. For now a gateway's unit answers; duty areas will, by place and time."""

from __future__ import annotations

import sqlalchemy as sa

_gateway = sa.table("gateway", sa.column("slot", sa.Text), sa.column("unit", sa.Text))


def unit_of_slot(conn: sa.Connection, slot: str) -> str | None:
    """The unit that `edile hub key add --unit` named for the slot; None = nobody yet."""
    found: str | None = conn.scalar(sa.select(_gateway.c.unit).where(_gateway.c.slot == slot))
    return found
