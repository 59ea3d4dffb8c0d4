"""Pictures of a car and the words of its receiver are put together by time, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.readings import PositionReading
from edge_agent.rules.places_on_the_way import MOST_WAITING, Waiting, Way
from tests.edge_agent.rules.standing.street import START_NS, at, drive

METRE = 1 / (111_320 * 0.9198)
LON, LAT = 113.3, 23.1


def fix(
    t: float,
    metre: float,
    *,
    late_s: float = 0.0,
    speed: float | None = 36.0,
    own: float | None = 0.0,
) -> PositionReading:
    """Of `t`, by the receiver's own clock, which is `own` seconds off (None: it has none); heard later."""
    at_ns = None if own is None else START_NS + round((t + own) * 1e9)
    return PositionReading(
        "gnss-1", at(t + late_s), "gnss-1", at_ns, LON + metre * METRE, LAT, True, speed_kmh=speed
    )


def heard(*fixes: PositionReading, max_age_s: float = 5.0) -> Way:
    way = Way(max_age_s)
    for one in fixes:
        way.hear(one)
    return way


def metre(way: Way, t: float) -> float | None:
    place = way.place_at(at(t).mono_ns)
    return None if place is None else (place[0] - LON) / METRE


def test_between_two_positions_the_place_lies_in_proportion() -> None:
    way = heard(fix(10, 100), fix(11, 110))
    assert metre(way, 10.3) == pytest.approx(103)
    assert metre(way, 10) == pytest.approx(100)
    assert metre(way, 11) == pytest.approx(110)


def test_the_receivers_own_time_counts_not_when_it_was_heard() -> None:
    on_time = [fix(n, 10 * n, late_s=0.1) for n in range(20)]
    sluggish = [fix(20 + n, 200 + 10 * n, late_s=0.1 + 0.8 * (n % 3)) for n in range(9)]
    way = heard(*on_time, *sluggish)
    assert metre(way, 25.6) == pytest.approx(256 - 1, abs=0.1)


@pytest.mark.parametrize("own", [-8 * 3600.0, -1024 * 7 * 86_400.0, 5.0])
def test_neither_clock_has_to_be_right(own: float) -> None:
    way = heard(*[fix(n, 10 * n, own=own) for n in range(10)])
    assert metre(way, 7.5) == pytest.approx(75)


def test_a_receiver_without_a_time_is_dated_by_arrival() -> None:
    way = heard(*[fix(n, 10 * n, own=None, late_s=0.3) for n in range(10)])
    assert metre(way, 7.8) == pytest.approx(75)


def test_a_clock_that_is_set_right_is_believed_after_a_minute() -> None:
    steady = [fix(n, 10 * n) for n in range(100)]
    slow = [fix(100 + n, 1000 + 10 * n, own=-4.0) for n in range(70)]
    assert metre(heard(*steady, *slow), 165.5) == pytest.approx(1655)


def test_too_far_away_in_time_is_no_place() -> None:
    way = heard(fix(10, 100), fix(30, 110))
    assert metre(way, 20) is None
    assert metre(heard(fix(10, 100), fix(30, 110), max_age_s=15), 20) == pytest.approx(105)


def test_a_single_position_is_good_while_the_car_cannot_have_gone_far() -> None:
    assert metre(heard(fix(10, 100, speed=36)), 11) == pytest.approx(100)
    assert metre(heard(fix(10, 100, speed=36)), 12) is None
    assert metre(heard(fix(10, 100, speed=0)), 14.9) == pytest.approx(100)
    assert metre(heard(fix(10, 100, speed=None)), 10.9) is None
    assert metre(heard(fix(10, 100, speed=0)), 15.1) is None


def test_a_leap_is_no_way() -> None:
    way = heard(fix(10, 0), fix(11, 3000), fix(12, 20), fix(13, 30))
    assert metre(way, 10.5) is None
    assert metre(way, 11.5) is None
    assert metre(way, 12.5) == pytest.approx(25)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"fix": False}, "does not know"),
        ({"lon": None}, "does not know"),
        ({"accuracy_m": 60.0}, "only sure to 60 m"),
    ],
)
def test_what_the_receiver_doubts_is_not_used(wrong: dict[str, object], why: str) -> None:
    way = heard(fix(10, 100), replace(fix(11, 110), **wrong))  # type: ignore[arg-type]
    assert metre(way, 10.9) == pytest.approx(100)
    assert why in (way.why or "")


def test_a_picture_waits_for_the_position_behind_it_and_no_longer_than_it_helps() -> None:
    way = heard(fix(10, 100))
    waiting = Waiting(way, 5.0)
    waiting.take(drive(10.4, None))
    assert waiting.ready(at(10.8)) == []
    way.hear(fix(11, 110))
    (placed,) = waiting.ready(at(11))
    assert placed.lon == pytest.approx(LON + 104 * METRE)
    waiting.take(drive(11.4, None))
    waiting.take(drive(13.4, None))
    assert waiting.ready(at(16)) == []
    (near,) = waiting.ready(at(16.5))
    assert near.lon == pytest.approx(LON + 110 * METRE)
    (far,) = waiting.ready(at(18.5))
    assert (far.lon, far.lat) == (None, None)


def test_pictures_without_positions_do_not_pile_up() -> None:
    waiting = Waiting(Way(60.0), 60.0)
    for n in range(100):
        waiting.take(drive(n / 10, None))
    assert len(waiting.ready(at(10))) == 100 - MOST_WAITING


@given(
    st.lists(st.floats(0.0, 3.0), min_size=5, max_size=40),
    st.floats(-1e6, 1e6),
    st.lists(st.floats(0, 40), min_size=1, max_size=10),
)
@settings(max_examples=60, deadline=None)
def test_a_steady_car_is_where_it_was_whatever_the_delays_were(
    delays: list[float], own: float, times: list[float]
) -> None:
    fixes = [fix(n, 10 * n, late_s=late, own=own) for n, late in enumerate(delays)]
    way = heard(*sorted(fixes, key=lambda one: one.moment.mono_ns))
    for t in times:
        found = metre(way, t)
        if found is not None:
            assert abs(found - 10 * t) <= 10 * 3.0 + 15.1
