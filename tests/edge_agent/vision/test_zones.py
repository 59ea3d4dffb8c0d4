"""Feet in zones and over lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point as ShapelyPoint
from shapely import Polygon

from edge_agent.vision.zones import MARGIN, Line, Zone, crossings, foot_of, zones_at

SQUARE = Zone("square", ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)))
HORSESHOE = Zone(
    "horseshoe",
    (
        (0.1, 0.1),
        (0.9, 0.1),
        (0.9, 0.9),
        (0.7, 0.9),
        (0.7, 0.3),
        (0.3, 0.3),
        (0.3, 0.9),
        (0.1, 0.9),
    ),
)
UP = Line("gate", (0.5, 1.0), (0.5, 0.0))  # who stands at the bottom and looks up
PART = st.floats(0.0, 1.0)


@given(PART, PART, st.sampled_from([SQUARE, HORSESHOE]))
def test_a_foot_is_inside_exactly_where_geometry_says_so(x: float, y: float, zone: Zone) -> None:
    shape, point = Polygon(zone.corners), ShapelyPoint(x, y)
    if shape.exterior.distance(point) > 1e-9:
        assert zone.holds((x, y), was_inside=False) == shape.contains(point)
        near = shape.exterior.distance(point) < MARGIN
        assert zone.holds((x, y), was_inside=True) == (shape.contains(point) or near)


def test_the_foot_is_the_middle_of_the_lower_edge() -> None:
    assert foot_of((0.2, 0.1, 0.4, 0.9)) == (pytest.approx(0.3), 0.9)


def test_a_foot_that_trembles_on_the_border_stays_where_it_was() -> None:
    inside: tuple[str, ...] = ()
    told = []
    for x in (0.25, 0.199, 0.201, 0.198, 0.195, 0.202, 0.1):
        inside = zones_at((x, 0.5), [SQUARE], inside)
        told.append(bool(inside))
    assert told == [True, True, True, True, True, True, False]


def test_a_line_is_crossed_once_in_each_direction() -> None:
    sides: dict[str, int] = {}
    told = []
    for x in (0.3, 0.45, 0.499, 0.502, 0.498, 0.55, 0.6, 0.45):
        sides, crossed = crossings((x, 0.5), [UP], sides)
        told += crossed
    assert told == ["gate:out", "gate:in"]


def test_who_walks_past_the_end_of_a_line_has_not_crossed_it() -> None:
    short = Line("gate", (0.5, 0.6), (0.5, 0.4))
    sides, _ = crossings((0.4, 0.9), [short], {})
    assert crossings((0.6, 0.9), [short], sides)[1] == ()
