"""What people do to orders: report one, move one. Each writes its audit row in the same transaction."""

from __future__ import annotations

import sqlalchemy as sa

from contract.timestamps import parse_rfc3339, rfc3339
from contract.workorder import Move, NewOrder
from hub import deadlines
from hub.dispatching.opening import order_id_of
from hub.dispatching.states import OrderState, check_move, first_state
from hub.policies import REPORTED
from hub.store import audit, order_writes, orders
from hub.store.orders import OrderHead
from hub.store.tokens import Actor, Role


class NoSuchOrder(LookupError):
    """Not there, or another district's: the caller cannot tell."""


class StaleVersion(ValueError):
    """Somebody was faster: the order is at `current`."""

    def __init__(self, current: int) -> None:
        self.current = current
        super().__init__(f"the order has changed since: it is at version {current} now")


class NotAllowed(Exception):
    """The move is legal, but not for this actor."""


class WrongUnit(ValueError):
    """An order cannot be dispatched to nobody, and no other move names a unit."""


_OPERATOR_MOVES = frozenset({OrderState.RESOLVED, OrderState.RETURNED, OrderState.CLOSED})


def move_order(
    conn: sa.Connection, order_id: str, move: Move, *, actor: Actor, version: int | None, at: str
) -> None:
    """`version` is the one the actor saw (None = any). Raises NoSuchOrder, StaleVersion, IllegalMove,
    NotAllowed, WrongUnit; nothing is changed then."""
    audit.lock(conn, actor.district)
    head = orders.lock_order(conn, actor.district, order_id)
    if head is None:
        raise NoSuchOrder(order_id)
    if version is not None and version != head.version:
        raise StaleVersion(head.version)
    origin, to = OrderState(head.state), OrderState(move.to)
    check_move(origin, to)
    _check_actor(head, to, move, actor)
    order_writes.change_order(conn, actor.district, order_id, _changes(head, to, move, actor, at))
    order_writes.add_evidence(conn, order_id, move.evidence, at=at, by=actor.label)
    entry = audit.Entry(
        at=at,
        actor=actor.label,
        action="moved",
        subject=f"work-order/{order_id}",
        from_state=origin,
        to_state=to,
        reason=move.reason,
        detail={"evidence": move.evidence, "unit": move.unit},
    )
    audit.append(conn, actor.district, entry)


def report_order(conn: sa.Connection, report: NewOrder, *, actor: Actor, seed: str, at: str) -> str:
    """A person's own report: an order of its own, never joined by itself. `seed` makes its id."""
    audit.lock(conn, actor.district)
    order_id = order_id_of(actor.district, "report", actor.token_id, seed)
    event_id = f"/{actor.district}/{actor.label}#{order_id}"
    observed = at if report.observed_at is None else min(_utc(report.observed_at), at)
    row = _report_row(report, actor, order_id, observed, at)
    order_writes.record_sighting(conn, _report_sighting(report, actor, event_id, observed, at))
    order_writes.open_or_join(conn, row)
    order_writes.attach_sighting(conn, actor.district, event_id, order_id)
    number = order_writes.give_number(conn, actor.district, order_id, at[:4])
    order_writes.add_evidence(conn, order_id, report.evidence, at=at, by=actor.label)
    entry = audit.Entry(
        at=at,
        actor=actor.label,
        action="opened",
        subject=f"work-order/{order_id}",
        to_state=str(row["state"]),
        detail={"number": number, "unit": report.unit},
    )
    audit.append(conn, actor.district, entry)
    return order_id


def _check_actor(head: OrderHead, to: OrderState, move: Move, actor: Actor) -> None:
    same_unit = OrderState(head.state) is OrderState.RESOLVED and move.unit is None
    rework = to is OrderState.DISPATCHED and same_unit
    needed: Role = "operator" if rework or to in _OPERATOR_MOVES else "dispatcher"
    if not actor.may(needed):
        raise NotAllowed(f"moving an order to {to} takes the role {needed}, you are {actor.role}")
    if to is OrderState.CLOSED and head.resolved_by == actor.label:
        raise NotAllowed("whoever resolved an order does not close it: somebody else has to look")


def _changes(
    head: OrderHead, to: OrderState, move: Move, actor: Actor, at: str
) -> dict[str, object]:
    changes: dict[str, object] = {"state": str(to)}
    if move.unit is not None:
        if to is not OrderState.DISPATCHED:
            raise WrongUnit(f"a unit is named when an order is dispatched, not for {to}")
        changes["owner_unit"] = move.unit
    match to:
        case OrderState.DISPATCHED:
            if move.unit is None and head.owner_unit is None:
                raise WrongUnit("the order has no owner yet: name the unit that shall see to it")
            changes |= {"dispatched_at": at, "resolved_at": None, "resolved_by": None}
            if OrderState(head.state) is OrderState.RESOLVED:
                changes["rework"] = head.rework + 1
        case OrderState.NO_OWNER:
            changes["owner_unit"] = None
        case OrderState.RESOLVED:
            changes |= {"resolved_at": at, "resolved_by": actor.label}
        case OrderState.CLOSED | OrderState.VOID:
            changes["closed_at"] = at
        case _:
            pass
    return changes


def _utc(text: str) -> str:
    return rfc3339(parse_rfc3339(text))


def _report_row(
    report: NewOrder, actor: Actor, order_id: str, observed: str, at: str
) -> dict[str, object]:
    due = deadlines.due(at, amount=REPORTED.amount, unit=REPORTED.unit)
    state = first_state(review=REPORTED.review, owned=report.unit is not None)
    return {
        "id": order_id,
        "district": actor.district,
        "class_code": report.class_code,
        "catalogue": report.catalogue,
        "kind": report.kind,
        "state": str(state),
        "priority": report.priority,
        "dedupe_key": f"report|{order_id}",
        "object": report.object,
        "lon": report.place.lon,
        "lat": report.place.lat,
        "error_m": report.place.error_m,
        "address": report.place.address,
        "owner_unit": report.unit,
        "policy_name": REPORTED.name,
        "policy_version": REPORTED.version,
        "observed_at": observed,
        "opened_at": at,
        "dispatched_at": at if state is OrderState.DISPATCHED else None,
        "due_at": due.at,
        "due_rule": due.rule,
        "detail": report.detail,
    }


def _report_sighting(
    report: NewOrder, actor: Actor, event_id: str, observed: str, at: str
) -> dict[str, object]:
    return {
        "district": actor.district,
        "event_id": event_id,
        "source": event_id.partition("#")[0],
        "problem_id": event_id.partition("#")[2],
        "phase": "opened",
        "observed_at": observed,
        "received_at": at,
        "detail": report.detail,
        "lon": report.place.lon,
        "lat": report.place.lat,
        "error_m": report.place.error_m,
    }
