"""The weighing's state machine: every pair of phases, and what decides."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.readings import Moment
from edge_agent.rules.weighing import (
    BARE_SAMPLES,
    MOVES,
    IllegalMove,
    Kept,
    Look,
    Over,
    Phase,
    Weighing,
    WeighingLimits,
    move,
    step,
)

LIMITS = WeighingLimits(Decimal(500), Decimal(40), Decimal(60))
E, M, S, T, L = Phase.EMPTY, Phase.MOVING, Phase.SETTLED, Phase.TAKEN, Phase.LEAVING
LEGAL = {
    (E, M), (E, S), (M, S), (M, L), (S, T), (S, L), (T, S), (T, L), (L, M), (L, S), (L, T), (L, E),
}  # fmt: skip


def at(second: float) -> Moment:
    return Moment("b", int(second * 1e9), int(second * 1e9), "ntp")


def look(second: float, kg: int, *, steady: bool = False, disturbed: bool = False) -> Look:
    kept = Kept(Decimal(kg), at(second), at(second), 5, Decimal(0), "repeats") if steady else None
    return Look(at(second), Decimal(kg), kept, disturbed)


def run(*looks: Look) -> tuple[list[Phase], list[Over]]:
    state, phases, overs = Weighing(), list[Phase](), list[Over]()
    for one in looks:
        state, over = step(state, one, LIMITS)
        phases.append(state.phase)
        overs += [over] if over else []
    return phases, overs


BARE = tuple(look(100 + n, 0) for n in range(BARE_SAMPLES))


@pytest.mark.parametrize(("start", "end"), list(product(Phase, Phase)))
def test_every_pair_of_phases_is_legal_or_refused(start: Phase, end: Phase) -> None:
    if start is end or (start, end) in LEGAL:
        assert move(Weighing(start), end).phase is end
    else:
        with pytest.raises(IllegalMove):
            move(Weighing(start), end)


def test_the_table_has_a_row_for_each_phase() -> None:
    assert set(MOVES) == set(Phase)
    assert {(a, b) for a, row in MOVES.items() for b in row} == LEGAL


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 30, 100, 499, 500, 501, 9000, 18000]), st.booleans(), st.booleans()
        ),
        max_size=60,
    )
)
def test_no_weights_lead_to_an_illegal_move_and_only_a_bare_deck_ends_one(
    weights: list[tuple[int, bool, bool]],
) -> None:
    state = Weighing()
    for second, (kg, steady, disturbed) in enumerate(weights):
        before = state
        state, over = step(state, look(second, kg, steady=steady, disturbed=disturbed), LIMITS)
        assert (over is not None) == (before.phase is not E and state.phase is E)
        assert (state.started is None) == (state.phase is E)
        if over:
            assert kg <= 500


def test_a_passage_goes_through_the_phases_in_order() -> None:
    phases, (over,) = run(
        look(0, 0),
        look(1, 9000),
        look(2, 18000),
        look(3, 18000, steady=True),
        look(4, 15000),
        look(5, 400),
        *BARE,
    )
    assert phases == [E, M, M, S, T, L, L, L, E]
    assert over.kept is not None
    assert (over.kept.weight_kg, over.started, over.ended) == (18000, at(1), at(102))


def test_the_highest_standing_counts_before_and_after() -> None:
    _, (over,) = run(
        look(1, 7000, steady=True),
        look(2, 18000, steady=True),
        look(3, 11000, steady=True),
        look(4, 0),
        *BARE,
    )
    assert over.kept is not None
    assert over.kept.weight_kg == 18000


def test_of_standings_close_together_the_last_counts() -> None:
    _, (over,) = run(
        look(1, 18040, steady=True), look(2, 17000), look(3, 18000, steady=True), *BARE
    )
    assert over.kept is not None
    assert over.kept.weight_kg == 18000


def test_after_a_disturbance_nothing_new_counts() -> None:
    _, (over,) = run(
        look(1, 18000, steady=True),
        look(2, 21000, disturbed=True),
        look(3, 21000, steady=True),
        *BARE,
    )
    assert over.kept is not None
    assert (over.kept.weight_kg, over.disturbed) == (18000, True)


def test_one_stray_zero_does_not_end_a_weighing() -> None:
    phases, overs = run(
        look(1, 18000, steady=True), look(2, 0), look(3, 18000), look(4, 0), look(5, 0)
    )
    assert phases == [S, L, T, L, L]
    assert overs == []


def test_it_is_not_armed_at_the_threshold_but_above_it() -> None:
    assert run(look(0, 500), look(1, 501))[0] == [E, M]


def test_it_does_not_end_above_zero_unless_that_stands_still() -> None:
    hanging = [look(10 + n, 100) for n in range(20)]
    assert run(look(1, 18000), *hanging)[1] == []
    assert len(run(look(1, 18000), *hanging, look(40, 100, steady=True))[1]) == 1
