"""What changes work orders, statement by statement. Callers hold `audit.lock` of the district."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from hub.store.dialects import insert_into
from hub.store.order_tables import (
    OPEN_PREDICATE,
    number_sequence,
    order_evidence,
    sighting,
    work_order,
)

Row = Mapping[str, object]


def record_sighting(conn: sa.Connection, row: Row) -> bool:
    """False when this event has been recorded before: then nothing else may follow from it."""
    insert = insert_into(conn, sighting).values(row).on_conflict_do_nothing()
    return conn.execute(insert.returning(sighting.c.event_id)).first() is not None


def attach_sighting(conn: sa.Connection, district: str, event_id: str, order_id: str) -> None:
    """Name the order that a recorded sighting belongs to."""
    conn.execute(
        sa.update(sighting)
        .where(sighting.c.district == district, sighting.c.event_id == event_id)
        .values(order_id=order_id)
    )


def open_or_join(conn: sa.Connection, row: Row) -> tuple[str, bool]:
    """The open order of (district, dedupe_key): `row` itself, inserted (True), or the one that was there,
    joined. One statement: the partial unique index decides, nobody looks first."""
    insert = insert_into(conn, work_order).values(row)
    new, old = insert.excluded, work_order.c
    upsert = insert.on_conflict_do_update(
        index_elements=["district", "dedupe_key"],
        index_where=sa.text(OPEN_PREDICATE),
        set_={
            "observed_at": _earlier(old.observed_at, new.observed_at),
            "ended_at": sa.case((old.ended_at < new.observed_at, sa.null()), else_=old.ended_at),
            "version": old.version + 1,
        },
    )
    order_id = conn.execute(upsert.returning(work_order.c.id)).scalar_one()
    return order_id, order_id == row["id"]


def note_sighting(
    conn: sa.Connection, district: str, order_id: str, observed_at: str, *, ended: bool
) -> None:
    """A word on an order whatever its state: it may say earlier, or that the problem is over."""
    told = sa.literal(observed_at, sa.Text)
    changes: dict[str, object] = {
        "observed_at": _earlier(work_order.c.observed_at, told),
        "version": work_order.c.version + 1,
    }
    if ended:
        later = work_order.c.ended_at > told
        changes["ended_at"] = sa.case((later, work_order.c.ended_at), else_=told)
    conn.execute(sa.update(work_order).where(*_is(district, order_id)).values(changes))


def give_number(conn: sa.Connection, district: str, order_id: str, year: str) -> str:
    """The next number of the district and year, `2026-000017`, without gaps."""
    first = insert_into(conn, number_sequence).values(district=district, year=year, last=1)
    counted = first.on_conflict_do_update(
        index_elements=["district", "year"], set_={"last": number_sequence.c.last + 1}
    ).returning(number_sequence.c.last)
    number = f"{year}-{conn.execute(counted).scalar_one():06d}"
    conn.execute(sa.update(work_order).where(*_is(district, order_id)).values(number=number))
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
        conn.execute(insert_into(conn, order_evidence).values(rows).on_conflict_do_nothing())


def change_order(conn: sa.Connection, district: str, order_id: str, changes: Row) -> None:
    """Set columns and raise the version."""
    conn.execute(
        sa.update(work_order)
        .where(*_is(district, order_id))
        .values(**changes, version=work_order.c.version + 1)
    )


def _is(district: str, order_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return work_order.c.district == district, work_order.c.id == order_id


def _earlier(one: sa.ColumnElement[str], other: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """SQLite's min(a, b) and PostgreSQL's least(a, b), in the SQL of both."""
    return sa.case((other < one, other), else_=one)
