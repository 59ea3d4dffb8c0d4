"""What changes work orders, statement by statement. Callers hold `audit.lock` of the district.

Rows go in by the list: a batch of words costs as many statements as one word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.sql.dml import ReturningInsert

from hub.store.dialects import Insert, per_dialect
from hub.store.flow_tables import order_alias, order_clock, order_problem, timer
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


def _upsert(insert: Insert) -> ReturningInsert[tuple[str, str]]:
    new, old = insert.excluded, work_order.c
    return insert.on_conflict_do_update(
        index_elements=["district", "dedupe_key"],
        index_where=sa.text(OPEN_PREDICATE),
        set_={
            "observed_at": _earlier(old.observed_at, new.observed_at),
            "version": old.version + 1,
        },
    ).returning(work_order.c.dedupe_key, work_order.c.id)


def _count(insert: Insert) -> ReturningInsert[int]:
    return insert.on_conflict_do_update(
        index_elements=["district", "year"],
        set_={"last": number_sequence.c.last + insert.excluded.last},
    ).returning(number_sequence.c.last)


def _standing(insert: Insert) -> Insert:
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=["district", "problem_id", "source"],
        set_={
            "order_id": new.order_id,
            "looks": new.looks,
            "first_at": new.first_at,
            "last_at": new.last_at,
            "ended_at": new.ended_at,
        },
    )


# Made once: building a statement costs more than running it.
_RECORD = sighting.insert()
_FILE = (
    sa.update(sighting)
    .where(
        sighting.c.district == sa.bindparam("at_district"),
        sighting.c.source == sa.bindparam("at_source"),
        sighting.c.problem_id == sa.bindparam("at_problem"),
        sighting.c.order_id.is_(None),
    )
    .values(order_id=sa.bindparam("at_id"))
)
_OPEN = per_dialect(work_order, _upsert)
_COUNT = per_dialect(number_sequence, _count)
_PROVE = per_dialect(order_evidence, lambda one: one.on_conflict_do_nothing())
_STAND = per_dialect(order_problem, _standing)
_CLOCKS, _TIMERS = order_clock.insert(), timer.insert()
_TOLD = {
    "observed_at": _earlier(work_order.c.observed_at, sa.bindparam("first", type_=sa.Text)),
    "last_at": sa.bindparam("last", type_=sa.Text),
    "ended_at": sa.bindparam("ended", type_=sa.Text),
    "version": work_order.c.version + 1,
}
_NOTE = sa.update(work_order).where(*_ORDER).values(_TOLD)
_NUMBER = sa.update(work_order).where(*_ORDER).values(number=sa.bindparam("given"))
_CLEAR_ALIASES = sa.delete(order_alias).where(
    order_alias.c.district == sa.bindparam("at_district"),
    order_alias.c.order_id == sa.bindparam("at_id"),
)
_CLEAR_TIMERS = sa.delete(timer).where(
    timer.c.order_id == sa.bindparam("at_id"), timer.c.fired_at.is_(None)
)


def record_sightings(conn: sa.Connection, rows: Sequence[Row]) -> None:
    """Each event once: the primary key refuses a second."""
    if rows:
        conn.execute(_RECORD, rows)


def file_words(conn: sa.Connection, rows: Sequence[Row]) -> None:
    """Words without an order go to their problem's: `at_district`, `at_source`, `at_problem`, `at_id`."""
    if rows:
        conn.execute(_FILE, rows)


def put_problems(conn: sa.Connection, rows: Sequence[Row]) -> None:
    """Where each source's problem stands after these words."""
    if rows:
        conn.execute(_STAND[conn.dialect.name], rows)


def open_or_join(conn: sa.Connection, rows: Sequence[Row]) -> dict[str, str]:
    """The open order of each row's (district, dedupe_key): the row itself, inserted, or the one that was
    there. One statement: the partial unique index decides. Order id by dedupe key."""
    if not rows:
        return {}
    found = conn.execute(_OPEN[conn.dialect.name], rows)
    return {row.dedupe_key: row.id for row in found}


def note_words(conn: sa.Connection, rows: Sequence[Row]) -> None:
    """What new sightings change in their orders: `at_district`, `at_id`, and the times `first`, `last`
    (observed) and `ended` (None while one of its problems lasts)."""
    if rows:
        conn.execute(_NOTE, rows)


def give_numbers(
    conn: sa.Connection, district: str, order_ids: Sequence[str], year: str
) -> list[str]:
    """The next numbers of the district and year, `2026-000017`, without gaps, in the order given."""
    if not order_ids:
        return []
    asked = {"district": district, "year": year, "last": len(order_ids)}
    last = conn.execute(_COUNT[conn.dialect.name], asked).scalar_one()
    first = last - len(order_ids) + 1
    numbers = [f"{year}-{number:06d}" for number in range(first, last + 1)]
    rows = [
        {"at_district": district, "at_id": order_id, "given": number}
        for order_id, number in zip(order_ids, numbers, strict=True)
    ]
    conn.execute(_NUMBER, rows)
    return numbers


def add_evidence(conn: sa.Connection, rows: Sequence[Row]) -> None:
    """Names of evidence, each once for an order; the bytes may still be on their way."""
    if rows:
        conn.execute(_PROVE[conn.dialect.name], rows)


def proofs(order_id: str, sha256s: Iterable[str], *, at: str, by: str) -> list[Row]:
    """Rows for `add_evidence`."""
    return [
        {"order_id": order_id, "sha256": sha256, "added_at": at, "added_by": by}
        for sha256 in dict.fromkeys(sha256s)
    ]


def add_clocks(conn: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        conn.execute(_CLOCKS, rows)


def add_timers(conn: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        conn.execute(_TIMERS, rows)


def end_course(conn: sa.Connection, district: str, order_id: str) -> None:
    """A closed order takes no key and waits for nothing."""
    conn.execute(_CLEAR_ALIASES, {"at_district": district, "at_id": order_id})
    conn.execute(_CLEAR_TIMERS, {"at_id": order_id})


def change_order(
    conn: sa.Connection, district: str, order_id: str, changes: Row, *, raised: bool = True
) -> None:
    """Set columns and raise the version, unless a part of the same change has raised it."""
    raise_ = {"version": work_order.c.version + 1} if raised else {}
    conn.execute(
        sa.update(work_order).where(*_ORDER).values(**changes, **raise_),
        {"at_district": district, "at_id": order_id},
    )
