"""What people do to orders one by one: move, extend, reclassify, mark a stage as met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from contract.timestamps import parse_rfc3339, rfc3339
from contract.workorder import Extension, Milestone, Move, Reclassify
from hub.deadlines import Unit, remaining
from hub.dispatching import course as clocks
from hub.dispatching import looks_ahead, transitions
from hub.dispatching.book import Book, book_of
from hub.dispatching.errors import CannotBe, NoSuchOrder, StaleVersion, WrongTime, WrongUnit
from hub.dispatching.guards import (
    NotAllowed,
    Photo,
    Who,
    check_closer,
    check_evidence,
    check_more_time,
    needed_role,
)
from hub.dispatching.photos import facts_of
from hub.dispatching.states import FINAL, IllegalMove, OrderState, check_move
from hub.dispatching.timing import UNSHELVE, steps_of
from hub.dispatching.transitions import Doing, carry_out
from hub.dispatching.versions import policy_of
from hub.policies.policy import RESOLVE, Policy
from hub.store import audit, course, looks, order_heads, order_writes
from hub.store.journal import Journal, begin
from hub.store.order_heads import OrderHead
from hub.store.tokens import Actor, Role

__all__ = [
    "CannotBe",
    "IllegalMove",
    "NoSuchOrder",
    "NotAllowed",
    "StaleVersion",
    "WrongTime",
    "WrongUnit",
    "extend_order",
    "move_order",
    "reach_stage",
    "reclassify_order",
]
_S = OrderState


@dataclass(frozen=True, slots=True)
class Desk:
    """One order under one actor's hands, within a transaction."""

    journal: Journal
    book: Book
    head: OrderHead
    policy: Policy
    who: Who
    at: str

    def note(
        self, action: str, reason: str, detail: dict[str, object], order_id: str | None = None
    ) -> None:
        """Told of the order, or of another one, as it is by now."""
        now = order_heads.head_of(
            self.journal.conn, self.journal.district, order_id or self.head.id
        )
        if now is None:
            raise LookupError(f"order {order_id} is gone in the midst of its own change")
        moved = now.id == self.head.id and now.state != self.head.state
        self.journal.note(
            audit.Entry(
                at=self.at,
                actor=self.who.label,
                action=action,
                subject=f"work-order/{now.id}",
                from_state=str(self.head.state) if moved else None,
                to_state=str(now.state),
                reason=reason,
                detail=detail,
            )
        )
        told = {"reason": reason, **detail}
        transitions.tell(self.journal, now, f"order.{action}", self.at, told)

    def demand(self, role: Role, actor: Actor, what: str) -> None:
        if not actor.may(role):
            raise NotAllowed(f"{what} takes the role {role}, you are {actor.role}")


def open_desk(
    conn: sa.Connection, order_id: str, *, actor: Actor, version: int | None, at: str
) -> Desk:
    """Holds the order. `version` is the one the actor saw (None = any). NoSuchOrder, StaleVersion."""
    journal = begin(conn, actor.district)
    head = order_heads.lock_order(conn, actor.district, order_id)
    if head is None:
        raise NoSuchOrder(order_id)
    if version is not None and version != head.version:
        raise StaleVersion(head.version)
    book = book_of(conn, actor.district)
    policy = policy_of(conn, actor.district, book, head)
    return Desk(journal, book, head, policy, who_of(actor, book, at), at)


def who_of(actor: Actor, book: Book, at: str) -> Who:
    unit = actor.unit
    contractor = None if unit is None else book.owners.units.contractor_of(unit, parse_rfc3339(at))
    return Who(actor.label, actor.role, unit, contractor)


