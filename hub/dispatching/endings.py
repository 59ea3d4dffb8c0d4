"""What follows when a problem is over, or back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from hub.dispatching import looks_ahead
from hub.dispatching.book import Book
from hub.dispatching.detections import Detection
from hub.dispatching.scene import Scene
from hub.dispatching.states import OrderState
from hub.dispatching.transitions import HUB, Doing, carry_out
from hub.dispatching.versions import policy_of
from hub.store import order_heads
from hub.store.journal import Journal
from hub.store.order_heads import OrderHead


def ended_at(scene: Scene, order_id: str) -> str | None:
    """When the last of the order's problems ended; None while one of them lasts."""
    ends = [problem.ended_at for _, problem in scene.problems_of(order_id)]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def reopen(journal: Journal, book: Book, order_id: str, *, at: str) -> None:
    """A closed order whose problem is back."""
    head = _head(journal.conn, journal.district, order_id)
    policy = policy_of(journal.conn, journal.district, book, head)
    back = Doing(to=OrderState.DISPATCHED, actor=HUB, reason="seen again", at=at)
    carry_out(journal, book, head, policy, back)


def follow(
    journal: Journal,
    book: Book,
    scene: Scene,
    touched: Mapping[str, Sequence[Detection]],
    fresh: Collection[str] = (),
) -> None:
    """Dispatched orders of which a word of this batch ended the last problem, and `fresh` ones whose end
    was known before: by policy they are resolved, or looked at again, or wait for a person."""
    for order_id, words in touched.items():
        told = order_id in fresh or any(word.phase == "ended" for word in words)
        if not told or ended_at(scene, order_id) is None:
            continue
        head = _head(journal.conn, journal.district, order_id)
        if OrderState(head.state) is not OrderState.DISPATCHED:
            continue
        policy = policy_of(journal.conn, journal.district, book, head)
        at = words[-1].received_at
        if policy.on_end == "wait":
            continue
        reason = "whoever saw it says that it is over"
        done = Doing(to=OrderState.RESOLVED, actor=HUB, reason=reason, at=at)
        now = carry_out(journal, book, head, policy, done)
        if policy.on_end == "relook" and policy.verification.mode != "edge-relook":
            looks_ahead.plan_now(journal, now, at)


def _head(conn: sa.Connection, district: str, order_id: str) -> OrderHead:
    head = order_heads.lock_order(conn, district, order_id)
    if head is None:
        raise LookupError(f"order {order_id} is gone in the midst of its batch")
    return head
