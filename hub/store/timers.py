"""Timers that are due: claimed, settled, put off. What sets them is `course`.

Callers hold `audit.lock` of the district; on PostgreSQL rows that another transaction holds all the same
are left to it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields

import sqlalchemy as sa

from hub.store.flow_tables import order_clock, order_pause, timer

_MAX_OUTCOME_CHARS = 500


@dataclass(frozen=True, slots=True)
class TimerRow:
    """A step that is due: columns of `timer` by their names. `tries` have failed."""

    n: int
    order_id: str
    step: str
    round: int
    due_at: str
    tries: int


@dataclass(frozen=True, slots=True)
class StageRow:
    """As much of a stage's clock as a step asks for: columns of `order_clock`."""

    order_id: str
    stage: str
    due_ns: int | None
    met_at: str | None


@dataclass(frozen=True, slots=True)
class Mark:
    """What came of a step. `waits`: it is to be taken when its clock goes on."""

    n: int
    outcome: str
    waits: bool = False


# Made once: building a statement costs more than running it. The predicate on fired_at is a literal: so
# is the index's.
_DUE = (
    timer.c.district == sa.bindparam("of_district"),
    timer.c.due_at <= sa.bindparam("now"),
    sa.text("fired_at IS NULL"),
)
_ANY = sa.select(timer.c.n).where(*_DUE).limit(1)
_CLAIM = (
    sa.select(*(timer.c[one.name] for one in fields(TimerRow)))
    .where(*_DUE)
    .order_by(timer.c.due_at, timer.c.n)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
_TAKE = (
    sa.update(timer)
    .where(timer.c.n == sa.bindparam("of_n"), *_DUE)
    .values(fired_at=sa.bindparam("now"))
)
_TOLD = (
    sa.update(timer)
    .where(timer.c.n == sa.bindparam("of_n"))
    .values(
        fired_at=sa.bindparam("at", type_=sa.Text),
        due_at=sa.case(
            (sa.bindparam("waiting", type_=sa.Integer) == 1, sa.null()), else_=timer.c.due_at
        ),
        outcome=sa.bindparam("said", type_=sa.Text),
    )
)
_STAGES = sa.select(*(order_clock.c[one.name] for one in fields(StageRow))).where(
    order_clock.c.order_id.in_(sa.bindparam("ids", expanding=True))
)
_PAUSED = (
    sa.select(order_pause.c.order_id)
    .where(
        order_pause.c.order_id.in_(sa.bindparam("ids", expanding=True)),
        order_pause.c.end_ns.is_(None),
    )
    .distinct()
)


def any_due(conn: sa.Connection, district: str, now: str) -> bool:
    """For whoever does not hold the district: not to take its lock for nothing."""
    return conn.execute(_ANY, {"of_district": district, "now": now}).first() is not None


def claim(conn: sa.Connection, district: str, now: str, most: int) -> list[TimerRow]:
    """The earliest first."""
    asked = {"of_district": district, "now": now, "most": most}
    return [TimerRow(*row) for row in conn.execute(_CLAIM, asked)]


def take(conn: sa.Connection, district: str, n: int, now: str) -> bool:
    """Before its effect, so that what the effect sets is a step of its own. False: it is not due any
    more, something before it has seen to that."""
    asked = {"of_district": district, "of_n": n, "now": now}
    return conn.execute(_TAKE, asked).rowcount == 1


def settle(conn: sa.Connection, marks: Sequence[Mark], now: str) -> None:
    rows = [
        {
            "of_n": one.n,
            "at": None if one.waits else now,
            "waiting": int(one.waits),
            "said": one.outcome[:_MAX_OUTCOME_CHARS],
        }
        for one in marks
    ]
    if rows:
        conn.execute(_TOLD, rows)


def put_off(conn: sa.Connection, n: int, *, until: str, tries: int, why: str) -> None:
    """It failed `tries` times, and is tried again."""
    conn.execute(
        sa.update(timer)
        .where(timer.c.n == n)
        .values(fired_at=None, due_at=until, tries=tries, outcome=why[:_MAX_OUTCOME_CHARS])
    )


def stages(conn: sa.Connection, order_ids: Collection[str]) -> list[StageRow]:
    found = conn.execute(_STAGES, {"ids": sorted(order_ids)})
    return [StageRow(*row) for row in found]


def paused(conn: sa.Connection, order_ids: Collection[str]) -> set[str]:
    """Orders with a pause that lasts."""
    return set(conn.scalars(_PAUSED, {"ids": sorted(order_ids)}))
