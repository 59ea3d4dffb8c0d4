"""An order's clocks as they stand, computed again whenever something may have moved them: a pause, more
time, another class or owner, a moment that a stage was waiting for. What is stored is what was computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from contract.timestamps import parse_rfc3339
from hub.deadlines import OrderClock, Pause, Stage, keep_first, merged
from hub.dispatching import timing
from hub.dispatching.book import Book
from hub.policies.policy import RESOLVE, Policy
from hub.store import course, order_heads, order_writes
from hub.store.order_heads import OrderHead

OPENED, DISPATCHED = "opened", "dispatched"


def pauses_of(conn: sa.Connection, order_id: str) -> tuple[Pause, ...]:
    return tuple(
        Pause(begin_ns=row.begin_ns, end_ns=row.end_ns, reason=row.reason)
        for row in course.pauses(conn, order_id)
    )


def clock_of(conn: sa.Connection, head: OrderHead) -> OrderClock:
    """Of the order and everything merged into it: the earliest start, and pauses of all of them."""
    found = OrderClock(start_ns=parse_rfc3339(head.opened_at), pauses=pauses_of(conn, head.id))
    for order_id in order_heads.family_of(conn, head.id)[1:]:
        opened = order_heads.opened_at(conn, order_id)
        part = OrderClock(start_ns=parse_rfc3339(opened), pauses=pauses_of(conn, order_id))
        found = merged(found, part)
    return found


def stages_of(rows: list[sa.Row[Any]]) -> tuple[Stage, ...]:
    """As the order has them: with what extensions added."""
    return tuple(
        Stage(name=row.stage, amount=row.amount, unit=row.unit, since=row.since) for row in rows
    )


def reached(rows: list[sa.Row[Any]], clock: OrderClock) -> dict[str, int]:
    """Moments that have come, each the first time (ns)."""
    moments = {OPENED: clock.start_ns}
    for row in rows:
        if row.start_ns is not None and row.since != OPENED:
            moments = keep_first(moments, row.since, row.start_ns)
        if row.met_at is not None:
            moments = keep_first(moments, row.stage, parse_rfc3339(row.met_at))
    return moments


def again(
    conn: sa.Connection,
    book: Book,
    head: OrderHead,
    policy: Policy,
    *,
    district: str,
    come: Mapping[str, str] | None = None,
    unit: str | None = None,
    fresh: bool = False,
) -> None:
    """Computes and stores all times of the order. `come`: moments that have just come, by name; `unit`:
    whose calendar, when the owner changes with it; `fresh`: the policy's own stages, because the order
    has another policy now."""
    rows = course.clocks(conn, head.id)
    clock = clock_of(conn, head)
    moments, pauses = reached(rows, clock), clock.pauses
    for name, at in (come or {}).items():
        moments = keep_first(moments, name, parse_rfc3339(at))
    stages = policy.stages if fresh or not rows else stages_of(rows)
    calendar = book.calendar_of(unit or head.owner_unit, moments[OPENED])
    planned = timing.plan(policy, moments, calendar, pauses, stages)
    if fresh:
        gone = {row.stage for row in rows} - {stage.name for stage in stages}
        course.drop_clocks(conn, head.id, sorted(gone))
    course.put_clocks(conn, timing.clock_rows(head.id, planned))
    met = {row.stage for row in rows if row.met_at is not None and row.stage != RESOLVE}
    due = timing.timers(policy, planned, calendar, pauses, met)
    course.put_timers(conn, district, head.id, due)
    order_writes.change_order(conn, district, head.id, timing.due_columns(planned), raised=False)


def lengthened(
    conn: sa.Connection, head: OrderHead, stage: str, amount: float
) -> list[dict[str, object]] | None:
    """Clock rows with the stage's time so much longer; None for a stage that the order has not."""
    rows = course.clocks(conn, head.id)
    if stage not in {row.stage for row in rows}:
        return None
    return [{**row._mapping, "amount": row.amount + amount} for row in rows if row.stage == stage]


def set_expiry(
    conn: sa.Connection,
    book: Book,
    head: OrderHead,
    policy: Policy,
    *,
    district: str,
    since: str | None = None,
) -> None:
    """Counted from its latest sighting, or from `since`, when it came into a state in which it may
    expire after that."""
    last_ns = parse_rfc3339(max(head.last_at or head.observed_at, since or ""))
    at = timing.expiry_at(policy, last_ns, book.calendar_of(head.owner_unit, last_ns))
    if at is not None:
        step = f"{timing.EXPIRE}:"
        course.put_timers(
            conn, district, head.id, {step: at}, course.rounds_of(conn, head.id, step)
        )
