"""The assignment against the definition: every way tried."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.vision.assignment import NO_PAIR, assign

SIDE = st.integers(min_value=1, max_value=5)


@st.composite
def tables(draw: st.DrawFn) -> list[list[float]]:
    rows, columns = draw(SIDE), draw(SIDE)
    cost = st.one_of(st.integers(0, 100).map(float), st.just(NO_PAIR))
    return [draw(st.lists(cost, min_size=columns, max_size=columns)) for _ in range(rows)]


def least(costs: list[list[float]]) -> float:
    rows, columns = len(costs), len(costs[0])
    if rows > columns:
        return least([[costs[r][c] for r in range(rows)] for c in range(columns)])
    return min(
        sum(costs[row][column] for row, column in enumerate(chosen))
        for chosen in permutations(range(columns), rows)
    )


@settings(max_examples=60, deadline=None)
@given(tables())
def test_no_other_pairing_costs_less(costs: list[list[float]]) -> None:
    pairs = assign(costs)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    missing = min(len(costs), len(costs[0])) - len(pairs)
    assert sum(costs[row][column] for row, column in pairs) + missing * NO_PAIR == least(costs)


def test_nothing_is_assigned_to_nothing() -> None:
    assert assign([]) == []
    assert assign([[], []]) == []


def test_pairs_that_cannot_be_are_left_out() -> None:
    assert assign([[NO_PAIR, 1.0], [NO_PAIR, 2.0]]) == [(0, 1)]
