"""When an order's second looks are due. Asking and answering: `second_looks`."""

from __future__ import annotations

import sqlalchemy as sa

from contract.timestamps import parse_rfc3339, rfc3339
from hub.dispatching.timing import AGAIN, ASK, UNANSWERED
from hub.policies.policy import Policy
from hub.store import course, looks
from hub.store.journal import Journal
from hub.store.order_heads import OrderHead

_MINUTE_NS, _HOUR_NS = 60 * 10**9, 3600 * 10**9


def plan_first(journal: Journal, head: OrderHead, policy: Policy, at: str) -> None:
    """At a random moment, so that nobody can clean up for it."""
    verification = policy.verification
    if verification.mode != "edge-relook":
        return
    spread = verification.latest_min - verification.earliest_min
    minutes = verification.earliest_min + journal.draw() * spread
    _plan(journal, head, ASK, parse_rfc3339(at) + int(minutes * _MINUTE_NS))


def plan_again(journal: Journal, head: OrderHead, policy: Policy, at: str) -> None:
    """Once more after closing, by policy; not after the look that this one is."""
    hours = policy.verification.again_after_h
    if policy.verification.mode != "edge-relook" or hours is None:
        return
    if head.reopened < course.rounds_of(journal.conn, head.id, f"{AGAIN}:"):
        return
    _plan(journal, head, AGAIN, parse_rfc3339(at) + int(hours * _HOUR_NS))


def plan_now(journal: Journal, head: OrderHead, at: str) -> None:
    """A look at once, whatever the policy's window."""
    _plan(journal, head, ASK, parse_rfc3339(at))


def call_off(conn: sa.Connection, order_id: str) -> None:
    """The order is being worked on again: what was asked about its last state is moot."""
    course.drop_timers(conn, order_id, [f"{ASK}:", f"{UNANSWERED}:", f"{AGAIN}:"])
    looks.call_off(conn, order_id)


def _plan(journal: Journal, head: OrderHead, step: str, due_ns: int) -> None:
    round_ = course.rounds_of(journal.conn, head.id, f"{step}:")
    due = {f"{step}:": rfc3339(due_ns)}
    course.put_timers(journal.conn, journal.district, head.id, due, round_)
