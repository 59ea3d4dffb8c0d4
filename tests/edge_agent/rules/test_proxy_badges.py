"""One person with two badges, or two people? Both are shown, side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.config.proxy_limits import ProxyLimits
from edge_agent.rules.proxy_badges import Minutes, Together, is_one, is_one_crew, lying, moving
from tests.edge_agent.rules.scenes import Way, apart_for, beside, seen, strolled

LIMITS = ProxyLimits()
HOURS = 6 * 60
SEEDS = st.integers(0, 2**32 - 1)


def accused(one: Minutes, other: Minutes, *, differ: bool = False) -> list[Together]:
    work = np.ones(len(one.lon), dtype=np.bool_)
    found = [*moving(one, other, work, LIMITS), *lying(one, other, work, LIMITS)]
    return [stretch for stretch in found if is_one(stretch, LIMITS, areas_differ=differ)]


def accused_crew(one: Minutes, other: Minutes, shift: tuple[int, int]) -> bool:
    work = np.zeros(len(one.lon), dtype=np.bool_)
    work[slice(*shift)] = True
    found = moving(one, other, work, LIMITS, crew=True)
    return any(is_one_crew(stretch, shift, LIMITS) for stretch in found)


def test_a_carried_badge_and_two_people_side_by_side() -> None:
    """The same street, the same hours, the same receivers."""
    rng = np.random.default_rng(1)
    way = strolled(rng, HOURS)
    mine, carried, colleague = seen(rng, way), seen(rng, way), seen(rng, beside(rng, way))

    (stretch,) = accused(mine, carried)
    assert (stretch.manner, stretch.counted) == ("moving", HOURS)
    assert stretch.close_share > 0.95
    assert stretch.offset_m < 1.5
    assert stretch.far_share == 0

    assert accused(mine, colleague) == []
    (together,) = moving(mine, colleague, np.ones(HOURS, dtype=np.bool_), LIMITS)
    assert together.counted == HOURS  # they were never far from each other
    assert together.close_share < stretch.close_share
    assert together.beside_m > 3 > stretch.beside_m


@given(SEEDS, st.floats(2.0, 3.8))
@settings(max_examples=40, deadline=None)
def test_what_is_apart_by_noise_alone_is_found(seed: int, sigma_m: float) -> None:
    rng = np.random.default_rng(seed)
    way = strolled(rng, HOURS)
    assert accused(seen(rng, way, sigma_m), seen(rng, way, sigma_m))


@given(SEEDS, st.floats(4.0, 8.0))
@settings(max_examples=60, deadline=None)
def test_who_sweeps_the_same_street_is_not_accused(seed: int, side_m: float) -> None:
    rng = np.random.default_rng(seed)
    way = strolled(rng, HOURS)
    assert accused(seen(rng, way), seen(rng, beside(rng, way, side_m))) == []


@given(SEEDS, st.integers(6, 15), st.floats(70, 400))
@settings(max_examples=60, deadline=None)
def test_who_parts_every_two_hours_is_never_accused_of_going_as_one(
    seed: int, minutes: int, far_m: float
) -> None:
    rng = np.random.default_rng(seed)
    way = other = strolled(rng, 8 * 60)
    for begin in (100, 240, 380):
        other = apart_for(other, begin, minutes, far_m)
    assert [
        one for one in accused(seen(rng, way), seen(rng, other)) if one.manner == "moving"
    ] == []


def test_eight_minutes_apart_end_what_was_as_one() -> None:
    rng = np.random.default_rng(14)
    way = strolled(rng, 8 * 60)
    mine, other = seen(rng, way), seen(rng, apart_for(way, 240, 8, 100.0))
    before, after = moving(mine, other, np.ones(8 * 60, dtype=np.bool_), LIMITS)
    assert 235 <= before.end <= 245 <= after.begin <= 255


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_which_badge_is_named_first_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    way = strolled(rng, HOURS)
    one, other = seen(rng, way), seen(rng, apart_for(way, 200, 10, 200.0))
    work = np.ones(HOURS, dtype=np.bool_)
    for rule in (moving, lying):
        there, back = rule(one, other, work, LIMITS), rule(other, one, work, LIMITS)
        assert [(x.begin, x.end, x.counted, x.going) for x in there] == [
            (x.begin, x.end, x.counted, x.going) for x in back
        ]


@pytest.mark.parametrize(
    ("hours", "differ", "told"), [(2, True, True), (2, False, False), (4, False, True)]
)
def test_it_takes_hours_and_fewer_where_the_planned_areas_differ(
    hours: int, *, differ: bool, told: bool
) -> None:
    rng = np.random.default_rng(2)
    way = strolled(rng, 60 * hours)
    assert bool(accused(seen(rng, way), seen(rng, way), differ=differ)) == told


def test_a_couple_that_walks_to_work_is_not_accused() -> None:
    rng = np.random.default_rng(3)
    way = strolled(rng, 45, 60.0)
    one = np.concatenate((way, way[-1] + strolled(rng, HOURS)))
    other = np.concatenate((way, way[-1] + 150 + strolled(rng, HOURS)))
    assert accused(seen(rng, one), seen(rng, other), differ=True) == []


def test_breaks_are_no_work_as_one() -> None:
    rng = np.random.default_rng(4)
    way = strolled(rng, 200)
    work = np.ones(200, dtype=np.bool_)
    work[60:100] = False
    (stretch,) = moving(seen(rng, way), seen(rng, way), work, LIMITS)
    assert stretch.counted == 160
    assert not is_one(stretch, LIMITS, areas_differ=False)


def test_a_ride_is_no_work_as_one() -> None:
    rng = np.random.default_rng(5)
    ride = np.cumsum(np.full((HOURS, 2), 300.0), axis=0)  # 25 km/h
    assert accused(seen(rng, ride), seen(rng, ride), differ=True) == []


def test_a_truck_without_a_named_crew_that_stops_at_every_bin_is_no_work_as_one() -> None:
    rng = np.random.default_rng(6)
    step = np.where(np.arange(HOURS) % 5 < 2, 350.0, 0.0)
    ride = np.cumsum(np.stack((step, step), axis=1), axis=0)
    assert accused(seen(rng, ride), seen(rng, ride), differ=True) == []


def test_a_badge_that_says_it_rides_rides() -> None:
    rng = np.random.default_rng(7)
    way = strolled(rng, HOURS)
    rides = np.ones(HOURS, dtype=np.bool_)
    assert accused(replace(seen(rng, way), fast=rides), seen(rng, way)) == []


# -- a drawer


def drawer(minutes: int = HOURS) -> Way:
    return np.zeros((minutes, 2))


@given(SEEDS, st.floats(3.0, 8.0))
@settings(max_examples=40, deadline=None)
def test_badges_in_a_drawer_are_found(seed: int, sigma_m: float) -> None:
    rng = np.random.default_rng(seed)
    found = accused(seen(rng, drawer(), sigma_m), seen(rng, drawer(), sigma_m))
    assert [one.manner for one in found] == ["lying"]


def test_who_leaves_the_booth_twice_in_a_morning_is_not_accused() -> None:
    rng = np.random.default_rng(8)
    guard, other = drawer(), apart_for(apart_for(drawer(), 120, 10, 80.0), 270, 10, 80.0)
    assert accused(seen(rng, guard), seen(rng, other)) == []


def test_a_wait_of_two_hours_at_the_depot_is_not_accused() -> None:
    rng = np.random.default_rng(9)
    wait = np.concatenate((drawer(120), strolled(rng, HOURS)))
    other = np.concatenate((drawer(120), 100 + strolled(rng, HOURS)))
    assert accused(seen(rng, wait), seen(rng, other)) == []


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_two_people_on_one_small_square_are_not_accused(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spots = rng.uniform(-30, 30, (2, HOURS // 20, 2)) + np.array([[[-20, 0]], [[20, 0]]])
    one, other = (np.repeat(places, 20, axis=0) for places in spots)
    assert accused(seen(rng, one), seen(rng, other)) == []


# -- a crew


def crew_day(rng: np.random.Generator) -> tuple[Way, Way]:
    """Comes from home, rides and stops for eight hours, goes home. What it did, and where it lives."""
    step = np.where(np.arange(480) % 6 < 3, 250.0, 0.0)
    ride = np.cumsum(np.stack((step, rng.normal(0, 30, 480)), axis=1), axis=0)
    home = np.zeros((15, 2))
    return ride, home


def test_a_crew_in_one_cab_and_a_cab_with_one_man_and_three_badges() -> None:
    rng = np.random.default_rng(10)
    ride, home = crew_day(rng)
    alone = np.concatenate((home, ride, ride[-1] + home))
    other = np.concatenate((home + 900, ride, ride[-1] + home - 700))
    shift = (15, 495)
    assert accused_crew(seen(rng, alone), seen(rng, alone), shift)
    assert not accused_crew(seen(rng, alone), seen(rng, other), shift)


def test_a_crew_is_told_only_when_it_never_parted_before_and_after_too() -> None:
    rng = np.random.default_rng(11)
    ride, _ = crew_day(rng)
    assert not accused_crew(seen(rng, ride), seen(rng, ride), (3, 477))


# -- nothing known


def test_silence_is_no_evidence() -> None:
    rng = np.random.default_rng(12)
    silent = replace(seen(rng, drawer()), lon=np.full(HOURS, np.nan), lat=np.full(HOURS, np.nan))
    assert accused(seen(rng, drawer()), silent) == []
    assert accused(silent, silent) == []


def test_a_long_gap_ends_a_stretch() -> None:
    rng = np.random.default_rng(13)
    way = strolled(rng, HOURS)
    mine, other = seen(rng, way), seen(rng, way)
    other.lon[160:200] = np.nan
    found = moving(mine, other, np.ones(HOURS, dtype=np.bool_), LIMITS)
    assert [(one.begin, one.end) for one in found] == [(0, 160), (200, HOURS)]
