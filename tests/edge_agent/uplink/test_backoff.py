from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.uplink import backoff

draws = st.floats(0, 1, exclude_max=True)


@given(failures=st.integers(1, 10_000), draw=draws)
def test_a_wait_is_never_longer_than_the_cap(failures: int, draw: float) -> None:
    assert 0 <= backoff.after_failure(failures, draw) < 300


@pytest.mark.parametrize(("failures", "ceiling"), [(1, 2), (2, 4), (5, 32), (9, 300), (40, 300)])
def test_jitter_is_full_and_its_ceiling_doubles(failures: int, ceiling: float) -> None:
    assert backoff.after_failure(failures, 0.0) == 0
    assert backoff.after_failure(failures, 0.5) == ceiling / 2


@given(named=st.floats(0, 3_600), draw=draws)
def test_a_named_time_is_kept_and_spread_over_as_long_again(named: float, draw: float) -> None:
    assert named <= backoff.after_busy(named, draw) <= 2 * named


def test_a_refusal_is_asked_about_rarely() -> None:
    assert backoff.after_refusal(0.0) >= 600
