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


def is_told(conn: sa.Connection, district: str, slot: str, problem_id: str) -> bool:
    """Whether a gateway has said anything of it, filed or not."""
    of = order_problem.c
    query = sa.select(of.looks).where(
        of.district == district, of.problem_id == problem_id, of.source == f"/{district}/{slot}"
    )
    return conn.execute(query).first() is not None


def order_of(conn: sa.Connection, district: str, slot: str, problem_id: str) -> str | None:
    """The order that a gateway's problem led to; None where none was filed."""
    of = order_problem.c
    query = sa.select(of.order_id).where(
        of.district == district, of.problem_id == problem_id, of.source == f"/{district}/{slot}"
    )
    found: str | None = conn.scalar(query)
    return found


def problem_of(conn: sa.Connection, district: str, order_id: str, slot: str) -> str | None:
    """What this gateway calls the problem."""
    source = f"/{district}/{slot}"
    found = [name for told, name in sources_of(conn, order_id) if told == source]
    return found[0] if found else None