def move_order(
    conn: sa.Connection, order_id: str, move: Move, *, actor: Actor, version: int | None, at: str
) -> None:
    """Raises NoSuchOrder, StaleVersion, IllegalMove, NotAllowed, WrongUnit, WrongTime and
    EvidenceLacking; nothing is changed then."""
    desk = open_desk(conn, order_id, actor=actor, version=version, at=at)
    origin, to = OrderState(desk.head.state), OrderState(move.to)
    check_move(origin, to)
    role = needed_role(origin, to, names_unit=move.unit is not None)
    desk.demand(role, actor, f"moving an order to {to}")
    _check_unit(desk.head, origin, to, move.unit)
    until = _check_until(desk, to, move.until)
    match to:
        case _S.CLOSED:
            looking = looks.waiting(conn, order_id) is not None
            check_closer(desk.head, desk.who, looking=looking)
        case _S.SHELVED:
            check_more_time(desk.head, desk.who, desk.policy, share_left(desk))
        case _S.RESOLVED:
            check_evidence(desk.head, desk.policy.evidence, _photos(desk, move.evidence))
        case _:
            pass
    doing = Doing(
        to=to,
        actor=desk.who.label,
        reason=move.reason,
        at=at,
        unit=desk.who.unit,
        contractor=desk.who.contractor,
        to_unit=move.unit,
        until=until,
        evidence=move.evidence,
    )
    carry_out(desk.journal, desk.book, desk.head, desk.policy, doing)
    desk.journal.flush()


def extend_order(
    conn: sa.Connection,
    order_id: str,
    more: Extension,
    *,
    actor: Actor,
    version: int | None,
    at: str,
) -> None:
    """延期: the stage is computed again with the larger amount, from the same start."""
    desk = open_desk(conn, order_id, actor=actor, version=version, at=at)
    _check_open(desk.head, "extended")
    desk.demand("dispatcher", actor, "giving more time")
    if not 0 < more.amount < 10_000:
        raise WrongTime(f"amount {more.amount:g}: more than 0, in the stage's own unit")
    check_more_time(desk.head, desk.who, desk.policy, share_left(desk, more.stage))
    rows = clocks.lengthened(conn, desk.head, more.stage, more.amount)
    if rows is None:
        raise CannotBe(f"this order has no stage {more.stage!r}")
    course.put_clocks(conn, rows)
    changes = {"extended": desk.head.extended + 1}
    order_writes.change_order(conn, actor.district, order_id, changes)
    clocks.again(conn, desk.book, desk.head, desk.policy, district=actor.district)
    desk.note("extended", more.reason, {"stage": more.stage, "amount": more.amount})
    desk.journal.flush()


def reclassify_order(
    conn: sa.Connection,
    order_id: str,
    to: Reclassify,
    *,
    actor: Actor,
    version: int | None,
    at: str,
) -> None:
    """Another class, with its policy and its times, from the same start. The dedupe key stays: it is
    still the same thing that was seen."""
    desk = open_desk(conn, order_id, actor=actor, version=version, at=at)
    _check_open(desk.head, "reclassified")
    desk.demand("dispatcher", actor, "giving an order another class")
    policies = desk.book.policies
    found = policies.for_event(desk.head.kind, to.class_code, to.catalogue)
    policy = found or policies.reported()
    changes: dict[str, object] = {
        "class_code": to.class_code,
        "catalogue": to.catalogue,
        "policy_name": policy.name,
        "policy_version": policy.version,
        "priority": policy.priority,
    }
    order_writes.change_order(conn, actor.district, order_id, changes)
    _begin_course(desk, policy)
    was = {"from": desk.head.class_code, "from_catalogue": desk.head.catalogue}
    now = {"to": to.class_code, "to_catalogue": to.catalogue, "policy": policy.name}
    desk.note("reclassified", to.reason, {**was, **now})
    desk.journal.flush()


