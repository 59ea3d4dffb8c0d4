"""Reading one work order with all that belongs to it, and counting them. `order_lists` reads pages."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from contract.timestamps import rfc3339
from contract.workorder import Sighting, StageClock, WorkOrder
from hub.store import order_heads
from hub.store.flow_tables import order_clock
from hub.store.order_rows import COLUMNS, order_of
from hub.store.order_tables import order_evidence, sighting, work_order

_COLUMNS = [work_order.c[name] for name in COLUMNS]


def fetch_order(conn: sa.Connection, district: str, order_id: str) -> WorkOrder | None:
    """The whole order with sightings and evidence; None for one of another district, too."""
    row = conn.execute(
        sa.select(*_COLUMNS).where(work_order.c.district == district, work_order.c.id == order_id)
    ).first()
    if row is None:
        return None
    ids = order_heads.family_of(conn, order_id)
    order = order_of(row, _sightings(conn, ids), _evidence(conn, ids))
    return msgspec.structs.replace(order, stages=_stages(conn, order_id), merged=ids[1:])


def count_by_state(conn: sa.Connection) -> dict[tuple[str, str], int]:
    """Orders by (district, state)."""
    rows = conn.execute(
        sa.select(work_order.c.district, work_order.c.state, sa.func.count()).group_by(
            work_order.c.district, work_order.c.state
        )
    )
    return {(district, state): number for district, state, number in rows}


def _sightings(conn: sa.Connection, ids: Sequence[str]) -> list[Sighting]:
    rows = conn.execute(
        sa.select(sighting)
        .where(sighting.c.order_id.in_(ids))
        .order_by(sighting.c.observed_at, sighting.c.received_at, sighting.c.event_id)
    )
    return [
        Sighting(
            source=row.source,
            event_id=row.event_id,
            observed_at=row.observed_at,
            received_at=row.received_at,
            phase=row.phase,
            problem_id=row.problem_id,
            detail=row.detail,
        )
        for row in rows
    ]


def _evidence(conn: sa.Connection, ids: Sequence[str]) -> list[str]:
    found = conn.scalars(
        sa.select(order_evidence.c.sha256)
        .where(order_evidence.c.order_id.in_(ids))
        .order_by(order_evidence.c.added_at, order_evidence.c.sha256)
    )
    return list(dict.fromkeys(found))


def _stages(conn: sa.Connection, order_id: str) -> list[StageClock]:
    rows = conn.execute(
        sa.select(order_clock)
        .where(order_clock.c.order_id == order_id)
        .order_by(order_clock.c.due_ns, order_clock.c.stage)
    )
    return [
        StageClock(
            name=row.stage,
            amount=row.amount,
            unit=row.unit,
            since=row.since,
            due_at=None if row.due_ns is None else rfc3339(row.due_ns),
            met_at=row.met_at,
            rule=row.rule,
            calendar=row.calendar,
            beyond_known=bool(row.beyond_known),
        )
        for row in rows
    ]
