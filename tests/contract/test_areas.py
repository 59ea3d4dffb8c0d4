from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.area import Area, Ring
from contract.areas import AreaIndex, InvalidAreas
from contract.timestamps import parse_rfc3339

JAN, JUN, DEC = "2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", "2026-12-01T00:00:00Z"
IN_MARCH = parse_rfc3339("2026-03-01T00:00:00Z")
IN_JULY = parse_rfc3339("2026-07-01T00:00:00Z")


def square(west: float, south: float, size: float) -> Ring:
    east, north = west + size, south + size
    return ((west, south), (east, south), (east, north), (west, north), (west, south))


def area(name: str, *rings: Ring, **members: Any) -> Area:
    facts = {"version": 1, "kind": "duty", "valid_from": JAN, **members}
    return Area(id=name, rings=rings, **facts)


def owner_id(index: AreaIndex, lon: float, lat: float, at_ns: int = IN_MARCH) -> str | None:
    found = index.owner(lon, lat, kind="duty", at_ns=at_ns)
    return None if found is None else found.id


def test_a_point_belongs_to_the_area_around_it() -> None:
    index = AreaIndex([area("a", square(0, 0, 1)), area("b", square(1, 0, 1))])
    assert owner_id(index, 0.5, 0.5) == "a"
    assert owner_id(index, 1.5, 0.5) == "b"
    assert owner_id(index, 2.5, 0.5) is None


def test_a_hole_is_not_part_of_its_area_but_its_border_is() -> None:
    index = AreaIndex([area("ring", square(0, 0, 4), square(1, 1, 2)), area("zz", square(1, 1, 2))])
    assert owner_id(index, 0.5, 2) == "ring"
    assert owner_id(index, 2, 2) == "zz"
    assert owner_id(index, 1, 2) == "ring"


def test_a_border_point_belongs_to_the_lowest_id_as_a_string() -> None:
    left, right = area("grid-9", square(0, 0, 1)), area("grid-10", square(1, 0, 1))
    for order in ([left, right], [right, left]):
        assert owner_id(AreaIndex(order), 1, 0.5) == "grid-10"


