from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.path import Path

from contract.area import Area, Ring
from contract.fences import Fences, InvalidAreas, Side
from contract.timestamps import parse_rfc3339

JAN, JUN, DEC = "2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", "2026-12-01T00:00:00Z"
IN_MARCH = parse_rfc3339("2026-03-01T00:00:00Z")
IN_JULY = parse_rfc3339("2026-07-01T00:00:00Z")
LON, LAT = 113.2, 23.1
OUTSIDE, UNSURE, INSIDE = Side.OUTSIDE, Side.UNSURE, Side.INSIDE
# Lengths of a degree at 23.1 N by the series of the ellipsoid (Snyder, Map Projections: A Working
# Manual, USGS 1395, 1987), another way than the radii of curvature.
_PHI = math.radians(LAT)
PER_LAT_M = 111132.954 - 559.822 * math.cos(2 * _PHI) + 1.175 * math.cos(4 * _PHI)
PER_LON_M = 111412.84 * math.cos(_PHI) - 93.5 * math.cos(3 * _PHI) + 0.118 * math.cos(5 * _PHI)


def east(metres: float) -> float:
    return LON + metres / PER_LON_M


def north(metres: float) -> float:
    return LAT + metres / PER_LAT_M


def ring(*corners: tuple[float, float]) -> Ring:
    """Corners in metres east and north of LON, LAT."""
    points = [(east(x), north(y)) for x, y in corners]
    return (*points, points[0])


def square(west_m: float, south_m: float, size_m: float) -> Ring:
    e, n = west_m + size_m, south_m + size_m
    return ring((west_m, south_m), (e, south_m), (e, n), (west_m, n))


def area(name: str, *rings: Ring, **facts: Any) -> Area:
    members = {"version": 1, "kind": "shift", "valid_from": JAN, **facts}
    return Area(id=name, rings=rings, **members)


def side(
    fences: Fences,
    x_m: float,
    y_m: float,
    accuracy_m: float = 0.0,
    *ids: str,
    at_ns: int = IN_MARCH,
) -> Side:
    return fences.side(ids or ("a",), east(x_m), north(y_m), accuracy_m, at_ns)


def test_a_circle_is_inside_outside_or_neither() -> None:
    fences = Fences([area("a", square(0, 0, 200))])
    assert side(fences, 100, 100) is INSIDE
    assert side(fences, 100, 100, 99.5) is INSIDE
    assert side(fences, 100, 100, 100.5) is UNSURE
    assert side(fences, 100, 195) is INSIDE
    assert side(fences, 100, 195, 10) is UNSURE
    assert side(fences, 100, 205, 10) is UNSURE
    assert side(fences, 100, 205, 4.9) is OUTSIDE
    assert side(fences, 100, 205) is OUTSIDE
    assert side(fences, 100, 1e6, 10) is OUTSIDE
    assert side(fences, 100, 100, math.inf) is UNSURE


def test_the_border_and_its_corners_are_inside() -> None:
    fences = Fences([area("a", ((1, 1), (3, 1), (3, 3), (1, 3), (1, 1)))])
    for lon, lat in ((1, 1), (3, 3), (1, 2), (2, 3), (3, 1)):
        assert fences.side(["a"], lon, lat, 0, IN_MARCH) is INSIDE
        assert fences.where(lon, lat, 0, IN_MARCH) == [("a",)]
        assert fences.around(lon, lat, 0, IN_MARCH) == ("a",)


def test_a_hole_is_outside() -> None:
    fences = Fences([area("a", square(0, 0, 300), square(100, 100, 100))])
    assert side(fences, 150, 150) is OUTSIDE
    assert side(fences, 150, 150, 40) is OUTSIDE
    assert side(fences, 150, 150, 60) is UNSURE
    assert side(fences, 50, 50) is INSIDE


