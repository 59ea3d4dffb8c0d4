"""Deposits and prompts against the truth: what counts as seen, as answered, and as a wrong word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.scoring.prompts import Counted, PointFigures, Said, figures, plain, quantile, total


def dropped(t: float, waste: str, into: str | None) -> Mapping[str, object]:
    return {"t": t, "kind": "deposit", "stream": into, "waste": waste, "right": into == waste}


def put_right(t: float, waste: str) -> Mapping[str, object]:
    return {"t": t, "kind": "corrected", "stream": waste, "waste": waste}


def test_a_deposit_is_seen_when_it_was_counted_at_its_bin_soon_enough() -> None:
    truth = [dropped(10, "food", "food"), dropped(30, "food", "food"), dropped(50, "food", "food")]
    counted = [
        Counted(10.6, "food", "food"),
        Counted(30.6, "residual", "food"),
        Counted(57, "food"),
    ]
    told = figures(truth, [], counted)
    assert (told.honest, told.seen, told.missed, told.false) == (3, 1, 2, 2)
    assert (told.known_right, told.known_wrong, told.unknown) == (1, 0, 0)


def test_one_count_is_one_deposit() -> None:
    told = figures(
        [dropped(10, "food", "food"), dropped(12, "food", "food")], [], [Counted(11, "food")]
    )
    assert (told.seen, told.missed, told.false, told.unknown) == (1, 1, 0, 1)


def test_a_prompt_is_timed_from_the_wrong_deposit_that_it_answers() -> None:
    truth = [
        dropped(10, "food", "residual"),
        dropped(40, "food", None),
        dropped(60, "food", "food"),
    ]
    told = figures(truth, [Said(10.7, "wrong"), Said(44, "beside")], [])
    assert (told.wrong, told.beside, told.honest) == (1, 1, 1)
    assert (told.latencies, told.beside_latencies) == ((0.7,), (4.0,))
    assert (told.prompted, told.unprompted, told.beside_prompted) == (1, 0, 1)
    assert (told.wrong_prompts, told.wrong_per_100) == (0, 0.0)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([Said(10.5, "wrong")], id="after an honest deposit"),
        pytest.param([Said(30.4, "wrong"), Said(33, "wrong")], id="the same twice"),
        pytest.param([Said(30.4, "wrong"), Said(39, "wrong")], id="too late to be about it"),
        pytest.param([Said(30.4, "wrong"), Said(31, "beside")], id="of another kind"),
        pytest.param([Said(27, "wrong"), Said(30.4, "wrong")], id="before anybody was there"),
    ],
)
def test_what_nobody_deserved_is_a_wrong_prompt(said: list[Said]) -> None:
    told = figures([dropped(10, "food", "food"), dropped(30, "food", "residual")], said, [])
    assert (told.wrong_prompts, told.wrong_per_100) == (1, 100.0)


def test_words_about_the_wrong_bin_are_no_answer_to_a_bag_put_beside() -> None:
    told = figures([dropped(30, "food", None)], [Said(30.4, "wrong")], [])
    assert (told.beside, told.beside_prompted, told.wrong_prompts) == (1, 0, 1)


def test_what_was_put_right_is_an_honest_deposit_too() -> None:
    truth = [dropped(10, "food", "residual"), put_right(20, "food")]
    told = figures(truth, [Said(10.4, "wrong")], [Counted(20.5, "food", "food")], corrected_told=1)
    assert (told.wrong, told.honest, told.corrected, told.corrected_told) == (1, 1, 1, 1)
    assert (told.seen, told.missed) == (1, 1)


def test_what_comes_after_the_end_does_not_count_and_excuses_who_told_of_it_early() -> None:
    truth = [dropped(10, "food", "residual"), dropped(61, "food", "residual")]
    said = [Said(10.5, "wrong"), Said(59.9, "wrong"), Said(70, "wrong")]
    counted = [
        Counted(10.5, "residual", "food"),
        Counted(59.9, "residual", "food"),
        Counted(80, "food"),
    ]
    told = figures(truth, said, counted, until_s=60)
    assert (told.wrong, told.seen, told.missed, told.false) == (1, 1, 0, 0)
    assert (told.prompted, told.unprompted, told.wrong_prompts) == (1, 0, 0)
    assert figures(truth[:1], said, counted, until_s=60).wrong_prompts == 1


def test_quantiles_are_values_that_occurred() -> None:
    assert quantile([], 0.5) is None
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([float(n) for n in range(1, 101)], 0.95) == 95.0
    assert quantile([1.0, 9.0], 1.0) == 9.0


def test_runs_are_added_up_and_told_with_what_follows_from_the_counts() -> None:
    one = figures([dropped(10, "food", "residual")], [Said(10.4, "wrong")], [])
    assert total([]) == PointFigures()
    assert total([one, one]) == replace(one, wrong=2, missed=2, prompted=2, latencies=(0.4, 0.4))
    told = plain(total([one, one]))
    assert told["latency_s"] == {"n": 2, "p50": 0.4, "p95": 0.4, "max": 0.4}
    assert told["wrong_prompts_per_100_honest"] is None
    assert (told["wrong"], told["beside"]) == (2, 0)


EVENTS = st.lists(
    st.tuples(
        st.floats(0, 600), st.sampled_from(["food", "residual"]),
        st.sampled_from(["food", "residual", None]),
    ),
    max_size=20,
)  # fmt: skip


@given(
    EVENTS,
    st.lists(st.tuples(st.floats(0, 600), st.sampled_from(["wrong", "beside"])), max_size=20),
    st.lists(st.tuples(st.floats(0, 600), st.sampled_from(["food", "residual"])), max_size=20),
)
def test_every_deposit_prompt_and_count_is_told_once(
    events: list[tuple[float, str, str | None]],
    said: list[tuple[float, str]],
    counted: list[tuple[float, str]],
) -> None:
    told = figures(
        [dropped(*one) for one in events],
        [Said(*one) for one in said],
        [Counted(*one) for one in counted],
    )
    assert told.honest + told.wrong + told.beside == len(events)
    assert told.seen + told.missed == told.honest + told.wrong
    assert told.seen + told.false == len(counted)
    assert told.known_right + told.known_wrong + told.unknown == told.seen
    assert told.prompted + told.unprompted == told.wrong
    assert told.prompted + told.beside_prompted + told.wrong_prompts == len(said)
    assert all(-2.0 <= one <= 8.0 for one in (*told.latencies, *told.beside_latencies))
