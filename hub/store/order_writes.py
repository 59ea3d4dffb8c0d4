"""What changes work orders, statement by statement. Callers hold `audit.lock` of the district."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.sql.dml import ReturningInsert

from hub.store.dialects import Insert, per_dialect
from hub.store.order_tables import (
    OPEN_PREDICATE,
    number_sequence,
    order_evidence,
    sighting,
    work_order,
)

Row = Mapping[str, object]
_ORDER = (
    work_order.c.district == sa.bindparam("at_district"),
    work_order.c.id == sa.bindparam("at_id"),
)


def _earlier(one: sa.ColumnElement[str], other: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """SQLite's min(a, b) and PostgreSQL's least(a, b), in the SQL of both."""
    return sa.case((other < one, other), else_=one)


def _upsert(insert: Insert) -> ReturningInsert[str]:
    new, old = insert.excluded, work_order.c
    return insert.on_conflict_do_update(
        index_elements=["district", "dedupe_key"],
        index_where=sa.text(OPEN_PREDICATE),
        set_={
            "observed_at": _earlier(old.observed_at, new.observed_at),
            "ended_at": sa.case((old.ended_at < new.observed_at, sa.null()), else_=old.ended_at),
            "version": old.version + 1,
        },
    ).returning(work_order.c.id)


def _count(insert: Insert) -> ReturningInsert[int]:
    return insert.on_conflict_do_update(
        index_elements=["district", "year"], set_={"last": number_sequence.c.last + 1}
    ).returning(number_sequence.c.last)


# Made once: building a statement costs more than running it.
_RECORD = per_dialect(
    sighting, lambda one: one.on_conflict_do_nothing().returning(sighting.c.event_id)
)
_OPEN = per_dialect(work_order, _upsert)
_COUNT = per_dialect(number_sequence, _count)
_PROVE = per_dialect(order_evidence, lambda one: one.on_conflict_do_nothing())
_ATTACH = (
    sa.update(sighting)
    .where(sighting.c.district == sa.bindparam("at_district"))
    .where(sighting.c.event_id == sa.bindparam("at_event"))
    .values(order_id=sa.bindparam("of_order"))
)
_TOLD = sa.bindparam("told", type_=sa.Text)
_NOTED = {
    "observed_at": _earlier(work_order.c.observed_at, _TOLD),
    "version": work_order.c.version + 1,
}
_NOTE = sa.update(work_order).where(*_ORDER).values(_NOTED)
_END = _NOTE.values(
    ended_at=sa.case((work_order.c.ended_at > _TOLD, work_order.c.ended_at), else_=_TOLD)
)
_NUMBER = sa.update(work_order).where(*_ORDER).values(number=sa.bindparam("given"))


def record_sighting(conn: sa.Connection, row: Row) -> bool:
    """False when this event has been recorded before: then nothing else may follow from it."""
    return conn.execute(_RECORD[conn.dialect.name], row).first() is not None


def attach_sighting(conn: sa.Connection, district: str, event_id: str, order_id: str) -> None:
    """Name the order that a recorded sighting belongs to."""
    conn.execute(_ATTACH, {"at_district": district, "at_event": event_id, "of_order": order_id})


def open_or_join(conn: sa.Connection, row: Row) -> tuple[str, bool]:
    """The open order of (district, dedupe_key): `row` itself, inserted (True), or the one that was there,
    joined. One statement: the partial unique index decides, nobody looks first."""
    order_id: str = conn.execute(_OPEN[conn.dialect.name], row).scalar_one()
    return order_id, order_id == row["id"]


def note_sighting(
    conn: sa.Connection, district: str, order_id: str, observed_at: str, *, ended: bool
) -> None:
    """A word on an order whatever its state: it may say earlier, or that the problem is over."""
    values = {"at_district": district, "at_id": order_id, "told": observed_at}
    conn.execute(_END if ended else _NOTE, values)


def give_number(conn: sa.Connection, district: str, order_id: str, year: str) -> str:
    """The next number of the district and year, `2026-000017`, without gaps."""
    counted = conn.execute(
        _COUNT[conn.dialect.name], {"district": district, "year": year, "last": 1}
    )
    number = f"{year}-{counted.scalar_one():06d}"
    conn.execute(_NUMBER, {"at_district": district, "at_id": order_id, "given": number})
    return number


def add_evidence(
    conn: sa.Connection, order_id: str, sha256s: Iterable[str], *, at: str, by: str
) -> None:
    """Names of evidence, each once; the bytes may still be on their way."""
    rows = [
        {"order_id": order_id, "sha256": sha256, "added_at": at, "added_by": by}
        for sha256 in dict.fromkeys(sha256s)
    ]
    if rows:
        conn.execute(_PROVE[conn.dialect.name], rows)


def change_order(conn: sa.Connection, district: str, order_id: str, changes: Row) -> None:
    """Set columns and raise the version."""
    conn.execute(
        sa.update(work_order).where(*_ORDER).values(**changes, version=work_order.c.version + 1),
        {"at_district": district, "at_id": order_id},
    )