def test_a_multi_polygon_is_one_fence() -> None:
    fences = Fences([area("a", square(0, 0, 100), more=((square(500, 0, 100),),))])
    assert [side(fences, x, 50, 5) for x in (50, 300, 550)] == [INSIDE, OUTSIDE, INSIDE]


def test_a_buffer_widens_the_fence_by_metres() -> None:
    fences = Fences([area("a", square(0, 0, 200), buffer_m=50.0)])
    for x, y in ((-49.8, 100), (100, 249.8), (-35, -35)):
        assert side(fences, x, y) is INSIDE
    for x, y in ((-50.2, 100), (100, 250.2), (-36, -36)):
        assert side(fences, x, y) is OUTSIDE


def test_a_circle_across_the_common_border_of_two_areas_is_inside_of_both() -> None:
    fences = Fences([area("a", square(0, 0, 200)), area("b", square(200, 0, 200))])
    assert side(fences, 200, 100, 50) is UNSURE
    assert side(fences, 200, 100, 50, "a", "b") is INSIDE
    assert side(fences, 200, 100, 50, "b", "a") is INSIDE


def test_an_unknown_area_is_no_fence() -> None:
    fences = Fences([area("a", square(0, 0, 200))])
    assert side(fences, 100, 100, 0, "b") is OUTSIDE
    assert side(fences, 100, 100, 0, "b", "a") is INSIDE
    assert fences.side([], LON, LAT, 10, IN_MARCH) is OUTSIDE
    assert fences.sides(["b"], [LON], [LAT], 1, 0).tolist() == [OUTSIDE]
    assert fences.clearance_m(["b"], [LON], [LAT], 0).tolist() == [-math.inf]
    assert (fences.version("b", IN_MARCH), fences.shape("b", IN_MARCH)) == (None, None)


def test_no_areas_are_no_fences() -> None:
    fences = Fences([])
    assert fences.where([LON, 0], [LAT, 0], 10, IN_MARCH, UNSURE) == [(), ()]
    assert fences.around(LON, LAT, 10, IN_MARCH) == ()
    assert side(fences, 0, 0) is OUTSIDE


def test_each_version_answers_for_its_own_time() -> None:
    old = area("a", square(0, 0, 100), valid_to=JUN)
    new = area("a", square(0, 0, 300), version=2, valid_from=JUN, valid_to=DEC)
    fences, change = Fences([new, old]), parse_rfc3339(JUN)
    at = [parse_rfc3339(JAN) - 1, parse_rfc3339(JAN), change - 1, change, parse_rfc3339(DEC)]
    assert [fences.version("a", when) for when in at] == [None, 1, 1, 2, None]
    expected = [OUTSIDE, OUTSIDE, OUTSIDE, INSIDE, OUTSIDE]
    assert [side(fences, 200, 50, at_ns=when) for when in at] == expected
    n = len(at)
    assert fences.sides(["a"], [east(200)] * n, [north(50)] * n, 0, at).tolist() == expected
    assert [bool(ids) for ids in fences.where(east(200), north(50), 0, at)] == [
        one is INSIDE for one in expected
    ]
    bounds = [fences.shape("a", when) for when in (IN_MARCH, IN_JULY)]
    assert bounds[0] is not None
    assert bounds[1] is not None
    assert bounds[0].bounds[2] == pytest.approx(east(100))
    assert bounds[1].bounds[2] == pytest.approx(east(300))


def test_an_area_of_several_joins_only_while_it_is_valid() -> None:
    fences = Fences([area("a", square(0, 0, 200), valid_to=JUN), area("b", square(200, 0, 200))])
    assert side(fences, 200, 100, 50, "a", "b", at_ns=IN_JULY) is UNSURE
    assert side(fences, 100, 100, 10, "a", "b", at_ns=IN_JULY) is OUTSIDE


