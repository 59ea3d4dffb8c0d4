"""Windows of the clock and their statistics."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.envelope import Moment
from edge_agent.rules.windows import MOST, Summary, Window, expire, percentile, step

FIVE = 300
BASE_S = 1_790_000_100  # a multiple of 300


def at(t: float, boot: str = "boot-1") -> Moment:
    return Moment(boot, 10**9 + round(t * 1e9), (BASE_S * 10**9) + round(t * 1e9), "ntp")


def gathered(samples: list[tuple[float, float]]) -> tuple[Window | None, list[Summary]]:
    state, found = None, list[Summary]()
    for t, value in samples:
        state, summary = step(state, value, at(t), FIVE)
        found += [summary] if summary else []
    return state, found


def test_a_window_ends_with_the_clock_and_says_what_it_held() -> None:
    _, found = gathered([(0, 3.0), (100, 1.0), (299, 2.0), (300, 9.0)])
    (one,) = found
    assert (one.n, one.low, one.high, one.mean, one.last) == (3, 1.0, 3.0, 2.0, 2.0)
    assert one.ended == at(300)


def test_a_window_begins_where_the_clock_says_not_with_the_first_sample() -> None:
    _, found = gathered([(299, 5.0), (301, 6.0)])
    assert [(one.n, one.ended) for one in found] == [(1, at(300))]


def test_time_alone_ends_a_window() -> None:
    state, _ = gathered([(10, 5.0)])
    assert expire(state, at(299.9), FIVE)[1] is None
    state, summary = expire(state, at(300), FIVE)
    assert state is None
    assert summary is not None
    assert summary.ended == at(300)
    assert expire(state, at(900), FIVE) == (None, None)


def test_a_window_that_a_power_cut_outlived_ends_on_the_clock_it_was_heard_by() -> None:
    state, _ = gathered([(10, 5.0)])
    _, summary = expire(state, at(5000, "boot-2")._replace(mono_ns=10**9), FIVE)
    assert summary is not None
    assert summary.ended == at(300)


@pytest.mark.parametrize("set_back_s", [1, 100, 299])
def test_a_clock_set_back_a_little_opens_no_window_twice(set_back_s: int) -> None:
    _, found = gathered([(299, 1.0), (301, 2.0), (301 - set_back_s, 3.0), (600, 4.0)])
    assert [(one.n, one.ended.utc_ns) for one in found] == [
        (1, at(300).utc_ns),
        (2, at(600).utc_ns),
    ]


def test_a_clock_set_far_ends_the_window_early() -> None:
    _, found = gathered([(10, 1.0), (20, 1.0), (86_400, 2.0)])
    assert [one.n for one in found] == [2]
    _, found = gathered([(86_400, 1.0), (0, 2.0), (1, 2.0)])
    assert [one.n for one in found] == [1]


def test_the_percentile_is_the_nearest_rank() -> None:
    # NIST/SEMATECH e-Handbook 7.2.6.2 and Wikipedia "Percentile", nearest-rank example:
    # of 15, 20, 35, 40, 50 the 5th, 30th, 40th, 50th and 100th are 15, 20, 20, 35 and 50
    ordered = [15.0, 20.0, 35.0, 40.0, 50.0]
    assert [percentile(ordered, p) for p in (0.05, 0.30, 0.40, 0.50, 1.0)] == [15, 20, 20, 35, 50]


@given(st.lists(st.floats(-1000, 5000), min_size=1, max_size=300))
def test_statistics_are_those_of_the_samples(values: list[float]) -> None:
    state, _ = gathered([(index * 0.9, value) for index, value in enumerate(values)])
    _, one = expire(state, at(300), FIVE)
    assert one is not None
    assert (one.n, one.low, one.high, one.last) == (
        len(values),
        min(values),
        max(values),
        values[-1],
    )
    assert one.mean == pytest.approx(statistics.fmean(values))
    assert one.p95 in values
    assert sum(value <= one.p95 for value in values) >= 0.95 * len(values) - 1e-9
    assert sum(value < one.p95 for value in values) < 0.95 * len(values)


def test_a_window_is_bounded() -> None:
    state: Window | None = None
    for index in range(MOST + 10):
        state, _ = step(state, float(index), at(index / 100), FIVE)
    assert state is not None
    assert (len(state.samples), state.n, state.high) == (MOST, MOST + 10, MOST + 9.0)
