"""Days made by hand: a square of 200 m around the origin, without a buffer; eight hours, no break."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from simulators.attendance.mishaps import Canyon, Mishaps
from simulators.attendance.paths import Path, Steps
from simulators.attendance.people import Piece
from simulators.attendance.verdicts import Truth, stays_of, truth_of, verdict_of

SQUARE = shapely.box(-100, -100, 100, 100)
EIGHT = Piece(0.0, 28_800.0)
PAUSED = Piece(6 * 3_600.0, 14 * 3_600.0, ((10 * 3_600.0, 10.5 * 3_600.0),))
HOME = 1_000.0


def walk(*legs: tuple[float, float]) -> Path:
    """(when, x), each held from then on until the next; between them one second of way."""
    steps = Steps(-2_700, legs[0][1], 0)
    for at, x in legs[1:]:
        steps.wait(at - 1)
        steps.be(at, x, 0)
    steps.wait(40_000)
    return steps.path()


def judged(path: Path, piece: Piece = EIGHT, mishaps: Mishaps | None = None) -> Truth:
    return truth_of(path, SQUARE, piece, mishaps or Mishaps())


def test_who_is_there_all_the_time_is_present() -> None:
    found = judged(walk((-3_000, HOME), (-600, 0), (29_000, HOME)))
    assert (found.verdict, found.knowable) == ("present", True)
    assert found.inside_s == found.expected_s == 28_800
    assert found.first_in_s == pytest.approx(-600, abs=5)
    assert found.last_out_s == pytest.approx(29_000, abs=5)


def test_breaks_are_not_expected_and_not_counted() -> None:
    # At home in the break, for five minutes longer than it lasts.
    away = walk((-3_000, HOME), (-600, 0), (4 * 3_600, HOME), (4.5 * 3_600 + 300, 0))
    found = judged(away, PAUSED)
    assert found.expected_s == 7.5 * 3_600
    assert found.inside_s == pytest.approx(7.5 * 3_600 - 300, abs=10)
    assert found.verdict == "present"


@pytest.mark.parametrize(
    ("came", "verdict", "knowable"),
    [(0, "present", True), (290, "present", False), (310, "late", False), (481, "late", True)],
)
def test_late_is_more_than_five_minutes(came: float, verdict: str, knowable: bool) -> None:
    found = judged(walk((-3_000, HOME), (came, 0)))
    assert (found.verdict, found.knowable) == (verdict, knowable)


@pytest.mark.parametrize(
    ("left", "verdict"), [(28_800 - 290, "present"), (28_800 - 310, "left-early")]
)
def test_early_is_more_than_five_minutes_before_the_end(left: float, verdict: str) -> None:
    assert judged(walk((-600, 0), (left, HOME))).verdict == verdict


def test_late_and_early_is_late() -> None:
    assert judged(walk((-600, HOME), (2_000, 0), (20_000, HOME))).verdict == "late"


def test_a_visit_of_two_minutes_is_no_attending_and_three_are() -> None:
    short = judged(walk((-600, HOME), (3_600, 0), (3_600 + 120, HOME)))
    assert (short.first_in_s, short.inside_s, short.verdict) == (None, 0, "absent")
    longer = judged(walk((-600, HOME), (3_600, 0), (3_600 + 190, HOME)))
    assert longer.inside_s == pytest.approx(190, abs=6)


def test_two_minutes_outside_are_no_leaving_and_four_are() -> None:
    short = judged(walk((-600, 0), (3_600, HOME), (3_600 + 120, 0)))
    assert len(short.stays) == 1
    assert short.inside_s == 28_800
    longer = judged(walk((-600, 0), (3_600, HOME), (3_600 + 240, 0)))
    assert len(longer.stays) == 2
    assert longer.inside_s == pytest.approx(28_800 - 240, abs=10)
    assert longer.verdict == "present"


@pytest.mark.parametrize(
    ("share", "verdict", "knowable"),
    [(0.10, "absent", True), (0.149, "absent", False), (0.151, "late", False), (0.2, "late", True)],
)
def test_absent_is_less_than_fifteen_per_cent(share: float, verdict: str, knowable: bool) -> None:
    found = judged(walk((-600, HOME), (7_200, 0), (7_200 + share * 28_800, HOME)))
    assert (found.verdict, found.knowable) == (verdict, knowable)


def test_a_badge_that_dies_leaves_the_true_verdict_but_nobody_can_know_it() -> None:
    found = judged(walk((-600, 0)), mishaps=Mishaps(dead_s=20_000))
    assert (found.verdict, found.working, found.knowable) == ("present", False, False)


def test_a_loss_of_positions_hides_a_time_only_when_it_is_near_its_threshold() -> None:
    late = walk((-600, HOME), (600, 0))
    assert judged(late).knowable
    assert not judged(late, mishaps=Mishaps(no_fix=((100, 650),))).knowable
    assert judged(late, mishaps=Mishaps(no_fix=((15_000, 15_650),))).knowable
    assert judged(late, mishaps=Mishaps(no_fix=((560, 650),))).knowable  # too short to hide it


def test_who_came_long_before_may_be_lost_when_the_shift_begins() -> None:
    early = walk((-2_000, HOME), (-900, 0))
    assert judged(early, mishaps=Mishaps(no_fix=((100, 650),))).knowable


def test_a_canyon_at_the_time_of_coming_hides_it_too() -> None:
    late = walk((-600, HOME), (600, 0))
    assert not judged(late, mishaps=Mishaps(canyons=(Canyon(400, 700, 30, 0),))).knowable


def test_who_never_was_there_is_absent_and_known_to_be() -> None:
    found = judged(walk((-600, HOME)))
    assert (found.verdict, found.knowable, found.stays) == ("absent", True, ())


@given(st.lists(st.booleans(), max_size=400))
def test_stays_are_apart_and_long_enough(inside: list[bool]) -> None:
    t = np.arange(len(inside)) * 30.0
    stays = stays_of(t, inside)
    assert all(end - begin >= 180 for begin, end in stays)
    assert all(later[0] - earlier[1] >= 180 for earlier, later in pairwise(stays))
    covered = sum(end - begin for begin, end in stays)
    assert covered <= 30.0 * len(inside)


@given(st.floats(0, 28_800), st.floats(-2_000, 30_000), st.floats(-2_000, 31_000))
def test_every_time_has_exactly_one_verdict(inside: float, first: float, last: float) -> None:
    verdict = verdict_of(inside, 28_800, first, last, 28_800)
    assert (verdict == "absent") == (inside < 0.15 * 28_800)
    if verdict == "present":
        assert first <= 300
        assert last >= 28_500
