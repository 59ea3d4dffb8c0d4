"""What a move does to an order, whoever makes it: columns, clocks, timers, one audit row, one domain
event, all in the caller's transaction. Whether it may be made is asked before (`guards`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from contract.timestamps import parse_rfc3339
from hub.dispatching import course as clocks
from hub.dispatching import looks_ahead
from hub.dispatching.book import Book
from hub.dispatching.states import OrderState
from hub.dispatching.timing import UNSHELVE
from hub.policies.policy import RESOLVE, Policy
from hub.store import audit, course, order_heads, order_writes, parts
from hub.store.journal import Journal, Told
from hub.store.order_heads import OrderHead

HUB = "hub"
_S = OrderState
_SEEN_TO = frozenset({_S.RESOLVED, _S.CLOSED})
_BEGUN = frozenset({_S.DISPATCHED, _S.NO_OWNER})
_UNRESOLVED: dict[str, object] = dict.fromkeys(
    ("resolved_at", "resolved_by", "resolved_unit", "resolved_contractor")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """One move. `actor` as the audit log writes it; `unit`/`contractor` of whoever acts; `to_unit` the
    new owner; `until` the end of shelving (RFC 3339)."""

    to: OrderState
    actor: str
    reason: str
    at: str
    unit: str | None = None
    contractor: str | None = None
    to_unit: str | None = None
    until: str | None = None
    evidence: Sequence[str] = ()


def carry_out(
    journal: Journal, book: Book, head: OrderHead, policy: Policy, doing: Doing
) -> OrderHead:
    """The head as it is afterwards. The move must be legal."""
    conn, district = journal.conn, journal.district
    origin, to = OrderState(head.state), doing.to
    changes: dict[str, object] = {"state": str(to), **_columns(book, head, doing)}
    order_writes.change_order(conn, district, head.id, changes)
    order_writes.add_evidence(
        conn, order_writes.proofs(head.id, doing.evidence, at=doing.at, by=doing.actor)
    )
    now = _again(conn, district, head.id)
    _run_on(journal, book, _Step(head, now, policy, doing))
    detail: dict[str, object] = {"evidence": list(doing.evidence), "unit": doing.to_unit}
    if doing.until is not None:
        detail["until"] = doing.until
    journal.note(
        audit.Entry(
            at=doing.at,
            actor=doing.actor,
            action="moved",
            subject=f"work-order/{head.id}",
            from_state=origin,
            to_state=to,
            reason=doing.reason,
            detail=detail,
        )
    )
    tell(journal, now, "order.moved", doing.at, {"from": str(origin), "reason": doing.reason})
    now = _again(conn, district, head.id)
    if to is _S.RESOLVED and policy.verification.mode == "none":
        closing = Doing(to=_S.CLOSED, actor=HUB, reason="no second look by policy", at=doing.at)
        return carry_out(journal, book, now, policy, closing)
    return now


def tell(journal: Journal, head: OrderHead, what: str, at: str, more: dict[str, object]) -> None:
    """A domain event with what its readers filter by."""
    data: dict[str, object] = {
        "number": head.number,
        "state": str(head.state),
        "kind": head.kind,
        "class_code": head.class_code,
        "priority": head.priority,
        "unit": head.owner_unit,
        "contractor": head.contractor,
        "due_at": head.due_at,
        **more,
    }
    journal.tell(Told(at, what, f"work-order/{head.id}", data))


def _columns(book: Book, head: OrderHead, doing: Doing) -> dict[str, object]:
    origin, at = OrderState(head.state), doing.at
    match doing.to:
        case _S.DISPATCHED:
            changes: dict[str, object] = {"dispatched_at": at, "shelved_until": None}
            if doing.to_unit is not None:
                owned = book.owners.units.contractor_of(doing.to_unit, parse_rfc3339(at))
                changes |= {"owner_unit": doing.to_unit, "contractor": owned}
                changes |= {"owner_main": None, "owner_assisting": "[]"}
            return {**changes, **_begun_again(head, origin)}
        case _S.NO_OWNER:
            return {"owner_unit": None, "contractor": None, **_begun_again(head, origin)}
        case _S.RETURNED:
            return {"returned": head.returned + 1}
        case _S.RESOLVED:
            return {
                "resolved_at": at,
                "resolved_by": doing.actor,
                "resolved_unit": doing.unit or head.owner_unit,
                "resolved_contractor": doing.contractor or head.contractor,
            }
        case _S.SHELVED:
            return {"shelved_until": doing.until}
        case _S.CLOSED | _S.VOID:
            return {"closed_at": at}
        case _:
            return {}


def _begun_again(head: OrderHead, origin: OrderState) -> dict[str, object]:
    if origin is _S.RESOLVED:
        return {**_UNRESOLVED, "rework": head.rework + 1}
    if origin is _S.CLOSED:
        return {**_UNRESOLVED, "reopened": head.reopened + 1, "closed_at": None}
    return _UNRESOLVED


@dataclass(frozen=True, slots=True)
class _Step:
    before: OrderHead
    now: OrderHead
    policy: Policy
    doing: Doing


def _run_on(journal: Journal, book: Book, step: _Step) -> None:
    """Clocks, timers and second looks after the move."""
    conn, district = journal.conn, journal.district
    before, now, policy, doing = step.before, step.now, step.policy, step.doing
    at_ns, origin = parse_rfc3339(doing.at), OrderState(before.state)
    if origin is _S.SHELVED:
        course.end_pauses(conn, now.id, at_ns)
        course.drop_timers(conn, now.id, [f"{UNSHELVE}:"])
    if origin in _SEEN_TO and doing.to in _BEGUN:
        _undo(conn, district, now.id, origin)
    match doing.to:
        case _S.NO_OWNER if origin in _SEEN_TO:
            clocks.again(conn, book, now, policy, district=district)
        case _S.DISPATCHED:
            come = {clocks.DISPATCHED: doing.at}
            clocks.again(conn, book, now, policy, district=district, come=come)
        case _S.SHELVED:
            # With everything that is part of it, else the time of those would run on.
            still = {"begin_ns": at_ns, "end_ns": None, "reason": "shelved", "by": doing.actor}
            family = order_heads.family_of(conn, now.id)
            course.add_pauses(conn, [{"order_id": one, **still} for one in family])
            clocks.again(conn, book, now, policy, district=district)
            rounds = course.rounds_of(conn, now.id, f"{UNSHELVE}:")
            course.put_timers(conn, district, now.id, {f"{UNSHELVE}:": doing.until}, rounds)
        case _S.RESOLVED:
            course.meet(conn, now.id, RESOLVE, doing.at)
            come = {RESOLVE: doing.at, "resolved": doing.at}
            clocks.again(conn, book, now, policy, district=district, come=come)
            looks_ahead.plan_first(journal, now, policy, doing.at)
        case _S.CLOSED | _S.VOID:
            order_writes.end_course(conn, district, now.id)
            if doing.to is _S.CLOSED:
                looks_ahead.plan_again(journal, now, policy, doing.at)
        case _:
            pass
    if policy.expiry is not None and doing.to in policy.expiry.states:
        clocks.set_expiry(conn, book, now, policy, district=district, since=doing.at)


def _undo(conn: sa.Connection, district: str, order_id: str, origin: OrderState) -> None:
    """What its resolution, and its closing, have brought about."""
    if origin is _S.CLOSED:
        parts.restore_aliases(conn, district, order_id)
    course.meet(conn, order_id, RESOLVE, None)
    looks_ahead.call_off(conn, order_id)


def _again(conn: sa.Connection, district: str, order_id: str) -> OrderHead:
    head = order_heads.lock_order(conn, district, order_id)
    if head is None:
        raise LookupError(f"order {order_id} is gone in the midst of its own move")
    return head
