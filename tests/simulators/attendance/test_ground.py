from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest
import shapely
from msgspec import structs

from contract.areas import AreaIndex
from contract.geojson import read_areas
from simulators.attendance.day import AttendanceDay
from simulators.attendance.ground import KINDS, Place, area_of, nearest, places_of

PLACES = places_of(3, 30)
SINCE = "2026-01-01T00:00:00Z"


def of(kind: str) -> list[Place]:
    return [place for place in PLACES if place.kind == kind]


def test_every_shape_is_there_and_valid_for_the_contract() -> None:
    assert {place.kind for place in PLACES} == set(KINDS)
    assert len(AreaIndex([area_of(place, SINCE) for place in PLACES]).areas) == 30


def test_yards_have_holes_divided_areas_two_parts_and_notched_ones_notches() -> None:
    assert all(len(area_of(place, SINCE).rings) == 2 for place in of("yard"))
    assert all(len(area_of(place, SINCE).more) == 1 for place in of("split"))
    bays = [1 - place.shape.area / place.shape.convex_hull.area for place in of("notched")]
    assert np.mean(bays) > 0.08


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.id} {place.kind}")
def test_every_spot_is_inside_and_can_be_walked_to(place: Place) -> None:
    x, y = np.array(place.spots).T
    assert shapely.contains_xy(place.shape, x, y).all()
    reached, waiting = {0}, [0]
    while waiting:
        fresh = set(place.ways[waiting.pop()]) - reached
        reached |= fresh
        waiting += fresh
    assert reached == set(range(len(place.spots)))
    assert all(other in place.ways[way] for other, ways in enumerate(place.ways) for way in ways)


def test_the_nearest_area_is_itself_and_the_next_a_neighbour() -> None:
    order = nearest(PLACES)
    assert [row[0] for row in order] == list(range(30))
    one, other = PLACES[0], PLACES[order[0][1]]
    assert np.hypot(one.centre[0] - other.centre[0], one.centre[1] - other.centre[1]) < 900


def test_the_map_file_says_what_the_areas_say() -> None:
    day = AttendanceDay(3, 1, 30, date(2026, 11, 23))
    features = json.loads(day.areas_geojson)["features"]
    assert [feature["id"] for feature in features] == [area.id for area in day.areas]
    kinds = {feature["geometry"]["type"] for feature in features}
    assert kinds == {"Polygon", "MultiPolygon"}
    read = read_areas(day.areas_geojson, kind="shift", origin="areas.json")
    assert [structs.replace(area, source=None) for area in read] == list(day.areas)
    for feature, place in zip(features, day.places, strict=True):
        drawn = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert drawn.is_valid
        assert drawn.area == pytest.approx(place.shape.area / 111_320**2 / 0.919, rel=0.01)
