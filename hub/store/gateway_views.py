"""Gateways, events and irregularities as REST shows them."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from contract.gateway_view import GatewayView, LaneView, StoredEvent
from contract.names import lane_key
from contract.payloads.gateway import GatewayHealth
from contract.timestamps import rfc3339
from hub.store import lanes
from hub.store.tables import device_key, event, gateway, irregularity, lane


def gateways(
    conn: sa.Connection, district: str, *, after: str, limit: int, slot: str | None = None
) -> list[GatewayView]:
    """By slot; at most `limit`."""
    query = sa.select(gateway).where(gateway.c.district == district, gateway.c.slot > after)
    if slot is not None:
        query = query.where(gateway.c.slot == slot)
    rows = conn.execute(query.order_by(gateway.c.slot).limit(limit)).all()
    return [_view(conn, row) for row in rows]


def _view(conn: sa.Connection, row: sa.Row[tuple[object, ...]]) -> GatewayView:
    slot: str = row.slot
    kids = conn.scalars(sa.select(device_key.c.kid).where(device_key.c.slot == slot))
    return GatewayView(
        slot=slot,
        unit=row.unit,
        kids=sorted(kids),
        last_seen=row.last_seen,
        health=msgspec.json.decode(row.health, type=GatewayHealth) if row.health else None,
        health_at=row.health_at,
        lanes={
            lane_key(one.epoch, one.lane): LaneView(
                stored=one.stored, archived=one.archived, announced=one.announced
            )
            for one in lanes.listed(conn, slot)
        },
    )


def events(
    conn: sa.Connection,
    *,
    after: int,
    limit: int,
    slot: str | None = None,
    wire_type: str | None = None,
) -> tuple[list[StoredEvent], int]:
    """In order of arrival behind `after`, and the last one's place."""
    query = sa.select(event.c.n, event.c.received_ns, event.c.body).where(event.c.n > after)
    if slot is not None:
        query = query.join(lane, lane.c.id == event.c.lane_id).where(lane.c.slot == slot)
    if wire_type is not None:
        query = query.where(event.c.type == wire_type)
    rows = conn.execute(query.order_by(event.c.n).limit(limit)).all()
    found = [
        StoredEvent(received_at=rfc3339(row.received_ns), event=msgspec.Raw(bytes(row.body)))
        for row in rows
    ]
    return found, (rows[-1].n if rows else after)


def irregularities(conn: sa.Connection, slot: str, *, limit: int) -> list[dict[str, str]]:
    """Newest first: kind, at, subject, detail."""
    query = (
        sa.select(irregularity)
        .where(irregularity.c.slot == slot)
        .order_by(irregularity.c.n.desc())
        .limit(limit)
    )
    return [
        {"kind": row.kind, "at": row.at, "subject": row.subject, "detail": row.detail}
        for row in conn.execute(query)
    ]
