"""Duties, their visits and the words told about them, statement by statement. What follows from what is
decided in hub.duties. Callers that write hold `audit.lock` of the district."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from hub.store.bulk import BulkInsert
from hub.store.dialects import per_dialect
from hub.store.duty_tables import duty, duty_progress, duty_visit, duty_word

Row = Mapping[str, object]


class DutyRow(NamedTuple):
    """A row of `duty`, as it stands: its columns in their order."""

    n: int
    district: str
    kind: str
    object: str
    lon: float | None
    lat: float | None
    address: str | None
    unit: str | None
    contractor: str | None
    lot: str | None
    first_due_at: str
    register_done_at: str | None
    last_done_at: str | None
    next_due_at: str
    late_at: str
    reason: str
    tries: int
    revisit_at: str | None
    computed_by: str
    state: str
    wake_at: str | None
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRow:
    duty_n: int
    id: str
    made_at: str
    recorded_at: str
    outcome: str
    covered: float | None
    by: str
    note: str | None
    evidence: str
    struck_at: str | None
    struck_why: str | None


_OF_KIND = (
    duty.c.district == sa.bindparam("of_district"),
    duty.c.kind == sa.bindparam("of_kind"),
)
_BEHIND = sa.or_(
    duty.c.wake_at > sa.bindparam("after_wake"),
    sa.and_(
        duty.c.wake_at == sa.bindparam("after_wake"),
        duty.c.n > sa.bindparam("after_n", type_=sa.BigInteger),
    ),
)
# The index's own predicate stands in the query, so that both databases see that it serves.
_TO_WAKE = (
    sa.select(duty.c.wake_at, duty.c.n)
    .where(*_OF_KIND, duty.c.wake_at.is_not(None))
    .where(duty.c.wake_at >= sa.bindparam("after_wake"))
    .where(duty.c.wake_at <= sa.bindparam("now"), _BEHIND)
    .order_by(duty.c.wake_at, duty.c.n)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_S = TypeVar("_S")


def _by_numbers(build: Callable[[sa.ColumnElement[bool]], _S]) -> dict[str, _S]:
    """A statement about the duties numbered `ns`, by dialect name. PostgreSQL takes the numbers as one
    array: a parameter for each costs more to write down than the rows to read."""
    array = sa.bindparam("ns", type_=postgresql.ARRAY(sa.BigInteger))
    return {
        "sqlite": build(duty.c.n.in_(sa.bindparam("ns", expanding=True))),
        "postgresql": build(duty.c.n == sa.any_(array)),
    }


_CLAIM = _by_numbers(
    lambda among: (
        sa.select(duty)
        .where(among, duty.c.wake_at <= sa.bindparam("now"))
        .order_by(duty.c.n)
        .with_for_update(skip_locked=True)
    )
)
_FIND = (
    sa.select(duty).where(*_OF_KIND, duty.c.object == sa.bindparam("of_object")).with_for_update()
)
_TOLD = _by_numbers(
    lambda among: (
        sa.update(duty)
        .where(among)
        .values(state="open", round=duty.c.round + 1, wake_at=sa.bindparam("next_wake"))
    )
)
_WORDS = BulkInsert(duty_word, [column.name for column in duty_word.columns])
_STAND = (
    sa.update(duty)
    .where(duty.c.n == sa.bindparam("at_n"))
    .values(
        {
            name: sa.bindparam(f"new_{name}")
            for name in (
                *("last_done_at", "next_due_at", "late_at", "reason", "tries", "revisit_at"),
                *("computed_by", "state", "wake_at", "round"),
            )
        }
    )
)
_VISITS = (
    sa.select(duty_visit)
    .where(duty_visit.c.duty_n.in_(sa.bindparam("ns", expanding=True)))
    .order_by(duty_visit.c.duty_n, duty_visit.c.made_at, duty_visit.c.id)
)
_VISIT = per_dialect(
    duty_visit, lambda one: one.on_conflict_do_nothing().returning(duty_visit.c.id)
)
_PROBLEMS = _by_numbers(
    lambda among: (
        sa.select(duty_word.c.duty_n, duty_word.c.problem_id)
        .join(duty, sa.and_(duty.c.n == duty_word.c.duty_n, duty.c.round == duty_word.c.round))
        .where(among)
    )
)
_LISTED = per_dialect(
    duty,
    lambda one: one.on_conflict_do_update(
        index_elements=["district", "kind", "object"],
        set_={
            name: one.excluded[name]
            for name in ("lon", "lat", "address", "unit", "contractor", "lot")
        }
        | {
            "register_done_at": one.excluded.register_done_at,
            "first_due_at": one.excluded.first_due_at,
        },
    ),
)
_PROGRESS = per_dialect(
    duty_progress,
    lambda one: one.on_conflict_do_update(
        index_elements=["district"],
        set_={name: one.excluded[name] for name in ("computed_by", "through_n", "whole")},
    ),
)


class Waking(NamedTuple):
    """The number of a duty that is to be looked at, and since when."""

    wake_at: str
    n: int


START = Waking("", 0)


def waking(
    conn: sa.Connection, district: str, kind: str, *, now: str, after: Waking, most: int
) -> list[Waking]:
    """Up to `most` that are to be looked at by `now`, the longest overdue first, behind `after`. Read from
    the index alone; nothing is held."""
    wanted = {
        "of_district": district,
        "of_kind": kind,
        "now": now,
        "most": most,
        "after_wake": after.wake_at,
        "after_n": after.n,
    }
    return [Waking._make(row) for row in conn.execute(_TO_WAKE, wanted).all()]


def claim(conn: sa.Connection, ns: Sequence[int], *, now: str) -> list[DutyRow]:
    """Those of `ns` that are still to be looked at by `now`, by number; held until the transaction ends.
    Rows that another transaction holds are left to it (PostgreSQL; SQLite has one writer)."""
    found = conn.execute(_CLAIM[conn.dialect.name], {"ns": list(ns), "now": now})
    return [_row(row) for row in found.all()]


def find(conn: sa.Connection, district: str, kind: str, object_id: str) -> DutyRow | None:
    """Held until the transaction ends."""
    wanted = {"of_district": district, "of_kind": kind, "of_object": object_id}
    row = conn.execute(_FIND, wanted).first()
    return None if row is None else _row(row)


def mark_told(conn: sa.Connection, ns: Sequence[int], next_wake: str | None) -> None:
    """They leave the sweep until `next_wake`, or for good."""
    conn.execute(_TOLD[conn.dialect.name], {"ns": list(ns), "next_wake": next_wake})


def add_words(conn: sa.Connection, rows: Sequence[Row]) -> None:
    """IntegrityError for a round that was told before."""
    if rows:
        _WORDS.run(conn, rows)


def problems(conn: sa.Connection, ns: Sequence[int]) -> dict[int, str]:
    """The problem of each duty's last word."""
    if not ns:
        return {}
    found = conn.execute(_PROBLEMS[conn.dialect.name], {"ns": list(ns)})
    return {row.duty_n: row.problem_id for row in found}