def _begin_course(desk: Desk, policy: Policy) -> None:
    """What happens by itself now follows this policy, and nothing of the old one is left; steps that were
    taken under the old one stay taken."""
    conn, district, head = desk.journal.conn, desk.journal.district, desk.head
    state = OrderState(head.state)
    looks_ahead.call_off(conn, head.id)
    course.clear_timers(conn, head.id, keep=[f"{UNSHELVE}:"])
    come = None if head.dispatched_at is None else {clocks.DISPATCHED: head.dispatched_at}
    clocks.again(conn, desk.book, head, policy, district=district, come=come, fresh=True)
    if policy.expiry is not None and state in policy.expiry.states:
        clocks.set_expiry(conn, desk.book, head, policy, district=district)
    if state is _S.RESOLVED:
        looks_ahead.plan_first(desk.journal, head, policy, desk.at)


def reach_stage(
    conn: sa.Connection,
    order_id: str,
    mark: Milestone,
    *,
    actor: Actor,
    version: int | None,
    at: str,
) -> None:
    """A stage other than the resolution is met: accepted, arrived. The first time counts."""
    desk = open_desk(conn, order_id, actor=actor, version=version, at=at)
    _check_open(desk.head, "marked")
    desk.demand("operator", actor, "marking a stage")
    rows = {row.stage: row for row in course.clocks(conn, order_id)}
    if mark.stage not in rows or mark.stage == RESOLVE:
        others = ", ".join(sorted(rows.keys() - {RESOLVE})) or "none"
        raise CannotBe(f"no stage {mark.stage!r} to mark; this order has: {others}")
    if rows[mark.stage].met_at is not None:
        raise CannotBe(f"{mark.stage} was met at {rows[mark.stage].met_at}")
    course.meet(conn, order_id, mark.stage, at)
    order_writes.change_order(conn, actor.district, order_id, {})
    course.drop_timers(conn, order_id, steps_of(desk.policy, mark.stage))
    come = {mark.stage: at}
    clocks.again(conn, desk.book, desk.head, desk.policy, district=actor.district, come=come)
    desk.note("stage-met", mark.reason, {"stage": mark.stage})
    desk.journal.flush()


def share_left(desk: Desk, stage: str = RESOLVE) -> float:
    """Of the stage's time, by the order's own clock."""
    conn, head = desk.journal.conn, desk.head
    row = next((one for one in course.clocks(conn, head.id) if one.stage == stage), None)
    if row is None or row.start_ns is None:
        return 1.0
    calendar = desk.book.calendar_of(head.owner_unit, row.start_ns)
    pauses = clocks.clock_of(conn, head).pauses
    unit: Unit = "urgent-hour" if calendar is None else row.unit
    spent = remaining(
        row.start_ns, row.amount, unit, calendar, pauses, now_ns=parse_rfc3339(desk.at)
    )
    return 1.0 - spent.share_used


def _photos(desk: Desk, evidence: Sequence[str]) -> list[Photo]:
    return facts_of(desk.journal.conn, desk.journal.district, desk.head, evidence)


def _check_open(head: OrderHead, what: str) -> None:
    if OrderState(head.state) in FINAL:
        raise CannotBe(f"an order in {head.state} is not {what}")


def _check_unit(head: OrderHead, origin: OrderState, to: OrderState, unit: str | None) -> None:
    if unit is not None and to is not _S.DISPATCHED:
        raise WrongUnit(f"a unit is named when an order is dispatched, not for {to}")
    if to is not _S.DISPATCHED:
        return
    if unit is None and head.owner_unit is None:
        raise WrongUnit("the order has no owner yet: name the unit that shall see to it")
    if origin is _S.DISPATCHED and unit in {None, head.owner_unit}:
        raise WrongUnit("it is dispatched already: name another unit to send it on to")


def _check_until(desk: Desk, to: OrderState, until: str | None) -> str | None:
    if to is not _S.SHELVED:
        if until is not None:
            raise WrongTime(f"`until` belongs to shelving, not to {to}")
        return None
    if until is None:
        raise WrongTime("say until when: nothing is shelved for ever")
    try:
        end = rfc3339(parse_rfc3339(until))
    except (ValueError, OverflowError) as error:
        raise WrongTime(f"until: {error}") from error
    if end <= desk.at:
        raise WrongTime(f"until {end} is over")
    return end
