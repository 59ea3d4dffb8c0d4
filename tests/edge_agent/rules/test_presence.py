"""Stays from sides: dwell, leaving, gaps, borders and rides."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.plane import METRES_PER_DEGREE
from edge_agent.config.attendance_limits import AttendanceLimits
from edge_agent.rules.presence import (
    INSIDE,
    OUTSIDE,
    UNSURE,
    Piece,
    pieces,
    riding,
    settled,
    stays,
)

LIMITS = AttendanceLimits()
NS = 10**9
SIDES = {"I": INSIDE, "O": OUTSIDE, "R": OUTSIDE, "?": UNSURE}
Shown = list[tuple[str, int, int]]


def cut(text: str, every_s: int = 10) -> list[Piece]:
    """One letter a fix: I inside, O outside, ? unsure, r and R riding inside and outside, - nothing."""
    heard = [(n, letter) for n, letter in enumerate(text) if letter != "-"]
    at = np.array([n * every_s * NS for n, _ in heard], dtype=np.int64)
    side = np.array([SIDES.get(letter, INSIDE) for _, letter in heard], dtype=np.int8)
    rides = np.array([letter in "rR" for _, letter in heard], dtype=np.bool_)
    return pieces(at, side, rides, (0, (len(text) - 1) * every_s * NS), LIMITS)


def shown(found: list[Piece]) -> Shown:
    return [(one.known, one.begin_ns // NS, one.end_ns // NS) for one in found]


def judged(text: str, every_s: int = 10) -> Shown:
    found = cut(text, every_s)
    best = stays(found, doubt_inside=True, limits=LIMITS)
    worst = stays(found, doubt_inside=False, limits=LIMITS)
    return shown(settled(found, worst, best))


def test_the_time_between_two_fixes_is_theirs_if_they_agree() -> None:
    assert shown(cut("IIIOOO")) == [("inside", 0, 20), ("unsure", 20, 30), ("outside", 30, 50)]


def test_nobody_knows_what_was_before_the_first_fix_and_after_the_last() -> None:
    assert shown(cut("--III--")) == [("no-fixes", 0, 20), ("inside", 20, 40), ("no-fixes", 40, 60)]
    assert shown(cut("-----")) == [("no-fixes", 0, 40)]


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("I" + "-" * 29 + "I", "inside"),  # 300 s
        ("I" + "-" * 179 + "I", "inside"),  # 1,800 s, framed by inside
        ("I" + "-" * 180 + "I", "no-fixes"),
        ("O" + "-" * 29 + "O", "outside"),
        ("O" + "-" * 30 + "O", "no-fixes"),  # nothing frames an outside: it would accuse
        ("I" + "-" * 30 + "O", "no-fixes"),
        ("I" + "?" * 89 + "I", "inside"),  # 900 s on the border
        ("I" + "?" * 90 + "I", "unsure"),
        ("O" + "?" * 10 + "O", "unsure"),
    ],
)
def test_doubt_between_two_that_agree(text: str, known: str) -> None:
    found = cut(text)
    assert max(found, key=lambda one: one.end_ns - one.begin_ns).known == known


def test_what_is_taken_for_inside_without_fixes_is_not_covered() -> None:
    assert [one.covered for one in cut("I" + "-" * 29 + "I" + "-" * 31 + "I")] == [True, False]


def test_a_minute_inside_is_no_coming_and_a_minute_outside_no_leaving() -> None:
    away = "O" * 40
    assert judged(away + "I" * 7 + away) == [("outside", 0, 860)]
    here = "I" * 40
    assert judged(here + "O" * 7 + here) == [("inside", 0, 860)]
    assert judged(here + "O" * 25 + here)[2][0] == "outside"


def test_who_crosses_a_gap_between_two_areas_came_when_entering_the_first() -> None:
    assert judged("O" * 40 + "I" * 5 + "O" * 10 + "I" * 28 + "O" * 30)[2] == ("inside", 400, 820)


def test_coming_and_leaving_date_from_their_begin() -> None:
    assert judged("O" * 40 + "I" * 40 + "O" * 40) == [
        *[("outside", 0, 390), ("unsure", 390, 400), ("inside", 400, 790)],
        *[("unsure", 790, 800), ("outside", 800, 1190)],
    ]


def test_who_flickers_across_the_border_has_neither_come_nor_gone() -> None:
    assert judged("IO" * 100) == [("unsure", 0, 1990)]
    # Five times for ten seconds within four minutes is passing by, or not: nobody knows.
    passed = judged("O" * 20 + "IIOOO" * 5 + "O" * 20)
    assert [known for known, _, _ in passed] == ["outside", "unsure", "outside"]
    # Half of the time clearly inside, and never away for long: that is one stay.
    assert judged("O" * 20 + "IIIIOOOO" * 30 + "O" * 20) == [
        *[("outside", 0, 190), ("unsure", 190, 200), ("inside", 200, 2550)],
        *[("unsure", 2550, 2560), ("outside", 2560, 2790)],
    ]


def test_unsure_ends_no_stay_and_makes_none() -> None:
    here = "I" * 40
    assert judged(here + "??O??O??" * 4 + here) == [("inside", 0, 1110)]
    assert judged("O" * 40 + "?I??I?" * 5 + "O" * 40)[1][0] == "unsure"
    assert judged(here + "?" * 40)[-1] == ("unsure", 390, 790)


def test_riding_inside_is_neither_presence_nor_absence() -> None:
    assert judged("I" * 40 + "r" * 40 + "I" * 40)[1][0] == "riding"
    assert judged("r" * 90) == [("riding", 0, 890)]
    assert judged("R" * 90) == [("outside", 0, 890)]  # elsewhere is elsewhere


letters = st.lists(
    st.tuples(st.sampled_from("IIOO??r-"), st.integers(1, 40)), min_size=1, max_size=20
).map(lambda runs: "I" + "".join(letter * n for letter, n in runs))


@given(letters, st.integers(5, 120))
@settings(max_examples=100, deadline=None)
def test_in_neither_reading_anyone_comes_or_goes_faster_than_the_limits(
    text: str, every_s: int
) -> None:
    found = cut(text, every_s)
    for doubt_inside in (True, False):
        told = stays(found, doubt_inside=doubt_inside, limits=LIMITS)
        assert all(end_ns - begin_ns >= LIMITS.dwell_s * NS for begin_ns, end_ns in told)
        for (_, end_ns), (begin_ns, _) in pairwise(told):
            assert begin_ns - end_ns >= LIMITS.leave_s * NS


@given(letters, st.integers(5, 120))
@settings(max_examples=100, deadline=None)
def test_what_is_sure_at_worst_is_sure_at_best(text: str, every_s: int) -> None:
    found = cut(text, every_s)
    best = stays(found, doubt_inside=True, limits=LIMITS)
    worst = stays(found, doubt_inside=False, limits=LIMITS)
    for begin_ns, end_ns in worst:
        assert any(since <= begin_ns and end_ns <= until for since, until in best)
    whole = settled(found, worst, best)
    assert (whole[0].begin_ns, whole[-1].end_ns) == (found[0].begin_ns, found[-1].end_ns)
    assert all(one.end_ns == other.begin_ns for one, other in pairwise(whole))


def ride(kmh: list[float], *, told: list[float] | None = None, every_s: int = 10) -> list[bool]:
    """A badge that goes east on the equator; what it reports, if it does."""
    at = np.arange(len(kmh), dtype=np.int64) * every_s * NS
    lon = np.cumsum(np.array(kmh) / 3.6 * every_s) / METRES_PER_DEGREE
    speed = np.array(told if told is not None else [np.nan] * len(kmh))
    return riding(at, lon, np.zeros(len(kmh)), speed, LIMITS).tolist()


def test_riding_is_told_by_the_way_that_was_made() -> None:
    assert all(ride([15.0] * 60))
    assert not any(ride([5.0] * 60))  # brisk walking
    assert sum(ride([3.0] * 60 + [25.0] * 30 + [3.0] * 60)) == pytest.approx(30, abs=8)


def test_a_dash_for_the_bus_is_no_ride_and_a_red_light_ends_none() -> None:
    assert not any(ride([3.0] * 30 + [18.0] * 6 + [3.0] * 30))
    assert all(ride(([20.0] * 12 + [0.0] * 4) * 5 + [20.0] * 6)[:70])


def test_who_rides_in_circles_is_told_by_the_reported_speed() -> None:
    assert all(ride([0.0] * 60, told=[16.0] * 60))
    assert not any(ride([0.0] * 60, told=[4.0] * 60))


def test_a_jittering_badge_does_not_ride() -> None:
    rng = np.random.default_rng(3)
    for every_s in (1, 5, 10, 30, 120):
        at = np.arange(600, dtype=np.int64) * every_s * NS
        lon, lat = rng.normal(0, 8, (2, 600)) / METRES_PER_DEGREE
        assert not riding(at, lon, lat, np.full(600, np.nan), LIMITS).any()