def test_where_four_areas_meet_there_is_one_owner() -> None:
    corners = [area(f"g{n}", square(n % 2, n // 2, 1)) for n in (3, 1, 2, 0)]
    assert owner_id(AreaIndex(corners), 1, 1) == "g0"


def test_history_answers_for_its_own_day() -> None:
    index = AreaIndex(
        [
            area("a", square(0, 0, 1), valid_to=JUN, unit="north"),
            area("a", square(0, 0, 2), version=2, valid_from=JUN, unit="south"),
        ]
    )
    assert owner_id(index, 1.5, 1.5, IN_MARCH) is None
    assert owner_id(index, 1.5, 1.5, IN_JULY) == "a"
    versions = [index.owner(0.5, 0.5, kind="duty", at_ns=at) for at in (IN_MARCH, IN_JULY)]
    assert [(found.version, found.unit) for found in versions if found] == [
        (1, "north"),
        (2, "south"),
    ]


def test_a_version_ends_before_the_instant_at_which_the_next_begins() -> None:
    index = AreaIndex([area("a", square(0, 0, 1), valid_to=JUN)])
    change = parse_rfc3339(JUN)
    assert owner_id(index, 0.5, 0.5, change - 1) == "a"
    assert owner_id(index, 0.5, 0.5, change) is None
    assert owner_id(index, 0.5, 0.5, parse_rfc3339(JAN) - 1) is None


def test_each_point_may_have_its_own_time() -> None:
    index = AreaIndex([area("a", square(0, 0, 1), valid_to=JUN)])
    at = np.array([IN_MARCH, IN_JULY])
    assert index.ids([0.5, 0.5], [0.5, 0.5], kind="duty", at_ns=at) == ["a", None]


def test_kinds_do_not_answer_for_each_other() -> None:
    index = AreaIndex([area("a", square(0, 0, 1)), area("b", square(0, 0, 1), kind="no-fly")])
    assert index.ids([0.5], [0.5], kind="no-fly", at_ns=IN_MARCH) == ["b"]
    assert index.ids([0.5], [0.5], kind="route", at_ns=IN_MARCH) == [None]


def test_overlapping_zones_are_all_told() -> None:
    zones = [area(name, square(0, 0, 2), kind="no-fly") for name in ("b", "a", "c")]
    index = AreaIndex([*zones, area("d", square(5, 5, 1), kind="no-fly")])
    found = index.containing(1, 1, kind="no-fly", at_ns=IN_MARCH)
    assert [zone.id for zone in found] == ["a", "b", "c"]


def test_an_index_of_nothing_owns_nothing() -> None:
    assert AreaIndex([]).ids([1.0, 2.0], [1.0, 2.0], kind="duty", at_ns=IN_MARCH) == [None, None]
    assert AreaIndex([area("a", square(0, 0, 1))]).ids([], [], kind="duty", at_ns=0) == []


@pytest.mark.parametrize("lon", [float("nan"), float("inf")])
def test_a_position_that_is_no_number_is_an_error(lon: float) -> None:
    index = AreaIndex([area("a", square(0, 0, 1))])
    with pytest.raises(ValueError, match="lon"):
        index.owner(lon, 0, kind="duty", at_ns=IN_MARCH)
    with pytest.raises(ValueError, match="lon"):
        index.find([lon], [0], kind="duty", at_ns=IN_MARCH)


BOW_TIE: Ring = ((0, 0), (2, 2), (2, 0), (0, 2), (0, 0))


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (area("x"), "has no ring"),
        (area("x", ((0, 0), (1, 1), (0, 0))), "ring 0: has 3 points"),
        (area("x", square(0, 0, 1)[:-1]), "ring 0: is not closed"),
        (area("x", BOW_TIE), "Self-intersection at lon 1, lat 1"),
        (area("x", square(0, 0, 1), square(5, 5, 1)), "Hole lies outside shell at lon 5, lat 5"),
        (area("x", square(0, 0, 1), square(179.5, 0, 1)), "ring 1: point 1 (180.5, 0)"),
        (area("x", ((0, 0), (0, 91), (1, 1), (0, 0))), "ring 0: point 1 (0, 91)"),
        (area("x", ((0, 0), (float("nan"), 1), (1, 1), (0, 0))), "ring 0: point 1 (nan, 1)"),
        (area("x", square(0, 0, 1), valid_from="2026-01-01"), "not an RFC 3339 time"),
        (area("x", square(0, 0, 1), valid_to=JAN), "is not after valid_from"),
    ],
)
def test_a_wrong_area_is_refused_with_what_and_where(wrong: Area, what: str) -> None:
    with pytest.raises(InvalidAreas) as refused:
        AreaIndex([area("good", square(0, 0, 1)), wrong])
    assert len(refused.value.mistakes) == 1
    assert "area 'x' version 1" in refused.value.mistakes[0]
    assert what in refused.value.mistakes[0]


def test_all_wrong_areas_are_told_at_once() -> None:
    with pytest.raises(InvalidAreas) as refused:
        AreaIndex([area("x"), area("y", BOW_TIE)])
    assert len(refused.value.mistakes) == 2


def test_two_versions_valid_at_one_time_are_refused() -> None:
    with pytest.raises(InvalidAreas, match="versions 1 and 2 are valid at the same time"):
        AreaIndex(
            [area("a", square(0, 0, 1)), area("a", square(0, 0, 1), version=2, valid_from=JUN)]
        )


def test_an_area_travels_as_json() -> None:
    sent = area("a", square(0, 0, 4), square(1, 1, 2), valid_to=DEC, unit="north")
    assert msgspec.json.decode(msgspec.json.encode(sent), type=Area) == sent


@st.composite
def towns(draw: st.DrawFn) -> list[Area]:
    """Squares on a coarse grid, so that shared borders, corners and overlaps are common."""
    found = []
    for number in range(draw(st.integers(0, 8))):
        x, y, size = draw(st.integers(0, 6)), draw(st.integers(0, 6)), draw(st.integers(1, 4))
        rings = [square(x, y, size)]
        if size > 2 and draw(st.booleans()):
            rings.append(square(x + 1, y + 1, size - 2))
        times = draw(st.sampled_from([(JAN, None), (JAN, JUN), (JUN, None)]))
        found.append(area(f"a{number * 7 % 11}", *rings, valid_from=times[0], valid_to=times[1]))
    return found


POINTS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda p: (p[0] / 2, p[1] / 2)),
    max_size=12,
)


def brute_force(areas: list[Area], lon: float, lat: float, at_ns: int) -> str | None:
    """The rule of contract §8 with bare shapely, one area at a time."""
    point = shapely.Point(lon, lat)
    holding = [
        each.id
        for each in areas
        if parse_rfc3339(each.valid_from) <= at_ns
        and (each.valid_to is None or at_ns < parse_rfc3339(each.valid_to))
        and shapely.Polygon(each.rings[0], each.rings[1:]).covers(point)
    ]
    return min(holding, default=None)


@settings(max_examples=150, deadline=None)
@given(towns(), POINTS, st.sampled_from([IN_MARCH, IN_JULY]))
def test_the_index_agrees_with_brute_force(
    areas: list[Area], points: list[tuple[float, float]], at_ns: int
) -> None:
    lon, lat = [x for x, _ in points], [y for _, y in points]
    expected = [brute_force(areas, x, y, at_ns) for x, y in points]
    index = AreaIndex(areas)
    assert index.ids(lon, lat, kind="duty", at_ns=at_ns) == expected
    assert [owner_id(index, x, y, at_ns) for x, y in points] == expected
