"""What changes work orders, statement by statement. Callers hold `audit.lock` of the district.

Rows go in by the list: a batch of words costs as many statements as one word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.sql.dml import ReturningInsert

from hub.store.bulk import BulkInsert, BulkUpdate, Lookup
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

_RAISED: sa.ColumnElement[int] = sa.literal_column("work_order.version + 1", sa.Integer)


def _earlier(one: sa.ColumnElement[str], other: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """SQLite's min(a, b) and PostgreSQL's least(a, b), in the SQL of both."""
    return sa.case((other < one, other), else_=one)


def _upsert(insert: Insert) -> Insert:
    new, old = insert.excluded, work_order.c
    return insert.on_conflict_do_update(
        index_elements=["district", "dedupe_key"],
        index_where=sa.text(OPEN_PREDICATE),
        set_={
            "observed_at": _earlier(old.observed_at, new.observed_at),
            "version": _RAISED,
        },
    )


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
_RECORD = BulkInsert(sighting, [column.name for column in sighting.columns])
_FILE = (
    sa.update(sighting)
    .where(
        sighting.c.district == sa.bindparam("at_district"),
        sighting.c.source == sa.bindparam("at_source"),
        sighting.c.problem_id == sa.bindparam("at_problem"),
        sighting.c.observed_at >= sa.bindparam("at_since"),
        sighting.c.order_id.is_(None),
    )
    .values(order_id=sa.bindparam("at_id"))
)
_OPEN: dict[tuple[str, ...], BulkInsert] = {}
_HOLDERS = Lookup(
    (work_order.c.dedupe_key, work_order.c.id),
    (work_order.c.dedupe_key,),
    f"district = :district AND {OPEN_PREDICATE}",
)
_COUNT = per_dialect(number_sequence, _count)
_PROVE = BulkInsert(
    order_evidence,
    [column.name for column in order_evidence.columns],
    lambda one: one.on_conflict_do_nothing(),
)
_STAND = BulkInsert(order_problem, [column.name for column in order_problem.columns], _standing)
_CLOCKS = BulkInsert(
    order_clock, [column.name for column in order_clock.columns if column.name != "met_at"]
)
_TIMERS = BulkInsert(timer, ["district", "order_id", "step", "round", "due_at"])
_TOLD = {
    "last_at": sa.bindparam("last", type_=sa.Text),
    "ended_at": sa.bindparam("ended", type_=sa.Text),
    "version": _RAISED,
}
_NOTE = BulkUpdate(
    sa.update(work_order).where(*_ORDER).values(_TOLD),
    """UPDATE work_order SET last_at = given.last, ended_at = given.ended, version = work_order.version + 1
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS given(at_district text, at_id text, last text, ended text)
    WHERE work_order.district = given.at_district AND work_order.id = given.at_id""",
)
# Apart from the rest: only few words are earlier than what is known, and indexes hold this time.
_BEGIN = BulkUpdate(
    sa.update(work_order).where(*_ORDER).values(observed_at=sa.bindparam("first", type_=sa.Text)),
    """UPDATE work_order SET observed_at = given.first
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given(at_district text, at_id text, first text)
    WHERE work_order.district = given.at_district AND work_order.id = given.at_id""",
)
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
        _RECORD.run(conn, rows)


def file_words(conn: sa.Connection, rows: Sequence[Row]) -> None:
    """Words without an order, observed since `at_since`, go to their problem's: `at_district`,
    `at_source`, `at_problem`, `at_id`."""
    if rows:
        conn.execute(_FILE, rows)


def put_problems(conn: sa.Connection, rows: Sequence[Row]) -> None:
    """Where each source's problem stands after these words."""
    if rows:
        _STAND.run(conn, rows)


def open_or_join(conn: sa.Connection, district: str, rows: Sequence[Row]) -> dict[str, str]:
    """The open order of each row's dedupe key: the row itself, inserted, or the one that was there; the
    partial unique index decides. Order id by dedupe key."""
    if not rows:
        return {}
    columns = tuple(rows[0])
    if columns not in _OPEN:
        _OPEN[columns] = BulkInsert(work_order, columns, _upsert)
    _OPEN[columns].run(conn, rows)
    keys = {(str(row["dedupe_key"]),) for row in rows}
    return dict(_HOLDERS.run(conn, keys, district=district))


def note_words(conn: sa.Connection, rows: Sequence[Row]) -> None:
    """What new sightings change in their orders: `at_district`, `at_id`, and the times `last` (observed)
    and `ended` (None while one of its problems lasts)."""
    if rows:
        _NOTE.run(conn, rows)


def note_earlier(conn: sa.Connection, rows: Sequence[Row]) -> None:
    """Orders that were seen before they were known to be: `at_district`, `at_id`, `first` (observed)."""
    if rows:
        _BEGIN.run(conn, rows)


def take_numbers(conn: sa.Connection, district: str, count: int, year: str) -> list[str]:
    """The next numbers of the district and year, `2026-000017`, without gaps."""
    asked = {"district": district, "year": year, "last": count}
    last = conn.execute(_COUNT[conn.dialect.name], asked).scalar_one()
    return [f"{year}-{number:06d}" for number in range(last - count + 1, last + 1)]


def add_evidence(conn: sa.Connection, rows: Sequence[Row]) -> None:
    """Names of evidence, each once for an order; the bytes may still be on their way."""
    if rows:
        _PROVE.run(conn, rows)


def proofs(order_id: str, sha256s: Iterable[str], *, at: str, by: str) -> list[Row]:
    """Rows for `add_evidence`."""
    return [
        {"order_id": order_id, "sha256": sha256, "added_at": at, "added_by": by}
        for sha256 in dict.fromkeys(sha256s)
    ]


def add_clocks(conn: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        _CLOCKS.run(conn, rows)


def add_timers(conn: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        _TIMERS.run(conn, rows)


def end_course(conn: sa.Connection, district: str, order_id: str) -> None:
    """A closed order takes no key and waits for nothing."""
    conn.execute(_CLEAR_ALIASES, {"at_district": district, "at_id": order_id})
    conn.execute(_CLEAR_TIMERS, {"at_id": order_id})


def change_order(
    conn: sa.Connection, district: str, order_id: str, changes: Row, *, raised: bool = True
) -> None:
    """Set columns and raise the version, unless a part of the same change has raised it. No columns: what
    an order shows has changed elsewhere, in its stages or its evidence."""
    raise_ = {"version": work_order.c.version + 1} if raised else {}
    conn.execute(
        sa.update(work_order).where(*_ORDER).values(**changes, **raise_),
        {"at_district": district, "at_id": order_id},
    )