def test_clearance_is_in_metres_of_the_ellipsoid_and_negative_outside() -> None:
    fences = Fences([area("a", square(0, 0, 1000), buffer_m=0)])
    x, y = np.array([500, 900, 500, 1300]), np.array([500, 500, -200, 1400])
    found = fences.clearance_m(["a"], LON + x / PER_LON_M, LAT + y / PER_LAT_M, IN_MARCH)
    assert found.tolist() == pytest.approx([500, 100, -200, -500], rel=1e-3)


def test_at_sixty_degrees_north_a_metre_is_still_a_metre() -> None:
    half_lon, half_lat = 500 / 55_800.0, 500 / 111_412.0  # at 60 N: 55.80 and 111.41 km a degree
    box = (10 - half_lon, 60 - half_lat, 10 + half_lon, 60 + half_lat)
    corners = tuple((float(x), float(y)) for x, y in shapely.box(*box).exterior.coords)
    found = Fences([area("a", corners)]).clearance_m(["a"], [10], [60], IN_MARCH)
    assert found[0] == pytest.approx(500, rel=1e-3)


def test_fences_are_told_by_the_ids_of_those_around() -> None:
    fences = Fences([area(n, square(w, 0, 200)) for n, w in (("b", 0), ("a", 100), ("c", 900))])
    assert fences.where(east(150), north(100), 0, IN_MARCH) == [("a", "b")]
    assert fences.where(east(150), north(100), 60, IN_MARCH) == [()]
    assert fences.where(east(150), north(100), 60, IN_MARCH, UNSURE) == [("a", "b")]
    assert fences.around(east(890), north(100), 15, IN_MARCH, UNSURE) == ("c",)
    assert fences.around(east(890), north(100), 5, IN_MARCH, UNSURE) == ()


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_a_position_that_is_no_number_is_an_error(wrong: float) -> None:
    fences = Fences([area("a", square(0, 0, 200))])
    for lon, lat in ((wrong, LAT), (LON, wrong)):
        with pytest.raises(ValueError, match="finite"):
            fences.side(["a"], lon, lat, 0, IN_MARCH)
        with pytest.raises(ValueError, match="finite"):
            fences.sides(["a"], [lon], [lat], 0, IN_MARCH)
        for accuracy_m in (0, 5):
            with pytest.raises(ValueError, match="finite"):
                fences.around(lon, lat, accuracy_m, IN_MARCH, UNSURE)


@pytest.mark.parametrize("wrong", [math.nan, -1.0])
def test_an_accuracy_below_nothing_is_an_error(wrong: float) -> None:
    fences = Fences([area("a", square(0, 0, 200))])
    for x_m in (100, 5000):
        with pytest.raises(ValueError, match="accuracy"):
            side(fences, x_m, 100, wrong)
        with pytest.raises(ValueError, match="accuracy"):
            fences.around(east(x_m), LAT, wrong, IN_MARCH)
    with pytest.raises(ValueError, match="accuracy"):
        fences.sides(["a"], [LON], [LAT], [wrong], IN_MARCH)


def test_wrong_areas_are_refused_all_at_once() -> None:
    bow_tie = ring((0, 0), (10, 10), (10, 0), (0, 10))
    with pytest.raises(InvalidAreas) as refused:
        Fences([area("a", bow_tie), area("b", square(0, 0, 9), buffer_m=math.nan), area("c")])
    assert len(refused.value.mistakes) == 3


# --- laws -----------------------------------------------------------------------------------------

METRES = st.integers(-900, 900).map(float)
ACCURACY = st.sampled_from([0.0, 1.0, 7.5, 30.0, 120.0])


