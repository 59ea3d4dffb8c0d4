"""Coverage of roads and greens, worked out by hand on straight roads and square greens."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.duties.coverage import Position, Why, covered
from hub.duties.kinds import Coverage
from tests.hub.duties.roads import START_NS, drive, green, road

RULE = Coverage(share=0.85, slowest_kmh=3, fastest_kmh=10, width_m=2.0, reach_m=8)
STREET = road((0, 0), (500, 0))
SQUARE = green((0, 0), (40, 0), (40, 40), (0, 40))


def close(share: float) -> object:
    """To a piece or two of half a kilometre."""
    return pytest.approx(share, abs=0.012)


def test_the_whole_street_at_working_speed_is_covered() -> None:
    found = covered(STREET, drive((0, 3), (500, 3)), RULE)
    assert found.share == close(1.0)
    assert found.total == pytest.approx(500, rel=1e-3)
    assert found.meets(RULE)


def test_driven_too_fast_counts_nothing_and_says_so() -> None:
    track = drive((0, 2), (300, 2)) + drive((300, 2), (500, 2), kmh=25, start_s=200)
    found = covered(STREET, track, RULE)
    assert found.share == close(0.6)
    assert not found.meets(RULE)
    (rest,) = [one for one in found.uncovered if one.size > 5]
    assert (rest.why, rest.size) == (Why.TOO_FAST, pytest.approx(200, abs=5))
    assert found.driven_m[Why.TOO_FAST] == pytest.approx(200, rel=0.02)


def test_the_second_pass_at_working_speed_makes_up_for_a_fast_first() -> None:
    track = drive((0, 2), (500, 2), kmh=30) + drive((500, -2), (0, -2), start_s=100)
    assert covered(STREET, track, RULE).share == close(1.0)


def test_parked_covers_no_more_than_where_it_stands() -> None:
    """Half an hour beside the road, its position wandering by metres."""
    parked = drive(*[(100.0, 2.0)] * 1800, every_s=1.0, noise_m=2.5)
    still = covered(STREET, [one._replace(speed_kmh=0.0) for one in parked], RULE)
    assert (still.share, still.driven_m[Why.WORKED]) == (0, 0)
    # Without a told speed its own few metres are all that wandering can bring.
    silent = covered(STREET, [one._replace(speed_kmh=None) for one in parked], RULE)
    assert silent.share < 0.04
    assert silent.driven_m[Why.WORKED] < silent.driven_m[Why.TOO_SLOW] / 100


def test_without_a_told_speed_the_way_over_the_ground_decides() -> None:
    assert covered(STREET, drive((0, 2), (500, 2), told=False, noise_m=1.0), RULE).share == close(1)
    fast = drive((0, 2), (500, 2), kmh=20, told=False, noise_m=1.0)
    assert covered(STREET, fast, RULE).share == 0


def test_a_terminal_that_tells_six_and_drives_thirty_covers_nothing() -> None:
    track = [one._replace(speed_kmh=6.0) for one in drive((0, 2), (500, 2), kmh=30)]
    assert covered(STREET, track, RULE).share == 0


def test_the_next_street_and_a_crossing_cover_nothing() -> None:
    assert covered(STREET, drive((0, 20), (500, 20)), RULE).share == 0
    assert covered(STREET, drive((250, -100), (250, 100)), RULE).share == 0


def test_half_of_the_street_leaves_the_other_half_as_one_line() -> None:
    found = covered(STREET, drive((0, 1), (250, 1)), RULE)
    assert found.share == close(0.5)
    (rest,) = found.uncovered
    assert rest.why is Why.NOT_DRIVEN
    assert rest.size == pytest.approx(250, abs=6)
    west, _, east, _ = rest.shape.bounds
    whole_west, _, whole_east, _ = STREET.bounds
    assert east == pytest.approx(whole_east)
    assert (west - whole_west) / (whole_east - whole_west) == pytest.approx(0.5, abs=0.012)


def test_a_gap_in_the_track_is_not_driven() -> None:
    track = [
        one for one in drive((0, 1), (500, 1)) if not 100 <= (one.at_ns - START_NS) / 1e9 < 160
    ]
    found = covered(STREET, track, RULE)
    assert found.share == close(0.8)
    assert covered(STREET, track, replace(RULE, gap_s=90)).share == close(1.0)


def test_positions_that_are_not_accurate_count_nothing_and_say_so() -> None:
    found = covered(STREET, drive((0, 1), (500, 1), accuracy_m=40.0), RULE)
    assert found.share == 0
    assert {one.why for one in found.uncovered} == {Why.INACCURATE}
    assert covered(STREET, drive((0, 1), (500, 1), accuracy_m=None), RULE).share == close(1.0)


def test_a_street_with_bends_is_covered_on_their_outside_too() -> None:
    corners = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (200.0, 100.0), (260.0, 40.0)]
    found = covered(road(*corners), drive(*corners, noise_m=1.0, every_s=2), RULE)
    assert found.share >= 0.98


def test_lines_of_two_kerbs_are_each_to_be_driven() -> None:
    kerbs = shapely.MultiLineString([road((0, 0), (200, 0)), road((0, 14), (200, 14))])
    one, both = drive((0, 1), (200, 1)), drive((0, 1), (200, 1), (200, 13), (0, 13))
    assert covered(kerbs, one, replace(RULE, reach_m=5)).share == close(0.5)
    assert covered(kerbs, both, replace(RULE, reach_m=5)).share == close(1.0)


def test_what_is_left_of_two_lines_is_two_lines() -> None:
    kerbs = shapely.MultiLineString([road((0, 0), (200, 0)), road((0, 14), (200, 14))])
    left = covered(kerbs, [], RULE).uncovered
    assert [round(one.size) for one in left] == [200, 200]


def rows(spacing: float, until: float = 40.0) -> list[tuple[float, float]]:
    corners: list[tuple[float, float]] = []
    y, flip = spacing / 2, False
    while y < until:
        ends = [(-2.0, y), (42.0, y)]
        corners += ends[::-1] if flip else ends
        y, flip = y + spacing, not flip
    return corners


def test_a_green_is_covered_by_the_width_of_the_machine() -> None:
    assert covered(SQUARE, drive(*rows(2.0)), RULE).share == pytest.approx(1.0, abs=0.02)
    assert covered(SQUARE, drive(*rows(4.0)), RULE).share == pytest.approx(0.5, abs=0.03)
    half = covered(SQUARE, drive(*rows(2.0, until=20.0)), RULE)
    assert half.share == pytest.approx(0.5, abs=0.02)
    assert half.total == pytest.approx(1600, rel=1e-3)
    (rest,) = [one for one in half.uncovered if one.size > 20]
    assert rest.why is Why.NOT_DRIVEN
    assert rest.size == pytest.approx(800, rel=0.04)


def test_round_the_edge_of_a_green_is_not_the_green() -> None:
    found = covered(SQUARE, drive((0, 0), (40, 0), (40, 40), (0, 40), (0, 0)), RULE)
    assert found.share == pytest.approx(1 - 38 * 38 / 1600, abs=0.01)


def test_mown_too_fast_is_left_and_named() -> None:
    found = covered(SQUARE, drive(*rows(2.0), kmh=18, every_s=0.5), RULE)
    assert found.share < 0.02
    assert max(found.uncovered, key=lambda one: one.size).why is Why.TOO_FAST


def test_what_is_left_and_what_is_covered_are_the_whole() -> None:
    for asset in (STREET, SQUARE):
        found = covered(asset, drive((0, 5), (33, 5)), RULE)
        left = sum(one.size for one in found.uncovered)
        assert left == pytest.approx(found.total * (1 - found.share), rel=1e-6)


def test_no_track_covers_nothing() -> None:
    for track in ([], drive((0, 0), (1, 0))[:1]):
        assert covered(STREET, track, RULE).share == 0
        assert covered(SQUARE, track, RULE).share == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("asset", "said"),
    [
        (shapely.Point(113, 23), "expected a line or a polygon"),
        (shapely.LineString(), "empty"),
        (green((0, 0), (40, 40), (40, 0), (0, 40)), "no polygon: Self-intersection"),
        (shapely.LineString([(113, 23), (113, 23)]), "without length"),
    ],
)
def test_what_is_no_road_and_no_green_is_refused(asset: shapely.Geometry, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        covered(asset, drive((0, 0), (10, 0)), RULE)  # type: ignore[arg-type]


def test_positions_that_are_no_numbers_are_refused() -> None:
    track = [*drive((0, 0), (10, 0)), Position(0, math.nan, 23.0)]
    with pytest.raises(ValueError, match="finite"):
        covered(STREET, track, RULE)


LEGS = st.lists(
    st.tuples(st.floats(-20, 520), st.floats(-12, 12)), min_size=2, max_size=5, unique=True
)


@settings(deadline=None, max_examples=40)
@given(LEGS, st.floats(1, 30), st.randoms(use_true_random=False))
def test_the_order_of_positions_does_not_matter_and_more_track_covers_no_less(
    legs: list[tuple[float, float]], kmh: float, chance: st.DataObject
) -> None:
    track = drive(*legs, kmh=kmh, every_s=4.0)
    found = covered(STREET, track, RULE)
    mixed = list(track)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert covered(STREET, mixed, RULE) == found
    assert 0 <= found.share <= 1
    more = track + drive((0, 1), (200, 1), start_s=1e6, every_s=4.0)
    assert covered(STREET, more, RULE).share >= max(found.share, 0.38)
