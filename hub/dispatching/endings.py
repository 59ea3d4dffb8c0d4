"""What follows when a problem is over, or back: after it was closed, or only said to be resolved."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from hub.dispatching import looks_ahead
from hub.dispatching.book import Book
from hub.dispatching.correlating import seen_since
from hub.dispatching.detections import Detection
from hub.dispatching.scene import Scene
from hub.dispatching.states import OrderState, back_to
from hub.dispatching.transitions import HUB, Doing, carry_out
from hub.dispatching.versions import policy_of
from hub.store import order_heads
from hub.store.journal import Journal
from hub.store.order_heads import OrderHead

_ENDS_BY_ITSELF = frozenset({OrderState.DISPATCHED, OrderState.NO_OWNER})


def ended_at(scene: Scene, order_id: str) -> str | None:
    """When the last of the order's problems ended; None while one of them lasts."""
    ends = [problem.ended_at for _, problem in scene.problems_of(order_id)]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def reopen(journal: Journal, book: Book, order_id: str, *, at: str) -> None:
    """A closed order whose problem is back."""
    head = _head(journal.conn, journal.district, order_id)
    _begin_again(journal, book, head, "seen again", at)


def follow(
    journal: Journal,
    book: Book,
    scene: Scene,
    touched: Mapping[str, Sequence[Detection]],
    fresh: Collection[str] = (),
) -> None:
    """Resolved orders of which a word of this batch shows that they are not; then dispatched ones, and
    those that nobody owns, of which a word ended the last problem, and `fresh` ones whose end was known
    before: by policy they are resolved, or looked at again, or wait for a person."""
    for order_id, words in touched.items():
        if scene.orders[order_id].state is OrderState.RESOLVED:
            _send_back(journal, book, order_id, words)
        told = order_id in fresh or any(word.phase == "ended" for word in words)
        if not told or ended_at(scene, order_id) is None:
            continue
        head = _head(journal.conn, journal.district, order_id)
        if OrderState(head.state) not in _ENDS_BY_ITSELF:
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


def _send_back(journal: Journal, book: Book, order_id: str, words: Sequence[Detection]) -> None:
    """Rework (返工), once for each resolution: the order is no longer resolved then."""
    head = _head(journal.conn, journal.district, order_id)
    if head.resolved_at is None:
        return
    policy = policy_of(journal.conn, journal.district, book, head)
    word = seen_since(head.resolved_at, words, policy)
    if word is not None:
        reason = f"seen again at {word.observed_at}: {word.event_id}"
        _begin_again(journal, book, head, reason, word.received_at)


def _begin_again(journal: Journal, book: Book, head: OrderHead, reason: str, at: str) -> None:
    policy = policy_of(journal.conn, journal.district, book, head)
    to = back_to(owned=head.owner_unit is not None)
    carry_out(journal, book, head, policy, Doing(to=to, actor=HUB, reason=reason, at=at))


def _head(conn: sa.Connection, district: str, order_id: str) -> OrderHead:
    head = order_heads.lock_order(conn, district, order_id)
    if head is None:
        raise LookupError(f"order {order_id} is gone in the midst of its batch")
    return head
