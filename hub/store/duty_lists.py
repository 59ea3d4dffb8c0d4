"""Lists of duties for people: what is late, what was never done. Pages are keyed: no row is told twice."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from hub.store.duties import DutyRow
from hub.store.duty_tables import duty

LIVE = duty.c.state != "retired"


@dataclass(frozen=True, slots=True)
class Page:
    """`after` begins the next page; None: this was the last."""

    rows: list[DutyRow]
    after: tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class Count:
    kind: str
    listed: int
    never: int
    late: int
    open: int


def late(
    conn: sa.Connection,
    district: str,
    kind: str,
    *,
    now: str,
    after: tuple[str, int] = ("", 0),
    most: int = 50,
) -> Page:
    """Due by now, the longest first; the grace is not waited for."""
    query = (
        sa.select(duty)
        .where(duty.c.district == district, duty.c.kind == kind, LIVE)
        .where(duty.c.next_due_at <= now, duty.c.next_due_at >= after[0])
        .where(
            sa.or_(
                duty.c.next_due_at > after[0],
                sa.and_(duty.c.next_due_at == after[0], duty.c.n > after[1]),
            )
        )
        .order_by(duty.c.next_due_at, duty.c.n)
    )
    return _page(conn, query, most)


def never_done(
    conn: sa.Connection, district: str, kind: str, *, after_n: int = 0, most: int = 50
) -> Page:
    """In the order in which they were listed."""
    query = (
        sa.select(duty)
        .where(duty.c.district == district, duty.c.kind == kind, LIVE)
        .where(duty.c.last_done_at.is_(None), duty.c.n > after_n)
        .order_by(duty.c.n)
    )
    return _page(conn, query, most)


def counts(conn: sa.Connection, district: str, now: str) -> list[Count]:
    """Reads every duty of the district."""
    rows = conn.execute(
        sa.select(
            duty.c.kind,
            sa.func.count(),
            sa.func.count().filter(duty.c.last_done_at.is_(None)),
            sa.func.count().filter(duty.c.next_due_at <= now),
            sa.func.count().filter(duty.c.state == "open"),
        )
        .where(duty.c.district == district, LIVE)
        .group_by(duty.c.kind)
        .order_by(duty.c.kind)
    )
    return [Count(*row) for row in rows]


def _page(conn: sa.Connection, query: sa.Select[tuple[object, ...]], most: int) -> Page:
    rows = [DutyRow._make(row) for row in conn.execute(query.limit(most + 1))]
    more = len(rows) > most
    last = rows[most - 1] if more else None
    return Page(rows[:most], None if last is None else (last.next_due_at, last.n))
