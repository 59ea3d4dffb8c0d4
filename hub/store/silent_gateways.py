"""Gateways in service that have not been heard for too long, and those whose silence is over."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from hub.store.flow_tables import order_problem
from hub.store.tables import device_key, gateway


class Heard(NamedTuple):
    """A gateway and when it was heard last, RFC 3339."""

    slot: str
    last_seen: str


def silent(conn: sa.Connection, district: str, source: str, *, since: str) -> list[Heard]:
    """Not heard after `since`, with a key that may still be used, and not told by `source` yet."""
    told = _told(source).where(order_problem.c.ended_at.is_(None))
    keyed = sa.select(1).where(device_key.c.slot == gateway.c.slot, device_key.c.state != "revoked")
    query = _gateways(district).where(
        gateway.c.last_seen <= since, keyed.exists(), sa.not_(told.exists())
    )
    return _heard(conn, query)


def back(conn: sa.Connection, district: str, source: str) -> list[Heard]:
    """Told as silent by `source`, and heard after that."""
    told = _told(source).where(
        order_problem.c.ended_at.is_(None), order_problem.c.last_at < gateway.c.last_seen
    )
    return _heard(conn, _gateways(district).where(told.exists()))


def _heard(conn: sa.Connection, query: sa.Select[str, str | None]) -> list[Heard]:
    return [Heard(slot, last_seen) for slot, last_seen in conn.execute(query) if last_seen]


def _gateways(district: str) -> sa.Select[str, str | None]:
    return (
        sa.select(gateway.c.slot, gateway.c.last_seen)
        .where(gateway.c.district == district, gateway.c.last_seen.is_not(None))
        .order_by(gateway.c.slot)
    )


def _told(source: str) -> sa.Select[int]:
    return sa.select(1).where(
        order_problem.c.district == gateway.c.district,
        order_problem.c.source == source,
        order_problem.c.problem_id == gateway.c.slot,
    )
