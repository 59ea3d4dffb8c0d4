"""The states of a work order: an enum, the table of legal moves, one function.

    review ──> dispatched ──> resolved ──> closed
       └──> no-owner ──┘ ^        │
                         └────────┘ rework

`review`: a person looks first. `no-owner`: nobody is responsible yet; visible, never dropped.
`returned`: "not mine", with a reason. `void`: false alarm or duplicate. `shelved` (clock stopped) can be
left but not entered until deadlines know pauses. `closed` and `void` are final; what comes back opens a
new order that is linked to the old one. Whoever resolved an order does not close it.
"""

from __future__ import annotations

from enum import StrEnum


class OrderState(StrEnum):
    """The names of contract.workorder.State."""

    REVIEW = "review"
    NO_OWNER = "no-owner"
    DISPATCHED = "dispatched"
    RESOLVED = "resolved"
    CLOSED = "closed"
    RETURNED = "returned"
    SHELVED = "shelved"
    VOID = "void"


_S = OrderState
LEGAL: dict[OrderState, frozenset[OrderState]] = {
    _S.REVIEW: frozenset({_S.DISPATCHED, _S.NO_OWNER, _S.VOID}),
    _S.NO_OWNER: frozenset({_S.DISPATCHED, _S.VOID}),
    _S.DISPATCHED: frozenset({_S.RESOLVED, _S.RETURNED, _S.VOID}),
    _S.RESOLVED: frozenset({_S.CLOSED, _S.DISPATCHED}),
    _S.RETURNED: frozenset({_S.DISPATCHED, _S.NO_OWNER, _S.VOID}),
    _S.SHELVED: frozenset({_S.DISPATCHED, _S.VOID}),
    _S.CLOSED: frozenset(),
    _S.VOID: frozenset(),
}


class IllegalMove(ValueError):
    """`legal` are the states that `origin` may go to, sorted."""

    def __init__(self, origin: OrderState, to: OrderState) -> None:
        self.origin, self.to = origin, to
        self.legal = sorted(LEGAL[origin])
        may = ", ".join(self.legal) or "nothing: it is final"
        super().__init__(f"an order in {origin} cannot go to {to}; it may go to {may}")


def check_move(origin: OrderState, to: OrderState) -> None:
    """Raises IllegalMove unless the table allows it."""
    if to not in LEGAL[origin]:
        raise IllegalMove(origin, to)


def first_state(*, review: bool, owned: bool) -> OrderState:
    """Where a new order starts."""
    if review:
        return OrderState.REVIEW
    return OrderState.DISPATCHED if owned else OrderState.NO_OWNER
