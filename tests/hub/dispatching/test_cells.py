"""The grid: whatever is near is in a cell that is asked for."""

from __future__ import annotations

from math import cos, radians

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from contract.plane import METRES_PER_DEGREE
from hub.dispatching.cells import CELL_M, MAX_RADIUS_M, around, cell_of, metres

LON = st.one_of(
    st.floats(-180, 180), st.floats(179.9, 180), st.floats(-180, -179.9), st.just(180.0)
)
LAT = st.one_of(st.floats(-90, 90), st.floats(89.3, 90), st.floats(-90, -89.3))
CITY = (st.floats(73, 135), st.floats(18, 54))


@given(LON, LAT, st.floats(0, 2 * CELL_M), st.floats(-1, 1), st.floats(-1, 1))
@example(180.0, 0.0, 30.0, 1.0, 0.0)
@example(-180.0, 23.0, 30.0, -1.0, 0.5)
@example(0.0, 90.0, 30.0, 1.0, -1.0)
def test_what_lies_within_the_radius_is_in_a_cell_around(
    lon: float, lat: float, radius_m: float, east: float, north: float
) -> None:
    other_lat = lat + north * radius_m / METRES_PER_DEGREE
    assume(-90 <= other_lat <= 90)
    wide = cos(radians((lat + other_lat) / 2)) * METRES_PER_DEGREE
    step = min(180.0, radius_m / wide) if wide > 1e-6 else 180.0
    other_lon = (lon + east * step + 180.0) % 360.0 - 180.0
    assume(metres(lon, lat, other_lon, other_lat) <= radius_m)
    assert cell_of(other_lon, other_lat) in around(lon, lat, radius_m)


@given(LON, LAT)
def test_a_place_is_in_a_cell_around_itself_however_small_the_radius(
    lon: float, lat: float
) -> None:
    assert cell_of(lon, lat) in around(lon, lat, 0)


def test_both_names_of_the_antimeridian_are_neighbours() -> None:
    assert cell_of(-180, 23) in around(180, 23, 1)
    assert cell_of(180, 23) in around(-180, 23, 1)
    assert cell_of(-179.9999, 60) in around(179.9999, 60, 30)


def test_across_the_pole_is_near() -> None:
    assert cell_of(-170, 89.99995) in around(10, 89.99995, 30)
    assert cell_of(10, -90) in around(-100, -90, 1)


@given(*CITY, st.floats(0, 500))
def test_a_question_asks_for_few_cells(lon: float, lat: float, radius_m: float) -> None:
    assert len(around(lon, lat, radius_m)) <= (2 * radius_m / CELL_M + 2) ** 2 * 1.2


def test_a_radius_beyond_the_most_is_cut_so_that_no_policy_asks_for_the_earth() -> None:
    assert around(113.27, 23.16, 1e9) == around(113.27, 23.16, MAX_RADIUS_M)
    assert len(around(113.27, 23.16, 1e9)) < 2_000


@given(*CITY, st.sampled_from([50.0, 100.0, 250.0]))
def test_two_places_in_one_cell_are_no_further_apart_than_its_diagonal(
    lon: float, lat: float, cell_m: float
) -> None:
    name = cell_of(lon, lat, cell_m)
    for east, north in ((0.6, 0.0), (0.0, 0.6), (0.7, 0.7)):
        away = (
            lon + east * cell_m / METRES_PER_DEGREE / cos(radians(lat)),
            lat + north * cell_m / METRES_PER_DEGREE,
        )
        if cell_of(*away, cell_m) == name:
            assert metres(lon, lat, *away) <= cell_m * 2**0.5 * 1.01
    far = lon, lat + 1.01 * cell_m / METRES_PER_DEGREE
    assert cell_of(*far, cell_m) != name
    beside = lon + 1.02 * cell_m / METRES_PER_DEGREE / cos(radians(lat)), lat
    assert cell_of(*beside, cell_m) != name


@pytest.mark.parametrize(
    ("place", "other", "expected"),
    [
        # A degree of the meridian is 111,195 m on the sphere of 6,371 km.
        ((113.0, 23.0), (113.0, 24.0), 111_195),
        ((113.0, 60.0), (113.001, 60.0), 55.6),
        ((179.9995, 0.0), (-179.9995, 0.0), 111.2),
    ],
)
def test_metres_are_those_of_the_sphere(
    place: tuple[float, float], other: tuple[float, float], expected: float
) -> None:
    assert metres(*place, *other) == pytest.approx(expected, rel=1e-3)
    assert metres(*other, *place) == pytest.approx(metres(*place, *other))
