from __future__ import annotations

import json
from typing import Any

import pytest

from contract.area import Area, AreaSource
from contract.areas import AreaIndex, InvalidAreas
from contract.gcj02 import to_gcj02, to_wgs84
from contract.geojson import ALWAYS, read_areas

Ring = list[list[float]]
WEST, SOUTH = 113.2, 23.1  # Guangzhou


def square(west: float = WEST, south: float = SOUTH, size: float = 0.01) -> Ring:
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def feature(name: str | None = "a", geometry: Any = None, /, **facts: Any) -> dict[str, Any]:
    members = {} if name is None else {"id": name}
    return {
        "type": "Feature",
        "properties": {**members, **facts},
        "geometry": polygon(square()) if geometry is None else geometry,
    }


def collection(*features: Any, **members: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features), **members})


def read(text: str) -> list[Area]:
    return read_areas(text, kind="shift", origin="areas.geojson")


def mistakes(text: str) -> tuple[str, ...]:
    with pytest.raises(InvalidAreas) as refused:
        read(text)
    return refused.value.mistakes


def test_a_feature_becomes_an_area_with_its_facts() -> None:
    facts: dict[str, Any] = {
        "name": "Bridge Street",
        "kind": "zone",
        "version": 3,
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_until": "2026-06-01T00:00:00Z",
        "buffer_m": 15,
        "unit": "north",
        "colour": "#ff0000",
    }
    hole = square(WEST + 0.002, SOUTH + 0.002, 0.001)
    (found,) = read(json.dumps(feature("b-7", polygon(square(), hole), **facts)))
    assert found == Area(
        id="b-7",
        version=3,
        kind="zone",
        rings=tuple(tuple((lon, lat) for lon, lat in ring) for ring in (square(), hole)),
        valid_from="2026-01-01T00:00:00Z",
        valid_to="2026-06-01T00:00:00Z",
        name="Bridge Street",
        unit="north",
        buffer_m=15.0,
        source=AreaSource(origin="areas.geojson"),
    )


def test_what_is_not_said_is_version_1_for_ever_of_the_kind_asked_for() -> None:
    (found,) = read(json.dumps(feature()))
    assert (found.version, found.kind, found.valid_from, found.valid_to, found.buffer_m) == (
        1, "shift", ALWAYS, None, 0.0,
    )  # fmt: skip


@pytest.mark.parametrize("members", [{"area": "x"}, {"id": "x"}, {"id": "x", "area": "y"}])
def test_an_area_is_named_by_its_properties(members: dict[str, str]) -> None:
    assert read(collection(feature(None, **members)))[0].id == "x"


def test_the_feature_s_own_id_names_it_where_the_properties_do_not() -> None:
    assert read(collection({**feature(None), "id": 17}))[0].id == "17"


def test_a_bare_geometry_is_named_by_its_file() -> None:
    assert read(json.dumps(polygon(square())))[0].id == "areas"


def test_a_multi_polygon_is_one_area_of_several_polygons() -> None:
    apart = {"type": "MultiPolygon", "coordinates": [[square()], [square(WEST + 0.02)]]}
    (found,) = read(collection(feature("m", apart)))
    assert len(found.more) == 1
    index = AreaIndex([found])
    at = {"kind": "shift", "at_ns": 0}
    assert index.ids([WEST + 0.025, WEST + 0.015], [SOUTH + 0.005] * 2, **at) == ["m", None]  # type: ignore[arg-type]


def test_polygons_that_share_a_border_are_one_ground() -> None:
    beside = {"type": "MultiPolygon", "coordinates": [[square(1, 1, 1)], [square(2, 1, 1)]]}
    index = AreaIndex(read(collection(feature("m", beside))))
    assert index.ids([2.0], [1.5], kind="shift", at_ns=0) == ["m"]


def test_a_height_in_a_position_is_left_out() -> None:
    heights = [[*point, 12.5] for point in square()]
    assert read(collection(feature("a", polygon(heights))))[0].rings[0][0] == (WEST, SOUTH)


@pytest.mark.parametrize(
    "crs",
    [
        "CGCS2000",
        "EPSG:4490",
        "urn:ogc:def:crs:EPSG::4490",
        {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}},
    ],
)
def test_cgcs2000_is_taken_as_wgs_84(crs: Any) -> None:
    for text in (collection(feature(), crs=crs), collection(feature(crs=crs))):
        (found,) = read(text)
        assert found.source == AreaSource(origin="areas.geojson", crs="cgcs2000")
        assert found.rings[0][0] == (WEST, SOUTH)


