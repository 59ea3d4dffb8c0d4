"""Whose problem it is. For now a gateway's unit answers; duty areas will, by place and time."""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.tables import gateway

_UNIT = sa.select(gateway.c.unit).where(gateway.c.slot == sa.bindparam("slot"))


def unit_of_slot(conn: sa.Connection, slot: str) -> str | None:
    """The unit that `edile hub key add --unit` named for the slot; None = nobody yet."""
    found: str | None = conn.scalar(_UNIT, {"slot": slot})
    return found
