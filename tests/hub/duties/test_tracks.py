"""Tracks and assets out of files, and what is left as GeoJSON."""

from __future__ import annotations

import json

import pytest
import shapely

from contract.timestamps import rfc3339
from hub.duties.coverage import covered
from hub.duties.kinds import Coverage
from hub.duties.tracks import TrackRefused, geojson_of, read_asset, read_track
from tests.hub.duties.roads import drive, green, road

RULE = Coverage(share=0.85)


def lines(*texts: str) -> bytes:
    return "\n".join(texts).encode()


def test_a_track_as_a_gateway_writes_it_is_read_and_the_rest_left_alone() -> None:
    found = read_track(
        lines(
            '{"terminal":"138","at":"2026-09-21T05:00:00.5Z","lon":113.2,"lat":23.1,"speed_kmh":6.5,'
            '"device":"jt-1","came":{"boot":"b","mono_ns":1,"at":"-","clock":"ntp"}}',
            "",
            '{"at":"2026-09-21T05:00:01Z","lon":113.2,"lat":23.1,"fix":false}',
            '{"at":null,"lon":113.2,"lat":23.1}',
        ),
        "track.jsonl",
    )
    (one,) = found.positions
    assert (rfc3339(one.at_ns), one.lon, one.speed_kmh) == ("2026-09-21T05:00:00.500Z", 113.2, 6.5)
    assert found.without == 2


@pytest.mark.parametrize("line", ["{", "[]", '{"at":"today"}', '{"lon":"east"}'])
def test_a_line_that_is_no_position_is_refused_with_its_number(line: str) -> None:
    with pytest.raises(TrackRefused, match=r"t:2: expected a position"):
        read_track(lines("{}", line), "t")


def geojson(*shapes: shapely.Geometry) -> bytes:
    features = [
        {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(one))}
        for one in shapes
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def test_roads_and_greens_are_read_from_geometry_feature_and_collection() -> None:
    street = road((0, 0), (500, 0))
    for content in (shapely.to_geojson(street).encode(), geojson(street)):
        assert read_asset(content, "r").geom_type == "MultiLineString"
    twice = geojson(
        green((0, 0), (40, 0), (40, 40), (0, 40)), green((20, 0), (60, 0), (60, 40), (20, 40))
    )
    found = covered(read_asset(twice, "g"), drive((0, 0), (1, 0)), RULE)
    assert found.total == pytest.approx(60 * 40, rel=1e-3)  # where they overlap once


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b'{"type":"Point","coordinates":[1,2]}', b'{"type":"FeatureCollection","features":[]}',
     b'{"type":"Feature","geometry":null}', b'{"type":"Polygon","coordinates":[[[1,2]]]}'],
)  # fmt: skip
def test_what_is_no_asset_is_refused(content: bytes) -> None:
    with pytest.raises(TrackRefused, match=r"r: expected"):
        read_asset(content, "r")


def test_what_is_left_is_geojson_that_reads_back_to_the_same_length() -> None:
    found = covered(road((0, 0), (500, 0)), drive((0, 1), (250, 1)), RULE)
    told = json.loads(json.dumps(geojson_of(found)))
    (feature,) = told["features"]
    assert feature["properties"]["why"] == "not-driven"
    left = covered(read_asset(json.dumps(told).encode(), "left"), drive((0, 1), (500, 1)), RULE)
    assert left.total == pytest.approx(feature["properties"]["size"], rel=1e-3)
    assert left.share == pytest.approx(1.0, abs=0.02)
