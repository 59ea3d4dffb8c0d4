"""What must hold for a time, in both directions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.rules.hysteresis import Change, Held, HoldLimits, Threshold, step
from tests.edge_agent.roles.deck import moment

LIMITS = HoldLimits(for_s=10, end_for_s=20, gap_s=5)


def changes(
    *samples: tuple[float, bool | None], limits: HoldLimits = LIMITS
) -> list[tuple[float, Change]]:
    state, found = Held(), list[tuple[float, Change]]()
    for t, holds in samples:
        state, change = step(state, holds, moment(t), limits)
        if change is not None:
            found.append((t, change))
    return found


def every(
    start: int, end: int, holds: bool | None, pace: int = 2
) -> list[tuple[float, bool | None]]:
    return [(float(t), holds) for t in range(start, end, pace)]


def test_what_holds_long_enough_begins_once() -> None:
    assert changes(*every(0, 60, True)) == [(10, "began")]


def test_it_ends_after_its_own_time() -> None:
    assert changes(*every(0, 12, True), *every(12, 60, False)) == [(10, "began"), (32, "ended")]


def test_one_sample_of_the_opposite_begins_the_count_anew() -> None:
    assert changes(*every(0, 8, True), (8, False), *every(10, 19, True)) == []


def test_a_sample_in_between_begins_the_count_anew_and_changes_nothing() -> None:
    assert changes(*every(0, 8, True), (8, None), *every(10, 19, True)) == []
    raised = every(0, 12, True)
    assert changes(*raised, *every(12, 30, False), (30, None), *every(32, 50, False)) == [
        (10, "began")
    ]


def test_nothing_is_known_of_a_gap() -> None:
    assert changes((0, True), (2, True), (20, True)) == []
    assert changes((0, True), (20, True), (25, True), (30, True)) == [(30, "began")]


def test_without_a_duration_the_first_sample_decides() -> None:
    at_once = HoldLimits(for_s=0, end_for_s=0, gap_s=5)
    assert changes((0, True), (1, False), limits=at_once) == [(0, "began"), (1, "ended")]


def test_a_reboot_without_a_clock_begins_the_count_anew() -> None:
    state, _ = step(Held(), True, moment(0)._replace(clock="unset"), LIMITS)
    rebooted = moment(3, "boot-2")._replace(clock="unset")
    state, change = step(state, True, rebooted, LIMITS)
    assert (state.since, change) == (rebooted, None)


@given(st.lists(st.tuples(st.floats(0.1, 4), st.sampled_from([True, False, None])), max_size=80))
def test_changes_alternate_and_each_was_held_for_its_time(
    steps: list[tuple[float, bool | None]],
) -> None:
    t, samples = 0.0, list[tuple[float, bool | None]]()
    for pause, holds in steps:
        t += pause
        samples.append((t, holds))
    found = changes(*samples)
    assert [change for _, change in found] == ["began", "ended"] * (len(found) // 2) + ["began"] * (
        len(found) % 2
    )
    for at, change in found:
        for_s = LIMITS.for_s if change == "began" else LIMITS.end_for_s
        stretch = [holds for t, holds in samples if at - for_s <= t <= at]
        assert set(stretch) == {change == "began"}


@pytest.mark.parametrize(
    ("value", "beyond"), [(151, True), (150, None), (141, None), (140, False), (10, False)]
)
def test_a_value_above_the_limit_is_beyond_and_at_clear_it_is_back(
    value: float, beyond: bool | None
) -> None:
    assert Threshold(150, 140, "above").beyond(value) is beyond


@pytest.mark.parametrize(
    ("value", "beyond"), [(4, True), (5, None), (7, None), (8, False), (20, False)]
)
def test_a_limit_below_is_the_mirror_image(value: float, beyond: bool | None) -> None:
    assert Threshold(5, 8, "below").beyond(value) is beyond