@st.composite
def stars(draw: st.DrawFn, name: str = "a") -> Area:
    """A star-shaped polygon around a middle, sometimes with a hole, a second part, a buffer."""
    spokes = draw(st.lists(st.floats(80, 400), min_size=3, max_size=12))
    x, y = draw(st.floats(-300, 300)), draw(st.floats(-300, 300))

    def around(lengths: list[float], middle: float = 0.0) -> Ring:
        turns = [2 * math.pi * n / len(lengths) for n in range(len(lengths))]
        corners = zip(turns, lengths, strict=True)
        return ring(*((middle + x + r * math.cos(t), y + r * math.sin(t)) for t, r in corners))

    # The inner circle of a star of three spokes of 80 m has a radius of 80 / 2.
    hole = [around([15.0] * 7)] if draw(st.booleans()) else []
    more = ((around([60.0] * 5, 700.0),),) if draw(st.booleans()) else ()
    buffer_m = draw(st.sampled_from([0.0, 0.0, 12.0]))
    return area(name, around(spokes), *hole, more=more, buffer_m=buffer_m)


def winding(rings: tuple[Ring, ...], lon: float, lat: float) -> bool:
    """Even-odd ray casting by hand; what lies on a border is not asked."""
    crossings = 0
    for one in rings:
        for (x1, y1), (x2, y2) in pairwise(one):
            if (y1 > lat) != (y2 > lat) and lon < x1 + (lat - y1) * (x2 - x1) / (y2 - y1):
                crossings += 1
    return crossings % 2 == 1


def border_distance_m(rings: tuple[Ring, ...], x: float, y: float) -> float:
    """By hand, with degrees of Snyder's series."""
    least = math.inf
    for one in rings:
        corners = [((lon - LON) * PER_LON_M - x, (lat - LAT) * PER_LAT_M - y) for lon, lat in one]
        for (x1, y1), (x2, y2) in pairwise(corners):
            dx, dy = x2 - x1, y2 - y1
            along = min(max(-(x1 * dx + y1 * dy) / (dx * dx + dy * dy), 0.0), 1.0)
            least = min(least, math.hypot(x1 + along * dx, y1 + along * dy))
    return least


def all_rings(one: Area) -> tuple[Ring, ...]:
    return tuple(ring for rings in (one.rings, *one.more) for ring in rings)


@settings(max_examples=150, deadline=None)
@given(stars(), METRES, METRES, ACCURACY)
def test_sides_are_those_found_by_hand(one: Area, x: float, y: float, accuracy_m: float) -> None:
    rings = all_rings(one)
    # A buffer moves each border outward: off the shape by the distance, inside never less.
    distance_m = border_distance_m(rings, x, y)
    inside = winding(rings, east(x), north(y))
    clear_m = distance_m if inside else -distance_m
    tight_m = 1e-3 * (abs(clear_m) + accuracy_m + one.buffer_m) + 0.05
    found = side(Fences([one]), x, y, accuracy_m)
    if inside and clear_m > accuracy_m + tight_m:
        assert found is INSIDE
    if not inside and clear_m < -(accuracy_m + one.buffer_m + tight_m):
        assert found is OUTSIDE
    if not one.buffer_m and abs(clear_m) < accuracy_m - tight_m:
        assert found is UNSURE
    if not inside and -one.buffer_m + tight_m < clear_m < -tight_m and not accuracy_m:
        assert found is INSIDE


@settings(max_examples=60, deadline=None)
@given(stars(), st.lists(st.tuples(METRES, METRES), min_size=1, max_size=60))
def test_sides_are_those_of_another_library(one: Area, places: list[tuple[float, float]]) -> None:
    """matplotlib's paths (Anti-Grain Geometry) share no code with GEOS. Without buffer and accuracy; on
    a border, where theirs is not defined, nothing is asked."""
    one = msgspec.structs.replace(one, buffer_m=0.0)
    lon, lat = np.array([east(x) for x, _ in places]), np.array([north(y) for _, y in places])
    crossings = sum(
        Path(np.array(ring)).contains_points(np.column_stack((lon, lat))).astype(int)
        for ring in all_rings(one)
    )
    theirs = np.asarray(crossings) % 2 == 1
    ours = Fences([one]).sides(("a",), lon, lat, np.zeros(len(lon)), IN_MARCH)
    clear = np.array([border_distance_m(all_rings(one), x, y) > 0.01 for x, y in places])
    assert ((ours == INSIDE) == theirs)[clear].all()


