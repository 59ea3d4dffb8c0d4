"""Steps that change orders: expiry, second looks, the end of shelving. In the chunk's transaction, each
within a savepoint of its own."""

from __future__ import annotations

from collections.abc import Mapping

from contract.timestamps import parse_rfc3339
from hub.dispatching import second_looks, timing
from hub.dispatching.states import BY_HUB, OrderState
from hub.dispatching.transitions import HUB, Doing, carry_out
from hub.store import course
from hub.sweeping.cases import Due, Effect, Result


def expire(due: Due) -> Result:
    """Void, unless it was seen again meanwhile: then in its time."""
    head, expiry = due.case.head, due.policy.expiry
    if expiry is None:
        return Result("moot", f"policy {due.policy.name} lets nothing expire")
    state = OrderState(head.state)
    if state not in expiry.states or OrderState.VOID not in BY_HUB[state]:
        return Result("moot", f"the order is {state}")
    last_at = head.last_at or head.observed_at
    last_ns = parse_rfc3339(last_at)
    calendar = due.book.calendar_of(head.owner_unit, last_ns)
    later = timing.expiry_at(due.policy, last_ns, calendar)
    if later is not None and later > due.at:
        _again(due, later)
        return Result("done", f"seen at {last_at}: not before {later}")
    reason = f"expired: not seen since {last_at}"
    void = Doing(to=OrderState.VOID, actor=HUB, reason=reason, at=due.at)
    carry_out(due.journal, due.book, head, due.policy, void)
    return Result("done", reason)


def ask(due: Due) -> Result:
    """Both the first look and the one after closing."""
    state = OrderState(due.case.head.state)
    if state not in {OrderState.RESOLVED, OrderState.CLOSED}:
        return Result("moot", f"the order is {state}")
    return Result(
        "done",
        second_looks.ask(due.journal, due.case.head, due.policy, send=due.send, at=due.at),
    )


def unanswered(due: Due) -> Result:
    return Result("done", second_looks.unanswered(due.journal, due.case.head, at=due.at))


def unshelve(due: Due) -> Result:
    """Its clock goes on from the moment that was promised, however late the hub comes to it."""
    head = due.case.head
    if OrderState(head.state) is not OrderState.SHELVED or head.shelved_until is None:
        return Result("moot", f"the order is {head.state}")
    until = head.shelved_until
    course.end_pauses(due.journal.conn, head.id, parse_rfc3339(until))
    back = Doing(
        to=OrderState.DISPATCHED, actor=HUB, reason=f"it was shelved until {until}", at=due.at
    )
    carry_out(due.journal, due.book, head, due.policy, back)
    return Result("done")


ACTING: Mapping[str, Effect] = {
    timing.EXPIRE: expire,
    timing.ASK: ask,
    timing.AGAIN: ask,
    timing.UNANSWERED: unanswered,
    timing.UNSHELVE: unshelve,
}


def _again(due: Due, at: str) -> None:
    course.put_timers(
        due.journal.conn,
        due.journal.district,
        due.case.head.id,
        {due.row.step: at},
        due.row.round + 1,
    )
