"""The states of a work order: an enum, the table of legal moves, one function.

    review ──> dispatched ──> resolved ──> closed
       └──> no-owner ──┘ ^        │           :
                         └────────┘ rework    : reopen, by the hub alone
                         ^....................:
    no-owner <........> resolved, closed: by the hub alone, what ends or comes back without an owner

`review`: a person looks first. `no-owner`: nobody is responsible yet; visible, never dropped.
`returned` (回退): "not mine", with a reason. `shelved` (挂账): the clock stands. `void` (作废): false alarm
or duplicate. From `dispatched` to `dispatched` an order goes to another unit. `closed` and `void` are
final for people: the hub itself opens a closed one again when its second look, or the problem's coming
back, says so, and unmerging gives a merged one its old state. What nobody owns may end by itself, too, and
comes back to where it was.
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
FINAL = frozenset({_S.CLOSED, _S.VOID})
LEGAL: dict[OrderState, frozenset[OrderState]] = {
    _S.REVIEW: frozenset({_S.DISPATCHED, _S.NO_OWNER, _S.VOID}),
    _S.NO_OWNER: frozenset({_S.DISPATCHED, _S.VOID}),
    _S.DISPATCHED: frozenset({_S.DISPATCHED, _S.RESOLVED, _S.RETURNED, _S.SHELVED, _S.VOID}),
    _S.RESOLVED: frozenset({_S.CLOSED, _S.DISPATCHED}),
    _S.RETURNED: frozenset({_S.DISPATCHED, _S.NO_OWNER, _S.VOID}),
    _S.SHELVED: frozenset({_S.DISPATCHED, _S.VOID}),
    _S.CLOSED: frozenset(),
    _S.VOID: frozenset(),
}
"""What people may do."""

BY_HUB: dict[OrderState, frozenset[OrderState]] = {
    **LEGAL,
    _S.NO_OWNER: LEGAL[_S.NO_OWNER] | {_S.RESOLVED},
    _S.RESOLVED: LEGAL[_S.RESOLVED] | {_S.NO_OWNER},
    _S.CLOSED: frozenset({_S.DISPATCHED, _S.NO_OWNER}),
}
"""What the hub itself may do: all of that, open a closed order again, and see what nobody owns end."""


class IllegalMove(ValueError):
    """`legal` are the states that `origin` may go to, sorted."""

    def __init__(self, origin: OrderState, to: OrderState) -> None:
        self.origin, self.to = origin, to
        self.legal = sorted(LEGAL[origin])
        may = ", ".join(self.legal) or "nothing: it is final"
        super().__init__(f"an order in {origin} cannot go to {to}; it may go to {may}")


def check_move(origin: OrderState, to: OrderState, *, by_hub: bool = False) -> None:
    """Raises IllegalMove unless the table allows it."""
    if to not in (BY_HUB if by_hub else LEGAL)[origin]:
        raise IllegalMove(origin, to)


def back_to(*, owned: bool) -> OrderState:
    """Where an order goes whose problem is there after all."""
    return OrderState.DISPATCHED if owned else OrderState.NO_OWNER


def first_state(*, review: bool, owned: bool) -> OrderState:
    """Where a new order starts."""
    if review:
        return OrderState.REVIEW
    return OrderState.DISPATCHED if owned else OrderState.NO_OWNER
