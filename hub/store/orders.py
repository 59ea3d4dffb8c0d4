"""Reading work orders: one, a page of a filtered list, its sightings; rows into the wire's structs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import msgspec
import sqlalchemy as sa

from contract.timestamps import rfc3339
from contract.workorder import (
    OrderPlace,
    Owner,
    PolicyRef,
    Priority,
    Sighting,
    StageClock,
    State,
    WorkOrder,
)
from hub.store import order_heads
from hub.store.flow_tables import order_clock
from hub.store.order_tables import order_evidence, sighting, work_order


@dataclass(frozen=True, slots=True)
class Box:
    """West, south, east, north in degrees; `west` > `east` crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """All that are given must hold; several states mean any of them. Times are of observation."""

    states: tuple[str, ...] = ()
    kind: str | None = None
    class_code: str | None = None
    unit: str | None = None
    object: str | None = None
    since: str | None = None
    until: str | None = None
    bbox: Box | None = None


def fetch_order(conn: sa.Connection, district: str, order_id: str) -> WorkOrder | None:
    """The whole order with sightings and evidence; None for one of another district, too."""
    row = conn.execute(
        sa.select(work_order).where(work_order.c.district == district, work_order.c.id == order_id)
    ).first()
    if row is None:
        return None
    ids = order_heads.family_of(conn, order_id)
    order = _wire(row, _sightings(conn, ids), _evidence(conn, ids))
    return msgspec.structs.replace(order, stages=_stages(conn, order_id), merged=ids[1:])


def list_orders(
    conn: sa.Connection, district: str, wanted: OrderFilter, *, before: int | None, limit: int
) -> tuple[list[WorkOrder], int | None]:
    """Newest first, and the key of the next page or None. Keyed by `seq`, so that orders opened meanwhile
    neither repeat nor hide a row. Sightings and evidence are left to `fetch_order`."""
    query = sa.select(work_order).where(*_where(district, wanted))
    if before is not None:
        query = query.where(work_order.c.seq < before)
    rows = conn.execute(query.order_by(work_order.c.seq.desc()).limit(limit + 1)).all()
    more = rows[limit - 1].seq if len(rows) > limit else None
    return [_wire(row, [], []) for row in rows[:limit]], more


def count_by_state(conn: sa.Connection) -> dict[tuple[str, str], int]:
    """Orders by (district, state)."""
    rows = conn.execute(
        sa.select(work_order.c.district, work_order.c.state, sa.func.count()).group_by(
            work_order.c.district, work_order.c.state
        )
    )
    return {(district, state): number for district, state, number in rows}


def _where(district: str, wanted: OrderFilter) -> list[sa.ColumnElement[bool]]:
    column = work_order.c
    clauses = [column.district == district]
    if wanted.states:
        clauses.append(column.state.in_(wanted.states))
    equal = {
        column.kind: wanted.kind,
        column.class_code: wanted.class_code,
        column.owner_unit: wanted.unit,
        column.object: wanted.object,
    }
    clauses += [key == value for key, value in equal.items() if value is not None]
    if wanted.since is not None:
        clauses.append(column.observed_at >= wanted.since)
    if wanted.until is not None:
        clauses.append(column.observed_at < wanted.until)
    if wanted.bbox is not None:
        clauses += _inside(wanted.bbox)
    return clauses


def _inside(box: Box) -> list[sa.ColumnElement[bool]]:
    lon, lat = work_order.c.lon, work_order.c.lat
    east_west = (
        lon.between(box.west, box.east)
        if box.west <= box.east
        else sa.or_(lon >= box.west, lon <= box.east)
    )
    return [lat.between(box.south, box.north), east_west]


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


def _wire(row: sa.Row[tuple[object, ...]], seen: list[Sighting], proof: Sequence[str]) -> WorkOrder:
    return WorkOrder(
        id=row.id,
        number=row.number,
        class_code=row.class_code,
        catalogue=row.catalogue,
        kind=row.kind,
        state=cast(State, row.state),
        priority=cast(Priority, row.priority),
        place=OrderPlace(
            lon=row.lon,
            lat=row.lat,
            error_m=row.error_m,
            address=row.address,
            area=row.area,
            version=row.area_version,
        ),
        opened_at=row.opened_at,
        observed_at=row.observed_at,
        version=row.version,
        object=row.object,
        owner=_owner(row),
        due_at=row.due_at,
        ended_at=row.ended_at,
        resolved_at=row.resolved_at,
        closed_at=row.closed_at,
        detail=row.detail,
        policy=PolicyRef(name=row.policy_name, version=row.policy_version),
        sightings=seen,
        evidence=list(proof),
        rework=row.rework,
        relapse_of=row.relapse_of,
        merged_into=row.merged_into,
        reopened=row.reopened,
        returned=row.returned,
        extended=row.extended,
        shelved_until=row.shelved_until,
    )


def _owner(row: sa.Row[tuple[object, ...]]) -> Owner | None:
    if row.owner_unit is None:
        return None
    assisting = msgspec.json.decode(row.owner_assisting, type=list[str])
    return Owner(
        unit=row.owner_unit, main=row.owner_main, assisting=assisting, contractor=row.contractor
    )
