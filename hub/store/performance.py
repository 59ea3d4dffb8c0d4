"""Performance cases and the rows behind them, statement by statement. Callers that write hold
`audit.lock` of the district."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from hub.store.duties import DutyRow
from hub.store.duty_tables import duty, performance_case
from hub.store.order_tables import work_order

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A row of `performance_case`, as it stands."""

    id: str
    district: str
    contractor: str
    lot: str
    measure: str
    period: str
    revision: int
    terms: str
    rows: str
    finding: str
    proposed_fen: int
    proposed_at: str
    told: int
    decision: str | None
    decided_fen: int | None
    decided_by: str | None
    decided_at: str | None
    reason: str | None
    since: str | None


def case_of(conn: sa.Connection, district: str, case_id: str) -> CaseRow | None:
    row = conn.execute(
        sa.select(performance_case).where(
            performance_case.c.district == district, performance_case.c.id == case_id
        )
    ).first()
    return None if row is None else CaseRow(**row._mapping)


def cases(conn: sa.Connection, district: str, *, undecided: bool = False) -> list[CaseRow]:
    """Newest period first."""
    query = sa.select(performance_case).where(performance_case.c.district == district)
    if undecided:
        query = query.where(performance_case.c.decided_at.is_(None))
    rows = conn.execute(
        query.order_by(performance_case.c.period.desc(), performance_case.c.contractor)
    )
    return [CaseRow(**row._mapping) for row in rows]


def add_case(conn: sa.Connection, row: Row) -> None:
    conn.execute(performance_case.insert(), row)


def change_case(conn: sa.Connection, case_id: str, changes: Row) -> None:
    conn.execute(
        sa.update(performance_case).where(performance_case.c.id == case_id).values(**changes)
    )


def orders_due(
    conn: sa.Connection, district: str, contractor: str, since: str, until: str
) -> Sequence[tuple[str, str, str | None]]:
    """Id, due time and resolution (None = not yet) of the contractor's orders due in [since, until).
    Void ones do not count; performance orders of its own do not either."""
    rows = conn.execute(
        sa.select(work_order.c.id, work_order.c.due_at, work_order.c.resolved_at)
        .where(work_order.c.district == district, work_order.c.contractor == contractor)
        .where(work_order.c.due_at >= since, work_order.c.due_at < until)
        .where(work_order.c.state != "void", work_order.c.kind != "performance-shortfall")
        .order_by(work_order.c.due_at, work_order.c.id)
    )
    return [(row.id, row.due_at, row.resolved_at) for row in rows]


def duties_of_lot(
    conn: sa.Connection, district: str, contractor: str, lot: str, kinds: Sequence[str]
) -> list[DutyRow]:
    """Retired ones, too: what they owed before is not forgotten."""
    rows = conn.execute(
        sa.select(duty)
        .where(duty.c.district == district, duty.c.contractor == contractor, duty.c.lot == lot)
        .where(duty.c.kind.in_(list(kinds)))
        .order_by(duty.c.n)
    )
    return [DutyRow._make(row) for row in rows]
