"""Clocks, pauses and timers of one order, row by row. Callers hold `audit.lock` of the district."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from hub.store.dialects import Insert, per_dialect
from hub.store.flow_tables import order_clock, order_pause, timer
from hub.store.order_heads import family_of

Row = Mapping[str, object]


def _put(insert: Insert) -> Insert:
    new = insert.excluded
    still = sa.case((timer.c.fired_at.is_(None), new.due_at), else_=timer.c.due_at)
    return insert.on_conflict_do_update(
        index_elements=["order_id", "step", "round"], set_={"due_at": still}
    )


def _put_clock(insert: Insert) -> Insert:
    names = ("since", "amount", "unit", "start_ns", "due_ns", "rule", "calendar", "beyond_known")
    return insert.on_conflict_do_update(
        index_elements=["order_id", "stage"], set_={name: insert.excluded[name] for name in names}
    )


# Made once: building a statement costs more than running it.
_PUT_TIMERS = per_dialect(timer, _put)
_PUT_CLOCKS = per_dialect(order_clock, _put_clock)
_CLOCKS = sa.select(order_clock).where(order_clock.c.order_id == sa.bindparam("of_id"))
_PAUSES = (
    sa.select(order_pause)
    .where(order_pause.c.order_id == sa.bindparam("of_id"))
    .order_by(order_pause.c.begin_ns, order_pause.c.n)
)
_MEET = (
    sa.update(order_clock)
    .where(
        order_clock.c.order_id == sa.bindparam("of_id"),
        order_clock.c.stage == sa.bindparam("of_stage"),
    )
    .values(met_at=sa.bindparam("at", type_=sa.Text))
)


def clocks(conn: sa.Connection, order_id: str) -> list[sa.Row[Any]]:
    """Rows of `order_clock`."""
    return list(conn.execute(_CLOCKS, {"of_id": order_id}))


def put_clocks(conn: sa.Connection, rows: Sequence[Row]) -> None:
    """New rows, or the new times of known ones; when a stage was met is left alone."""
    if rows:
        conn.execute(_PUT_CLOCKS[conn.dialect.name], rows)


def drop_clocks(conn: sa.Connection, order_id: str, stages: Sequence[str]) -> None:
    conn.execute(
        sa.delete(order_clock).where(
            order_clock.c.order_id == order_id, order_clock.c.stage.in_(stages)
        )
    )


def meet(conn: sa.Connection, order_id: str, stage: str, at: str | None) -> None:
    """None: what was met is to be met again."""
    conn.execute(_MEET, {"of_id": order_id, "of_stage": stage, "at": at})


def pauses(conn: sa.Connection, order_id: str) -> list[sa.Row[Any]]:
    """Rows of `order_pause`, in order of their beginning."""
    return list(conn.execute(_PAUSES, {"of_id": order_id}))


def add_pauses(conn: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        conn.execute(order_pause.insert(), rows)


def clear_pauses(conn: sa.Connection, order_id: str) -> None:
    conn.execute(sa.delete(order_pause).where(order_pause.c.order_id == order_id))


def end_pauses(conn: sa.Connection, order_id: str, end_ns: int) -> None:
    """Those that still last; of what is part of the order, what began with one of them. None ends before
    it began, whatever the hub's clock did."""
    open_ = order_pause.c.end_ns.is_(None)
    own = sa.select(order_pause.c.begin_ns).where(order_pause.c.order_id == order_id, open_)
    begun = list(conn.scalars(own))
    conn.execute(
        sa.update(order_pause)
        .where(
            order_pause.c.order_id.in_(family_of(conn, order_id)),
            order_pause.c.begin_ns.in_(begun),
            open_,
        )
        .values(
            end_ns=sa.case((order_pause.c.begin_ns > end_ns, order_pause.c.begin_ns), else_=end_ns)
        )
    )


def put_timers(
    conn: sa.Connection,
    district: str,
    order_id: str,
    due: Mapping[str, str | None],
    round_: int = 0,
) -> None:
    """Due times by step. A step that has been taken stays taken."""
    rows = [
        {
            "district": district,
            "order_id": order_id,
            "step": step,
            "round": round_,
            "due_at": at,
        }
        for step, at in due.items()
    ]
    if rows:
        conn.execute(_PUT_TIMERS[conn.dialect.name], rows)


def drop_timers(conn: sa.Connection, order_id: str, steps: Sequence[str]) -> None:
    """Those of these steps that have not been taken."""
    conn.execute(
        sa.delete(timer).where(
            timer.c.order_id == order_id, timer.c.step.in_(steps), timer.c.fired_at.is_(None)
        )
    )


def clear_timers(conn: sa.Connection, order_id: str, keep: Sequence[str] = ()) -> None:
    """All that have not been taken, but for these steps."""
    conn.execute(
        sa.delete(timer).where(
            timer.c.order_id == order_id, timer.c.step.not_in(keep), timer.c.fired_at.is_(None)
        )
    )


def rounds_of(conn: sa.Connection, order_id: str, step: str) -> int:
    """How often the step was taken: the round in which it is set next, or set already."""
    found = conn.scalar(
        sa.select(sa.func.count())
        .select_from(timer)
        .where(timer.c.order_id == order_id, timer.c.step == step, timer.c.fired_at.is_not(None))
    )
    return int(found or 0)
