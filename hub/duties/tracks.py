"""Tracks and assets out of files: what coverage is asked about. Every fault with its line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import msgspec
import shapely

from contract.timestamps import parse_rfc3339
from hub.duties.coverage import Asset, Covered, Position
from hub.errors import HubStop


class TrackRefused(HubStop):
    """A file that is no track or no asset; the message says where and what was expected."""


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a track as a gateway writes it; what else it says is left alone."""

    at: str | None = None
    lon: float | None = None
    lat: float | None = None
    fix: bool | None = None
    speed_kmh: float | None = None
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """`without` counts lines that tell no time or no valid position."""

    positions: list[Position]
    without: int


def read_track(content: bytes, file: str) -> Track:
    """JSON Lines. TrackRefused for a line that is none."""
    decoder = msgspec.json.Decoder(_Line)
    found, without = [], 0
    for number, raw in enumerate(content.splitlines(), 1):
        if not raw.strip():
            continue
        try:
            one = decoder.decode(raw)
            at_ns = None if one.at is None else parse_rfc3339(one.at)
        except (msgspec.DecodeError, ValueError) as error:
            raise TrackRefused(f"{file}:{number}: expected a position as JSON: {error}") from error
        if at_ns is None or one.lon is None or one.lat is None or one.fix is False:
            without += 1
            continue
        found.append(Position(at_ns, one.lon, one.lat, one.speed_kmh, one.accuracy_m))
    return Track(found, without)


def read_asset(content: bytes, file: str) -> Asset:
    """GeoJSON (RFC 7946), WGS 84: one geometry, one Feature, or a collection whose lines, or polygons, are
    taken together."""
    try:
        document = json.loads(content)
        shapes = [_shape(one) for one in _geometries(document)]
    except (ValueError, TypeError, KeyError, AttributeError, shapely.errors.GEOSException) as error:
        raise TrackRefused(f"{file}: expected GeoJSON of a line or a polygon: {error}") from error
    parts = [part for shape in shapes for part in shapely.get_parts(shape)]
    kinds = {part.geom_type for part in parts}
    if kinds == {"LineString"}:
        return shapely.MultiLineString(parts)
    if kinds == {"Polygon"}:
        return shapely.MultiPolygon(parts) if len(parts) == 1 else _joined(parts)
    found = ", ".join(sorted(kinds)) or "nothing"
    raise TrackRefused(f"{file}: expected lines or polygons, found {found}")


def geojson_of(found: Covered) -> dict[str, Any]:
    """What was not covered, as a FeatureCollection; `why` and `size` in metres or square metres."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"why": one.why.word, "size": round(one.size, 1), "unit": found.unit},
                "geometry": json.loads(shapely.to_geojson(shapely.set_precision(one.shape, 1e-7))),
            }
            for one in found.uncovered
        ],
    }


def _geometries(document: Any) -> list[Any]:
    match document["type"]:
        case "FeatureCollection":
            return [one["geometry"] for one in document["features"]]
        case "Feature":
            return [document["geometry"]]
        case _:
            return [document]


def _shape(geometry: Any) -> Any:
    return shapely.from_geojson(json.dumps(geometry))


def _joined(parts: list[Any]) -> Any:
    """Greens that touch or overlap count once."""
    return shapely.multipolygons(shapely.get_parts(shapely.union_all(parts)))
