"""Every pair of the state table."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest

from contract.workorder import State
from hub.dispatching.states import LEGAL, IllegalMove, OrderState, check_move, first_state

ALLOWED = {
    ("review", "dispatched"),
    ("review", "no-owner"),
    ("review", "void"),
    ("no-owner", "dispatched"),
    ("no-owner", "void"),
    ("dispatched", "dispatched"),
    ("dispatched", "shelved"),
    ("dispatched", "resolved"),
    ("dispatched", "returned"),
    ("dispatched", "void"),
    ("resolved", "closed"),
    ("resolved", "dispatched"),
    ("returned", "dispatched"),
    ("returned", "no-owner"),
    ("returned", "void"),
    ("shelved", "dispatched"),
    ("shelved", "void"),
}


def test_the_states_are_those_of_the_wire() -> None:
    assert {str(state) for state in OrderState} == set(get_args(State))
    assert set(LEGAL) == set(OrderState)


@pytest.mark.parametrize(("origin", "to"), list(product(OrderState, OrderState)))
def test_a_pair_is_legal_exactly_when_the_table_says_so(origin: OrderState, to: OrderState) -> None:
    if (str(origin), str(to)) in ALLOWED:
        check_move(origin, to)
        assert to in LEGAL[origin]
        return
    with pytest.raises(IllegalMove) as refused:
        check_move(origin, to)
    assert refused.value.legal == sorted(there for here, there in ALLOWED if here == origin)
    assert all(state in str(refused.value) for state in refused.value.legal)


BY_THE_HUB_ALONE = {
    ("closed", "dispatched"),
    ("closed", "no-owner"),
    ("resolved", "no-owner"),
    ("no-owner", "resolved"),
}


def test_the_hub_alone_opens_a_closed_order_again_and_ends_what_nobody_owns() -> None:
    for origin, to in product(OrderState, OrderState):
        if (str(origin), str(to)) in ALLOWED | BY_THE_HUB_ALONE:
            check_move(origin, to, by_hub=True)
        else:
            with pytest.raises(IllegalMove):
                check_move(origin, to, by_hub=True)


@pytest.mark.parametrize(
    ("review", "owned", "state"),
    [
        (True, True, "review"),
        (True, False, "review"),
        (False, True, "dispatched"),
        (False, False, "no-owner"),
    ],
)
def test_a_new_order_starts_where_policy_and_owner_put_it(
    review: bool, owned: bool, state: str
) -> None:
    assert first_state(review=review, owned=owned) == state