@settings(max_examples=100, deadline=None)
@given(stars(), METRES, METRES)
def test_what_is_sure_stays_sure_when_it_is_known_better(one: Area, x: float, y: float) -> None:
    fences = Fences([one])
    radii = [0.0, 0.5, 3.0, 10.0, 40.0, 90.0, 200.0]
    found = [side(fences, x, y, radius) for radius in radii]
    sure = [one for one in found if one is not UNSURE]
    assert sure == [found[0]] * len(sure)
    assert found == sure + [UNSURE] * (len(found) - len(sure))


@settings(max_examples=100, deadline=None)
@given(stars(), METRES, METRES, ACCURACY)
def test_a_wider_buffer_makes_no_inside_less(one: Area, x: float, y: float, acc: float) -> None:
    wider = msgspec.structs.replace(one, buffer_m=one.buffer_m + 25)
    assert side(Fences([wider]), x, y, acc) >= side(Fences([one]), x, y, acc)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from("abcd").flatmap(stars), max_size=4, unique_by=lambda one: one.id),
    st.lists(st.tuples(METRES, METRES, ACCURACY), min_size=1, max_size=40),
    st.sampled_from([("a",), ("a", "b"), ("c", "a", "z"), ()]),
)
def test_one_by_one_and_all_at_once_are_the_same(
    areas: list[Area], fixes: list[tuple[float, float, float]], ids: tuple[str, ...]
) -> None:
    fences = Fences(areas)
    # Three times, so that the grid of what is asked often is asked too.
    fixes = fixes * (1 + 100 // len(fixes))
    lon, lat = [east(x) for x, _, _ in fixes], [north(y) for _, y, _ in fixes]
    accuracy = [radius for _, _, radius in fixes]
    each = list(zip(lon, lat, accuracy, strict=True))
    expected = [fences.side(ids, *fix, IN_MARCH) for fix in each]
    assert fences.sides(ids, lon, lat, accuracy, IN_MARCH).tolist() == expected
    for least in (INSIDE, UNSURE):
        told = fences.where(lon, lat, accuracy, IN_MARCH, least)
        assert told == [fences.around(*fix, IN_MARCH, least) for fix in each]
        assert told == [
            tuple(one for one in "abcd" if fences.side([one], *fix, IN_MARCH) >= max(least, UNSURE))
            for fix in each
        ]


@settings(max_examples=100, deadline=None)
@given(stars(), METRES, METRES)
def test_clearance_tells_the_side(one: Area, x: float, y: float) -> None:
    fences = Fences([one])
    clear_m = float(fences.clearance_m(["a"], [east(x)], [north(y)], IN_MARCH)[0])
    assert (clear_m >= 0) == (side(fences, x, y) is INSIDE)
    if abs(clear_m) > 0.01:
        assert side(fences, x, y, abs(clear_m) + 0.001) is UNSURE
        assert side(fences, x, y, abs(clear_m) - 0.001) is not UNSURE


def test_what_the_hands_found_is_the_whole_grid_of_one_fence() -> None:
    """Every cell of the grid and its surroundings, with the grid in use."""
    one = area("a", square(0, 0, 320), square(100, 100, 64), buffer_m=10)
    fences = Fences([one])
    steps = np.arange(-40, 360, 4.0)
    x, y = (found.ravel() for found in np.meshgrid(steps, steps))
    lon, lat = LON + x / PER_LON_M, LAT + y / PER_LAT_M
    for accuracy_m in (0.0, 3.0, 25.0):
        vector = fences.sides(["a"], lon, lat, accuracy_m, IN_MARCH).tolist()
        points = zip(lon.tolist(), lat.tolist(), strict=True)
        assert [fences.side(("a",), *point, accuracy_m, IN_MARCH) for point in points] == vector
        assert set(vector) == ({0, 2} if not accuracy_m else {0, 1, 2})
