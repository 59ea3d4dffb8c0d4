"""Whose problems an order is made of."""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.flow_tables import order_problem
from hub.store.order_heads import family_of

_SEPARATOR = "/"


def sources_of(conn: sa.Connection, order_id: str) -> list[tuple[str, str]]:
    """(source, problem id) of the order and everything merged into it, the first told first."""
    rows = conn.execute(
        sa.select(order_problem.c.source, order_problem.c.problem_id)
        .where(order_problem.c.order_id.in_(family_of(conn, order_id)))
        .order_by(order_problem.c.first_at, order_problem.c.source, order_problem.c.problem_id)
    )
    return [(row.source, row.problem_id) for row in rows]


def slots_of(conn: sa.Connection, district: str, order_id: str) -> list[str]:
    """Gateways among its sources: `/DISTRICT/SLOT`."""
    found = dict.fromkeys(
        source.removeprefix(f"/{district}/")
        for source, _ in sources_of(conn, order_id)
        if source.startswith(f"/{district}/") and source.count(_SEPARATOR) == 2
    )
    return list(found)


def problem_of(conn: sa.Connection, district: str, order_id: str, slot: str) -> str | None:
    """What this gateway calls the problem."""
    source = f"/{district}/{slot}"
    found = [name for told, name in sources_of(conn, order_id) if told == source]
    return found[0] if found else None
