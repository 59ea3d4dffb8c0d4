"""Which fixes are evidence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.envelope import Moment
from edge_agent.config.attendance_limits import AttendanceLimits
from edge_agent.readings import PositionReading
from edge_agent.rules.fix_quality import FAULTS, fault_of, faults_of, fixes_of, frozen
from tests.edge_agent.roles.attendance.days import LIMITS, NS, clock, fix

GOOD = fix(clock("09:00"), satellites=9, accuracy_m=6.0, speed_kmh=2.0)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({}, None),
        ({"fix": None}, None),  # the protocol does not say
        ({"satellites": None, "accuracy_m": None, "speed_kmh": None}, None),
        ({"at_ns": None}, "no-time"),
        ({"at_ns": -1}, "no-time"),
        ({"at_ns": 10**30}, "no-time"),  # milliseconds taken for seconds, and worse
        ({"fix": False}, "no-fix"),
        ({"lon": None}, "out-of-range"),
        ({"lat": None}, "out-of-range"),
        ({"lon": 0.0, "lat": 0.0}, "out-of-range"),
        ({"lon": 200.0}, "out-of-range"),
        ({"lat": float("nan")}, "out-of-range"),
        ({"satellites": 3}, "few-satellites"),
        ({"satellites": 4}, None),
        ({"accuracy_m": 100.0}, None),
        ({"accuracy_m": 100.1}, "inaccurate"),
        ({"speed_kmh": 151.0}, "impossible-speed"),
        ({"at_ns": clock("09:00") + 602 * NS}, "future"),
        ({"at_ns": clock("09:00") + 600 * NS}, None),
        ({"at_ns": clock("09:00") - 8 * 86_400 * NS}, "too-old"),
        ({"at_ns": clock("09:00") - 6 * 86_400 * NS}, None),  # a blind spot
    ],
)
def test_a_fix_is_judged_by_its_own_words(said: dict[str, object], fault: str | None) -> None:
    assert fault_of(replace(GOOD, **said), LIMITS) == fault  # type: ignore[arg-type]


def test_no_clock_but_a_true_one_can_say_that_a_report_is_from_the_future() -> None:
    for state in ("unset", "rtc"):
        early = GOOD.moment._replace(utc_ns=0, clock=state)  # type: ignore[arg-type]
        assert fault_of(replace(GOOD, moment=early), LIMITS) is None


some = st.builds(
    PositionReading,
    device=st.just("badges"),
    moment=st.builds(
        Moment,
        st.just("b"),
        st.just(0),
        st.sampled_from([clock("09:00"), clock("20:00"), 0]),
        st.sampled_from(["unset", "rtc", "ntp", "hub"]),
    ),
    terminal=st.sampled_from(["b-1", "b-2"]),
    at_ns=st.none() | st.sampled_from([10**30, -5, clock("08:55"), clock("09:30"), clock("-9:00")]),
    lon=st.none() | st.sampled_from([0.0, 113.3, -181.0, float("nan")]),
    lat=st.none() | st.sampled_from([0.0, 23.1, 90.1]),
    fix=st.none() | st.booleans(),
    speed_kmh=st.none() | st.sampled_from([0.0, 150.0, 150.1]),
    accuracy_m=st.none() | st.sampled_from([5.0, 100.0, 101.0]),
    satellites=st.none() | st.sampled_from([0, 3, 4]),
)


@given(st.lists(some, max_size=12))
@settings(max_examples=150, deadline=None)
def test_one_fix_and_many_are_judged_alike(track: list[PositionReading]) -> None:
    fixes = fixes_of(track)
    told = faults_of(fixes, LIMITS).tolist()
    for source, place in zip(fixes.source.tolist(), told, strict=True):
        assert (None if place < 0 else FAULTS[place]) == fault_of(track[source], LIMITS)


def test_one_report_that_came_twice_is_one_and_came_when_it_first_came() -> None:
    late = replace(GOOD, moment=GOOD.moment._replace(utc_ns=clock("20:00")), live=False)
    unset = replace(GOOD, moment=GOOD.moment._replace(utc_ns=5, clock="unset"))
    for track in ([late, GOOD, unset], [unset, GOOD, late]):
        fixes = fixes_of(track)
        assert fixes.came_ns.tolist() == [GOOD.moment.utc_ns]
    other = replace(GOOD, lon=113.31)
    assert len(fixes_of([GOOD, other, GOOD])) == 2


def still(
    minutes: int, *, every_s: int = 20, thaw_m: float | None = None, **said: object
) -> list[PositionReading]:
    """The very same coordinates for so long, then one fix `thaw_m` away."""
    times = range(clock("09:00"), clock("09:00") + minutes * 60 * NS, every_s * NS)
    track = [fix(at, **said) for at in times]  # type: ignore[arg-type]
    if thaw_m is not None:
        track.append(fix(times[-1] + every_s * NS, thaw_m, **said))  # type: ignore[arg-type]
    return track


def lost_s(track: list[PositionReading], limits: AttendanceLimits = LIMITS) -> list[float]:
    """Seconds since the first of those that are no evidence."""
    fixes = fixes_of(track)
    return ((fixes.at_ns[frozen(fixes, limits)] - fixes.at_ns[0]) / NS).tolist()


def test_coordinates_that_repeat_are_evidence_for_ten_minutes() -> None:
    assert not lost_s(still(10))
    lost = lost_s(still(60))
    assert (lost[0], lost[-1]) == (620.0, 3580.0)


def test_who_says_to_move_and_does_not_is_frozen_at_once() -> None:
    assert lost_s(still(3, speed_kmh=18.0)) == [20.0 * n for n in range(1, 9)]
    assert not lost_s(still(3, speed_kmh=1.0))
    assert not lost_s(still(1, speed_kmh=18.0))  # three fixes prove little


def test_a_receiver_that_counts_its_satellites_holds_still_on_purpose() -> None:
    track = still(60, speed_kmh=0.0)
    counting = [replace(one, satellites=8 + n % 3) for n, one in enumerate(track)]
    assert not lost_s(counting)
    assert lost_s([replace(one, satellites=8) for one in track])
    breathing = [replace(one, accuracy_m=5.0 + n % 2) for n, one in enumerate(track)]
    assert not lost_s(breathing)


def test_who_walks_on_from_where_the_position_stood_had_stood_there() -> None:
    assert not lost_s(still(60, thaw_m=20.0))
    assert lost_s(still(60, thaw_m=400.0))


def test_a_badge_in_a_drawer_is_not_frozen() -> None:
    rng = np.random.default_rng(1)
    track = [fix(at, *rng.normal(0, 3, 2)) for at in range(clock("08:00"), clock("17:00"), 30 * NS)]
    assert not lost_s(track)