@pytest.mark.parametrize(
    "crs",
    ["WGS 84", "wgs84", "EPSG:4326", "urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326"],
)
def test_wgs_84_has_many_names(crs: str) -> None:
    assert read(collection(feature(), crs=crs))[0].source == AreaSource(origin="areas.geojson")


@pytest.mark.parametrize("crs", ["GCJ-02", "gcj02", "GCJ02"])
def test_gcj_02_is_converted_and_what_stood_there_is_kept(crs: str) -> None:
    drawn = [list(to_gcj02(*point)) for point in square()]
    apart = {"type": "MultiPolygon", "coordinates": [[drawn], [square(WEST + 0.1)]]}
    (found,) = read(collection(feature("a", apart, crs=crs)))
    for ours, theirs in zip(found.rings[0], square(), strict=True):
        assert ours == pytest.approx(theirs, abs=1e-9)
    assert found.more[0][0][0] == to_wgs84(WEST + 0.1, SOUTH)
    assert found.source is not None
    assert found.source.crs == "gcj02"
    assert found.source.polygons[0] == (tuple(map(tuple, drawn)),)
    assert len(found.source.polygons) == 2


def test_a_feature_s_coordinate_system_stands_before_the_file_s() -> None:
    text = collection(feature("a"), feature("b", crs="wgs84"), crs="gcj02")
    assert [one.source and one.source.crs for one in read(text)] == ["gcj02", "wgs84"]


def changed(ring: Ring, at: int, point: Any) -> Ring:
    return [*ring[:at], point, *ring[at + 1 :]]


BOW_TIE = [[1, 1], [3, 3], [3, 1], [1, 3], [1, 1]]
OVERLAPPING = {"type": "MultiPolygon", "coordinates": [[square(1, 1, 2)], [square(2, 1, 2)]]}
NESTED = {"type": "MultiPolygon", "coordinates": [[square(1, 1, 2)], [square(1.5, 1.5, 0.1)]]}


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (feature("x", polygon(BOW_TIE)), "Self-intersection at lon 2, lat 2"),
        (feature("x", polygon(square()[:-1])), "ring 0: is not closed: begins at (113.2, 23.1)"),
        (feature("x", polygon(square()[:2] + square()[:1])), "ring 0: has 3 points"),
        (feature("x", polygon(square(), square(114))), "Hole lies outside shell at lon 114"),
        (feature("x", OVERLAPPING), "polygons 0 and 1 overlap at lon 2.5, lat 2"),
        (feature("x", NESTED), "polygons 0 and 1 overlap at lon 1.55, lat 1.55"),
        (feature("x", polygon([[1, 1], [2, 2], [3, 3], [1, 1]])), "no ground at lon 1, lat 1"),
        (feature("x", polygon([[1, 1], [1, 1], [1, 1], [1, 1]])), "no ground at lon 1, lat 1"),
        (feature("x", polygon([[179, 1], [-179, 1], [-179, 2], [179, 1]])), "antimeridian"),
        (feature("x", polygon(changed(square(), 1, [float("nan"), 1]))), "point 1 [nan, 1]"),
        (feature("x", polygon(changed(square(), 1, [1e999, 1]))), "not a finite lon and lat"),
        (feature("x", polygon(changed(square(), 1, [181, 1]))), "point 1 (181.0, 1.0)"),
        (feature("x", polygon(changed(square(), 1, ["113", 1]))), "is not [lon, lat]"),
        (feature("x", polygon(changed(square(), 1, [True, 1]))), "is not [lon, lat]"),
        (feature("x", polygon(changed(square(), 1, [1]))), "polygon 0, ring 0, point 1 [1]"),
        (feature("x", {"type": "Polygon", "coordinates": [1]}), "polygon 0 is not a list of rings"),
        (feature("x", {"type": "MultiPolygon", "coordinates": []}), "has no coordinates"),
        (feature("x", {"type": "Polygon", "coordinates": []}), "has no ring"),
        (feature("x", {"type": "Point", "coordinates": [1, 2]}), "'Point' is neither Polygon"),
        (feature("x", "here"), "is no Feature with a geometry"),
        (feature("x", kind="park"), "kind 'park' is none of duty, shift"),
        (feature("x", version="2"), "version '2' is not of the right kind"),
        (feature("x", buffer_m=-1), "buffer_m -1.0 is not within 0"),
        (feature("x", valid_from="2026-01-01"), "not an RFC 3339 time"),
        (
            feature("x", valid_from="2026-02-01T00:00:00Z", valid_until="2026-01-01T00:00:00Z"),
            "is not after valid_from",
        ),
        (feature("x", crs="BD-09"), "'BD-09' is none of WGS 84, CGCS2000, GCJ-02"),
    ],
)
def test_a_wrong_feature_is_refused_with_which_what_and_where(wrong: Any, what: str) -> None:
    (mistake,) = mistakes(collection(feature("good"), wrong))
    assert mistake.startswith("areas.geojson: feature 1 (id 'x'): ")
    assert what in mistake


