"""What a bag that its bearer no longer has means, before the camera has given it up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge_agent.readings import LineStatus, Tick
from edge_agent.roles.disposal_point.state import decode_state
from tests.edge_agent.roles.disposal_point.bags import (
    PERSON,
    Point,
    bag,
    counts,
    held,
    put,
    seen,
    vanishes,
)
from tests.edge_agent.rules.standing.street import at


def test_the_voice_does_not_wait_until_the_camera_has_given_the_bag_up() -> None:
    point = Point()
    point.feed(vanishes(5.0))
    assert point.said == [(5.6, "wrong-zh"), (5.6, "wrong-en")]
    point.feed([seen(7.2, PERSON, gone=(bag(1, "paper", "bin-residual"),))])
    assert counts(point.window()) == {("residual", "paper"): 1}
    assert len(point.said) == 2


def test_a_bag_in_view_again_is_taken_off_the_counts_and_nobody_is_told_twice() -> None:
    point = Point()
    point.feed(vanishes(5.0))
    point.feed([held(5.8, 0)])
    assert point.state is not None
    tally = decode_state(point.state).tally
    assert tally is not None
    assert (tally.mixed, sum(tally.counts.values())) == (0, 0)
    assert decode_state(point.state).recent == []
    point.feed([held(30.0 + 0.2 * n, n) for n in range(1, 4)])
    window = point.window()
    assert counts(window) == {("residual", "paper"): 1}
    assert (window.mixed, window.prompts) == (1, 1)
    assert len(point.said) == 2


def test_a_bag_that_was_not_in_and_then_goes_where_it_belongs_is_a_correction() -> None:
    point = Point()
    point.feed(put(0, 4, "paper", "residual"))  # another one, that stays
    point.feed(vanishes(25.0))
    point.feed([held(25.8, 0), *put(28, 1, "paper", "recyclable")[1:]])
    window = point.window()
    assert counts(window) == {("recyclable", "paper"): 1, ("residual", "paper"): 1}
    assert (window.correct, window.mixed, window.corrected_after_prompt) == (1, 1, 1)


def test_the_same_person_who_brings_it_where_it_belongs_has_corrected_it_however_it_came_out() -> (
    None
):
    """The way from one bin to the other was hidden from the camera."""
    point = Point()
    point.feed(vanishes(5.0))
    elsewhere = replace(bag(7, "paper", "bin-recyclable", age_s=0.3))
    arrived = replace(PERSON, still_s=0.3)
    point.feed([seen(14, arrived, elsewhere)])
    for n in range(1, 4):
        missing = replace(elsewhere, unseen_s=round(0.2 * n, 1), missed=n)
        point.feed([seen(15 + 0.2 * n, PERSON, missing)])
    window = point.window()
    assert (window.correct, window.mixed, window.corrected_after_prompt) == (1, 0, 1)
    assert counts(window) == {("recyclable", "paper"): 1}


@pytest.mark.parametrize(
    ("after_s", "waste", "times"), [(8.0, "paper", 1), (14.0, "paper", 2), (8.0, "residual", 2)]
)
def test_whoever_was_just_told_is_not_told_again_on_the_way_to_the_right_bin(
    after_s: float, waste: str, times: int
) -> None:
    """Something seems to go into the bin between, with the same person before it."""
    point = Point()
    point.feed(vanishes(5.0))
    point.feed([seen(7.2, PERSON, gone=(bag(1, "paper", "bin-residual"),))])
    t, arrived = 5.0 + after_s, replace(PERSON, still_s=0.3)
    passes = bag(7, waste, "bin-food", age_s=0.6)
    point.feed([seen(t - 0.2, arrived, bag(7, waste, "ground", age_s=0.4))])
    point.feed([seen(t, arrived, passes)])
    for n in range(1, 4):
        point.feed([seen(t + 0.2 * n, PERSON, replace(passes, unseen_s=0.2 * n, missed=n))])
    assert len(point.said) == 2 * times
    assert counts(point.window()) == {("residual", "paper"): 1, ("food", waste): 1}


def test_a_camera_that_was_lost_says_nothing_of_the_bags_before() -> None:
    point = Point()
    point.feed(put(0, 1, "paper", "residual")[:2])
    point.feed([LineStatus("cam-2", at(3), 0, 0, 0, 0, connected=False)])
    point.feed([seen(5, gone=(bag(1, "paper", "bin-residual"),))])
    point.feed([Tick(at(400))])
    assert point.told == []