def stand(conn: sa.Connection, changes: Sequence[tuple[int, Row]]) -> None:
    """What follows from visits and kind, and what has been told, anew."""
    if changes:
        rows = [
            {"at_n": n, **{f"new_{name}": value for name, value in row.items()}}
            for n, row in changes
        ]
        conn.execute(_STAND, rows)


def visits(conn: sa.Connection, ns: Sequence[int]) -> dict[int, list[VisitRow]]:
    """Struck ones, too; by the time they were made."""
    found: dict[int, list[VisitRow]] = {}
    if ns:
        for row in conn.execute(_VISITS, {"ns": list(ns)}):
            found.setdefault(row.duty_n, []).append(VisitRow(**row._mapping))
    return found


def add_visit(conn: sa.Connection, row: Row) -> bool:
    """False when a visit of this id is there already: nothing was changed."""
    return conn.execute(_VISIT[conn.dialect.name], row).first() is not None


def strike_visit(conn: sa.Connection, n: int, visit_id: str, *, at: str, why: str) -> bool:
    """False when there is none that still counts."""
    done = conn.execute(
        sa.update(duty_visit)
        .where(duty_visit.c.duty_n == n, duty_visit.c.id == visit_id)
        .where(duty_visit.c.struck_at.is_(None))
        .values(struck_at=at, struck_why=why)
    )
    return done.rowcount == 1


def list_many(conn: sa.Connection, rows: Sequence[Row]) -> None:
    """Put on the list, or what the register says of them renewed; `stand` them anew afterwards."""
    if rows:
        conn.execute(_LISTED[conn.dialect.name], rows)


def find_many(
    conn: sa.Connection, district: str, kind: str, objects: Iterable[str]
) -> list[DutyRow]:
    query = sa.select(duty).where(duty.c.district == district, duty.c.kind == kind)
    return [_row(row) for row in conn.execute(query.where(duty.c.object.in_(list(objects))))]


def outdated(
    conn: sa.Connection, district: str, by_kind: Mapping[str, str], *, behind_n: int, most: int
) -> list[DutyRow]:
    """Duties of these kinds that were not computed by what now computes them, with a number above
    `behind_n`, in order; held until the transaction ends. One walk over the table for all calls together."""
    query = (
        sa.select(duty)
        .where(duty.c.district == district, duty.c.n > behind_n)
        .where(duty.c.kind.in_(list(by_kind)), duty.c.state != "retired")
        .where(duty.c.computed_by.not_in(list(by_kind.values())))
        .order_by(duty.c.n)
        .limit(most)
        .with_for_update()
    )
    return [_row(row) for row in conn.execute(query)]


@dataclass(frozen=True, slots=True)
class Progress:
    """Duties through this number are computed `by` that; `whole`: all of them."""

    by: str
    through_n: int
    whole: bool


def progress(conn: sa.Connection, district: str) -> Progress | None:
    row = conn.execute(sa.select(duty_progress).where(duty_progress.c.district == district)).first()
    return None if row is None else Progress(row.computed_by, row.through_n, bool(row.whole))


def put_progress(conn: sa.Connection, district: str, now: Progress) -> None:
    row = {
        "district": district,
        "computed_by": now.by,
        "through_n": now.through_n,
        "whole": int(now.whole),
    }
    conn.execute(_PROGRESS[conn.dialect.name], row)


def _row(row: sa.Row[tuple[object, ...]]) -> DutyRow:
    return DutyRow._make(row)
