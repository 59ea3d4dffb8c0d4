"""The units that gateways belong to: who answers for what no duty area covers."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from hub.store.tables import gateway

_UNITS = sa.select(gateway.c.slot, gateway.c.unit).where(
    gateway.c.slot.in_(sa.bindparam("slots", expanding=True)), gateway.c.unit.is_not(None)
)


def units_of_slots(conn: sa.Connection, slots: Sequence[str]) -> dict[str, str]:
    """By slot, where `edile hub key add --unit` named one."""
    return {row.slot: row.unit for row in conn.execute(_UNITS, {"slots": list(slots)})}