def test_an_area_without_a_name_is_refused() -> None:
    assert "feature 0: has no id" in mistakes(collection(feature(None)))[0]
    assert "has no id" in mistakes(collection(feature(" ")))[0]


def test_every_mistake_of_a_file_is_told_at_once() -> None:
    wrong = [feature("b", polygon(BOW_TIE)), feature(None), feature("c", version=1.5), "nothing"]
    found = mistakes(collection(feature("good"), *wrong))
    assert sorted(one.split(": ")[1].split(" (")[0] for one in found) == [
        f"feature {number}" for number in (1, 2, 3, 4)
    ]


def turned(ring: Ring) -> Ring:
    return [[lat, lon] for lon, lat in ring]


def test_a_latitude_beyond_the_pole_tells_that_the_axes_are_swapped() -> None:
    (mistake,) = mistakes(collection(feature("x", polygon(turned(square())))))
    assert "lon 23.1, lat 113.2: no such latitude; are longitude and latitude swapped?" in mistake


def test_a_place_that_lies_in_china_the_other_way_round_is_suspected() -> None:
    urumqi = turned(square(87.6, 43.8))
    found = mistakes(collection(feature("x", polygon(urumqi)), feature("y", polygon(urumqi))))
    assert len(found) == 2
    assert "the other way round in China: are longitude and latitude swapped?" in found[0]


def test_a_place_that_lies_by_its_fellows_the_other_way_round_is_suspected() -> None:
    berlin = [feature(f"b{n}", polygon(square(13.4 + n / 50, 52.5))) for n in range(3)]
    (mistake,) = mistakes(collection(*berlin, feature("x", polygon(turned(square(13.4, 52.5))))))
    assert "feature 3 (id 'x')" in mistake
    assert "in the other areas: are longitude and latitude swapped?" in mistake


def test_places_near_the_diagonal_are_not_suspected() -> None:
    near = [feature(f"b{n}", polygon(square(45 + n / 50, 45.1))) for n in range(3)]
    assert len(read(collection(*near))) == 3


def test_versions_of_one_area_follow_each_other() -> None:
    june = "2026-06-01T00:00:00Z"
    text = collection(feature(valid_until=june), feature(version=2, valid_from=june))
    assert [one.version for one in read(text)] == [1, 2]


def test_an_area_twice_is_refused() -> None:
    (same,) = mistakes(collection(feature(), feature()))
    assert same == "areas.geojson: feature 1 (id 'a'): version 1 stands in feature 0 (id 'a') too"
    (both,) = mistakes(collection(feature(), feature(version=2)))
    assert "feature 1 (id 'a'): valid at the same time as feature 0 (id 'a')" in both


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"type":\n "FeatureCollection",\n oops}', "line 3, column 2: not JSON"),
        ("", "line 1, column 1: not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("9" * 5_000, "not JSON"),
        ("[]", "expected a FeatureCollection"),
        ('{"type": "Topology"}', "found 'Topology'"),
        ('{"type": "FeatureCollection"}', "no list of features"),
        (
            '{"type": "FeatureCollection", "features": [], "crs": {"type": "link"}}',
            "coordinate system",
        ),
    ],
)
def test_what_is_no_geojson_is_refused(text: str, what: str) -> None:
    (mistake,) = mistakes(text)
    assert mistake.startswith("areas.geojson: ")
    assert what in mistake


def test_a_file_without_features_has_no_areas() -> None:
    assert read(collection()) == []
