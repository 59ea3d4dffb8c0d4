"""An order as decisions need it, and what it is made of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from contract.workorder import Priority, State
from hub.store.order_tables import sighting, work_order


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHead:
    """What a decision about an order needs to know of it: columns of `work_order` by their names."""

    id: str
    seq: int
    number: str | None
    state: State
    version: int
    class_code: str
    catalogue: str
    kind: str
    priority: Priority
    dedupe_key: str
    slot: str | None
    lon: float | None
    lat: float | None
    owner_unit: str | None
    owner_assisting: str = "[]"  # JSON list
    contractor: str | None
    policy_name: str
    policy_version: int
    observed_at: str
    opened_at: str
    dispatched_at: str | None
    resolved_at: str | None
    resolved_by: str | None
    resolved_unit: str | None
    resolved_contractor: str | None
    closed_at: str | None
    due_at: str | None
    last_at: str | None
    ended_at: str | None
    shelved_until: str | None
    rework: int
    reopened: int
    returned: int
    extended: int
    merged_into: str | None
    merged_from: str | None


_HEAD = tuple(work_order.c[one.name] for one in fields(OrderHead))
# Made once: building a statement costs more than running it.
_HEAD_OF = sa.select(*_HEAD).where(
    work_order.c.district == sa.bindparam("of_district"), work_order.c.id == sa.bindparam("of_id")
)
_LOCKED = _HEAD_OF.with_for_update()
_ALL_LOCKED = (
    sa.select(*_HEAD)
    .where(
        work_order.c.district == sa.bindparam("of_district"),
        work_order.c.id.in_(sa.bindparam("ids", expanding=True)),
    )
    .order_by(work_order.c.seq)
    .with_for_update()
)
_PARTS = (
    sa.select(work_order.c.id)
    .where(work_order.c.merged_into == sa.bindparam("of_id"))
    .order_by(work_order.c.seq)
)
_OPENED = sa.select(work_order.c.opened_at).where(work_order.c.id == sa.bindparam("of_id"))
_OF_EVENT = (
    sa.select(sighting.c.order_id)
    .where(sighting.c.district == sa.bindparam("of_district"))
    .where(sighting.c.event_id == sa.bindparam("of_event"))
)


def lock_order(conn: sa.Connection, district: str, order_id: str) -> OrderHead | None:
    """The order's head, held until the transaction ends."""
    return _head(conn, _LOCKED, {"of_district": district, "of_id": order_id})


def lock_orders(
    conn: sa.Connection, district: str, order_ids: Collection[str]
) -> dict[str, OrderHead]:
    """By id, those that are there, held until the transaction ends."""
    asked = {"of_district": district, "ids": sorted(order_ids)}
    return {row.id: OrderHead(**row._mapping) for row in conn.execute(_ALL_LOCKED, asked)}


def head_of(conn: sa.Connection, district: str, order_id: str) -> OrderHead | None:
    return _head(conn, _HEAD_OF, {"of_district": district, "of_id": order_id})


def opened_at(conn: sa.Connection, order_id: str) -> str:
    """LookupError for an order that is not there."""
    found: str | None = conn.scalar(_OPENED, {"of_id": order_id})
    if found is None:
        raise LookupError(f"no order {order_id}")
    return found


def family_of(conn: sa.Connection, order_id: str) -> list[str]:
    """The order itself first, then everything that was merged into it, however deep."""
    ids = [order_id]
    for one in ids:
        ids += conn.scalars(_PARTS, {"of_id": one})
    return ids


def order_of_event(conn: sa.Connection, district: str, event_id: str) -> str | None:
    """The order that a recorded event went to."""
    found: str | None = conn.scalar(_OF_EVENT, {"of_district": district, "of_event": event_id})
    return found


def _head(conn: sa.Connection, query: sa.Select[Any], asked: dict[str, str]) -> OrderHead | None:
    row = conn.execute(query, asked).first()
    return None if row is None else OrderHead(**row._mapping)
