"""Two orders that are one problem, and the way back. Both keep their numbers, sightings, evidence and
reporters: the merged one is void and points at the whole, which answers for its key from then on."""

from __future__ import annotations

import sqlalchemy as sa

from contract.timestamps import parse_rfc3339
from contract.workorder import Merge, Unmerge
from hub.dispatching import course as clocks
from hub.dispatching.errors import CannotBe, NoSuchOrder
from hub.dispatching.moves import Desk, open_desk
from hub.dispatching.states import FINAL, OrderState
from hub.dispatching.timing import UNSHELVE
from hub.dispatching.versions import policy_of
from hub.store import course, order_heads, order_writes, parts
from hub.store.order_heads import OrderHead
from hub.store.tokens import Actor

_MERGEABLE = frozenset(OrderState) - FINAL - {OrderState.RESOLVED}


def merge_orders(
    conn: sa.Connection, order_id: str, merge: Merge, *, actor: Actor, version: int | None, at: str
) -> None:
    """`order_id` becomes part of `merge.into`. CannotBe unless both are open and not resolved."""
    desk = open_desk(conn, order_id, actor=actor, version=version, at=at)
    desk.demand("dispatcher", actor, "merging orders")
    if merge.into == order_id:
        raise CannotBe("an order is not merged with itself")
    into = _other(desk, merge.into)
    for one in (desk.head, into):
        if OrderState(one.state) not in _MERGEABLE:
            raise CannotBe(f"order {one.number} is {one.state}: only open orders are merged")
    district = actor.district
    void = {
        "state": str(OrderState.VOID),
        "merged_into": into.id,
        "merged_from": desk.head.state,
        "closed_at": at,
    }
    order_writes.change_order(conn, district, order_id, void)
    parts.move_aliases(conn, district, order_id, into.id)
    parts.put_alias(conn, district, desk.head.dedupe_key, into.id, order_id)
    parts.drop_timers(conn, order_id)
    parts.recount(conn, district, into.id)
    _times(desk, _other(desk, into.id))
    _tell_both(desk, into, "merged", merge.reason)
    desk.journal.flush()


def unmerge_order(
    conn: sa.Connection, order_id: str, back: Unmerge, *, actor: Actor, version: int | None, at: str
) -> None:
    """The merged order stands on its own again, in the state that it had, with its own clock."""
    desk = open_desk(conn, order_id, actor=actor, version=version, at=at)
    desk.demand("dispatcher", actor, "parting orders")
    if desk.head.merged_into is None or desk.head.merged_from is None:
        raise CannotBe(f"order {desk.head.number} is not part of another")
    whole = _other(desk, desk.head.merged_into)
    if OrderState(whole.state) in FINAL:
        raise CannotBe(f"the whole, {whole.number}, is {whole.state}: what it was is settled")
    district = actor.district
    if parts.is_taken(conn, district, desk.head.dedupe_key):
        raise CannotBe(f"what {desk.head.number} was about has another open order by now")
    parts.drop_alias(conn, district, order_id)
    parts.return_aliases(conn, district, order_id)
    own = {
        "state": desk.head.merged_from,
        "merged_into": None,
        "merged_from": None,
        "closed_at": None,
    }
    order_writes.change_order(conn, district, order_id, own)
    _stand_again(desk)
    for one in (order_id, whole.id):
        parts.recount(conn, district, one)
        _times(desk, _other(desk, one))
    _tell_both(desk, whole, "unmerged", back.reason)
    desk.journal.flush()


def _stand_again(desk: Desk) -> None:
    """A shelved one is shelved until its own time; what shelving the whole did to another one ends."""
    conn, head = desk.journal.conn, desk.head
    if head.merged_from == OrderState.SHELVED:
        step = f"{UNSHELVE}:"
        round_ = course.rounds_of(conn, head.id, step)
        until = {step: head.shelved_until}
        course.put_timers(conn, desk.journal.district, head.id, until, round_)
        return
    course.end_pauses(conn, head.id, parse_rfc3339(desk.at))


def _other(desk: Desk, order_id: str) -> OrderHead:
    head = order_heads.lock_order(desk.journal.conn, desk.journal.district, order_id)
    if head is None:
        raise NoSuchOrder(order_id)
    return head


def _times(desk: Desk, head: OrderHead) -> None:
    """By everything that it is made of now."""
    conn, district = desk.journal.conn, desk.journal.district
    policy = policy_of(conn, district, desk.book, head)
    clocks.again(conn, desk.book, head, policy, district=district)
    clocks.set_expiry(conn, desk.book, head, policy, district=district)


def _tell_both(desk: Desk, into: OrderHead, what: str, reason: str) -> None:
    """A row for each of the two: either one's history tells it."""
    desk.note(what, reason, {"order": into.id, "number": into.number})
    part: dict[str, object] = {"order": desk.head.id, "number": desk.head.number}
    desk.note(f"{what}-part", reason, part, into.id)
