"""Areas were redrawn: the orders of a list go to the units that answer for their places now, each on
purpose. Which orders those are is worked out by `hub.owners.handover`.

What is dispatched, returned or nobody's is dispatched to the new unit; what is in review, shelved or
resolved stays so and has another owner. An order that is not any more as the list says is left alone, and
named. The clock runs on.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from contract.timestamps import parse_rfc3339
from contract.workorder import HandedOver, HandOverEntry
from hub.dispatching import course as clocks
from hub.dispatching import transitions
from hub.dispatching.book import Book, book_of
from hub.dispatching.guards import NotAllowed, Who
from hub.dispatching.moves import who_of
from hub.dispatching.states import FINAL, OrderState
from hub.dispatching.transitions import Doing, carry_out
from hub.dispatching.versions import policy_of
from hub.policies.policy import Policy
from hub.store import audit, order_heads, order_writes
from hub.store.journal import Journal, begin
from hub.store.order_heads import OrderHead
from hub.store.tokens import Actor

_S = OrderState
_SENT_ON = frozenset({_S.DISPATCHED, _S.RETURNED, _S.NO_OWNER})


def hand_over_as(
    conn: sa.Connection, entries: Sequence[HandOverEntry], *, reason: str, actor: Actor, at: str
) -> list[HandedOver]:
    """NotAllowed for anybody but dispatchers; then nothing is changed."""
    if not actor.may("dispatcher"):
        raise NotAllowed(f"handing orders over takes the role dispatcher, you are {actor.role}")
    book = book_of(conn, actor.district)
    who = who_of(actor, book, at)
    return hand_over(conn, actor.district, entries, reason=reason, who=who, at=at)


def hand_over(
    conn: sa.Connection,
    district: str,
    entries: Sequence[HandOverEntry],
    *,
    reason: str,
    who: Who,
    at: str,
) -> list[HandedOver]:
    """What came of each entry, in their order; the same list again changes nothing."""
    journal = begin(conn, district)
    book = book_of(conn, district)
    found = [_one(journal, book, entry, Doing(to=_S.DISPATCHED, actor=who.label, reason=reason, at=at,
                  unit=who.unit, contractor=who.contractor, to_unit=entry.to_unit))
             for entry in entries]  # fmt: skip
    journal.flush()
    return found


def _one(journal: Journal, book: Book, entry: HandOverEntry, doing: Doing) -> HandedOver:
    head = order_heads.lock_order(journal.conn, journal.district, entry.order)
    if head is None:
        return HandedOver(order=entry.order, what="refused", why="no such order")
    if entry.to_unit is not None and head.owner_unit == entry.to_unit:
        return HandedOver(order=head.id, number=head.number, what="already")
    why = _against(book, head, entry, parse_rfc3339(doing.at))
    if why is not None:
        return HandedOver(order=head.id, number=head.number, what="refused", why=why)
    policy = policy_of(journal.conn, journal.district, book, head)
    if OrderState(head.state) in _SENT_ON:
        head = carry_out(journal, book, head, policy, doing)
        if columns := _owned(book, head, policy, doing):
            order_writes.change_order(
                journal.conn, journal.district, head.id, columns, raised=False
            )
    else:
        _keep_state(journal, book, head, policy, doing)
    return HandedOver(order=head.id, number=head.number, what="moved")


def _against(book: Book, head: OrderHead, entry: HandOverEntry, at_ns: int) -> str | None:
    """Why this order is left alone."""
    if OrderState(head.state) in FINAL:
        return f"it is {head.state} by now"
    if head.owner_unit != entry.owner:
        has, had = head.owner_unit or "nobody", entry.owner or "nobody"
        return f"{has} has it by now, not {had}"
    if entry.state is not None and head.state != entry.state:
        return f"it is {head.state} by now, not {entry.state}"
    if entry.class_code is not None and head.class_code != entry.class_code:
        return f"its class is {head.class_code} by now, not {entry.class_code}"
    if entry.to_unit is None:
        return f"nobody answers for its place: it stays with {head.owner_unit or 'nobody'}"
    units = book.owners.units
    if len(units) and units.row(entry.to_unit, at_ns) is None:
        return f"there is no unit {entry.to_unit} now"
    return None


def _keep_state(
    journal: Journal, book: Book, head: OrderHead, policy: Policy, doing: Doing
) -> None:
    conn, district = journal.conn, journal.district
    contractor = book.owners.units.contractor_of(doing.to_unit or "", parse_rfc3339(doing.at))
    columns: dict[str, object] = {
        "owner_unit": doing.to_unit,
        "contractor": contractor,
        "owner_main": None,
        "owner_assisting": "[]",
    }
    order_writes.change_order(
        conn, district, head.id, {**columns, **_owned(book, head, policy, doing)}
    )
    clocks.again(conn, book, head, policy, district=district, unit=doing.to_unit)
    detail: dict[str, object] = {"unit": doing.to_unit, "from_unit": head.owner_unit}
    now = order_heads.head_of(conn, district, head.id) or head
    journal.note(
        audit.Entry(
            at=doing.at,
            actor=doing.actor,
            action="handed-over",
            subject=f"work-order/{head.id}",
            to_state=str(head.state),
            reason=doing.reason,
            detail=detail,
        )
    )
    told: dict[str, object] = {"reason": doing.reason, "from_unit": head.owner_unit}
    transitions.tell(journal, now, "order.handed-over", doing.at, told)


def _owned(book: Book, head: OrderHead, policy: Policy, doing: Doing) -> dict[str, object]:
    """What the areas in force say besides, where they give the order to this very unit."""
    if head.lon is None or head.lat is None:
        return {}
    found = book.owners.owner_at(
        head.lon,
        head.lat,
        at_ns=parse_rfc3339(doing.at),
        class_code=head.class_code,
        overlay=policy.owner.overlay,
    )
    if found is None or found.unit != doing.to_unit:
        return {}
    return {
        "owner_main": None if found.main == found.unit else found.main,
        "owner_assisting": msgspec.json.encode(found.assisting).decode(),
        "contractor": found.contractor,
        "area": found.area,
        "area_version": found.version,
    }
