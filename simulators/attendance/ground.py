"""The invented district: shift areas of many shapes, and the ways that people walk in them. Metres.

Metres east and north of a point of Baiyun District; a plane is good enough: over 14 km the length of a
degree of longitude changes by one part in two thousand, which is 0.1 m across one area.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from contract.area import Area, Ring
from simulators.attendance.luck import Floats, Luck, luck_of

CENTRE_LON, CENTRE_LAT = 113.2690, 23.2000
CELL_M = 680.0
KINDS = ("block", "notched", "street", "yard", "split")
_METRES_PER_DEGREE = 111_320.0
_LON_SCALE = _METRES_PER_DEGREE * math.cos(math.radians(CENTRE_LAT))
_SPOTS, _NEAREST, _REACH_M, _MARGIN_M = 18, 4, 170.0, 6.0
_KEEPS_TO_STREETS_M = 0.5


def degrees(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Longitude, latitude (WGS 84)."""
    return CENTRE_LON + x / _LON_SCALE, CENTRE_LAT + y / _METRES_PER_DEGREE


@dataclass(frozen=True, slots=True)
class Place:
    """One shift area. `spots`: where people work, `ways[i]` the spots that can be walked to from spot
    `i` without leaving the area (a divided area: by the shortest crossing). `hut`: the spot where
    people rest and badges lie in drawers. `toilet` may be outside."""

    id: str
    kind: str
    shape: BaseGeometry
    buffer_m: float
    spots: tuple[tuple[float, float], ...]
    ways: tuple[tuple[int, ...], ...]
    toilet: tuple[float, float]

    @property
    def hut(self) -> tuple[float, float]:
        return self.spots[0]

    @property
    def centre(self) -> tuple[float, float]:
        return self.shape.centroid.x, self.shape.centroid.y

    def fence(self) -> BaseGeometry:
        return self.shape.buffer(self.buffer_m)


def places_of(seed: int, count: int) -> list[Place]:
    """`count` areas on a loose grid, every shape among them."""
    side = math.ceil(math.sqrt(count))
    return [_place(seed, number, side) for number in range(count)]


def nearest(places: list[Place]) -> list[list[int]]:
    """For each the numbers of all, itself first, the farthest last."""
    xy = np.array([place.centre for place in places])
    far = np.hypot(xy[:, None, 0] - xy[None, :, 0], xy[:, None, 1] - xy[None, :, 1])
    order: list[list[int]] = np.argsort(far, axis=1, kind="stable").tolist()
    return order


def area_of(place: Place, valid_from: str) -> Area:
    """As the contract has it."""
    polygons = tuple(_rings(part) for part in shapely.get_parts(place.shape))
    return Area(
        id=place.id,
        version=1,
        kind="shift",
        rings=polygons[0],
        more=polygons[1:],
        buffer_m=place.buffer_m,
        valid_from=valid_from,
        name=f"{place.kind} {place.id}",
    )


def geojson_of(places: list[Place], valid_from: str) -> dict[str, object]:
    """A FeatureCollection (RFC 7946), as an office's map program writes it."""
    return {
        "type": "FeatureCollection",
        "features": [_feature(place, valid_from) for place in places],
    }


def _feature(place: Place, valid_from: str) -> dict[str, object]:
    polygons = [_rings(part) for part in shapely.get_parts(place.shape)]
    one = len(polygons) == 1
    return {
        "type": "Feature",
        "id": place.id,
        "properties": {
            "id": place.id,
            "name": f"{place.kind} {place.id}",
            "version": 1,
            "valid_from": valid_from,
            "buffer_m": place.buffer_m,
        },
        "geometry": {
            "type": "Polygon" if one else "MultiPolygon",
            "coordinates": polygons[0] if one else polygons,
        },
    }


def _rings(part: Polygon) -> tuple[Ring, ...]:
    return tuple(_ring(ring) for ring in (part.exterior, *part.interiors))


def _ring(ring: shapely.LinearRing) -> Ring:
    xy = np.asarray(ring.coords)
    lon, lat = degrees(xy[:, 0], xy[:, 1])
    return tuple(
        (round(a, 7), round(b, 7)) for a, b in zip(lon.tolist(), lat.tolist(), strict=True)
    )


def _place(seed: int, number: int, side: int) -> Place:
    luck = luck_of(seed, "place", number)
    row, column = divmod(number, side)
    east = (column - (side - 1) / 2) * CELL_M + luck.uniform(-50, 50)
    north = (row - (side - 1) / 2) * CELL_M + luck.uniform(-50, 50)
    kind = KINDS[number % len(KINDS)]
    shape = shapely.transform(_shape(kind, luck), lambda xy: xy + np.array([east, north]))
    shape = shapely.orient_polygons(shape)
    spots = _spots(shape, luck)
    toilet = np.array(spots[int(luck.integers(len(spots)))]) + luck.uniform(-90, 90, 2)
    return Place(
        id=f"area-{number + 1:03d}",
        kind=kind,
        shape=shape,
        buffer_m=float(luck.choice((10.0, 15.0, 20.0, 25.0))),
        spots=spots,
        ways=_ways(shape, spots),
        toilet=(float(toilet[0]), float(toilet[1])),
    )


def _shape(kind: str, luck: Luck) -> BaseGeometry:
    if kind == "street":
        return _street(luck)
    if kind == "notched":
        return _round(luck, int(luck.integers(9, 15)), 0.6, bays=2)
    block = _round(luck, int(luck.integers(5, 9)), 0.85)
    if kind == "yard":
        return block.difference(shapely.Point(0, 0).buffer(float(luck.uniform(25, 50)), 4))
    if kind == "split":
        turn = float(luck.uniform(0, 180))
        river = shapely.box(-400, -float(luck.uniform(12, 20)), 400, float(luck.uniform(12, 20)))
        return block.difference(shapely.affinity.rotate(river, turn, origin=(0, 0)))
    return block


def _round(luck: Luck, corners: int, least: float, *, bays: int = 0) -> BaseGeometry:
    """A polygon around its middle with so many deep bays; the less `least`, the less even."""
    turn = np.sort((np.arange(corners) + luck.uniform(0.1, 0.9, corners)) * (2 * np.pi / corners))
    reach = luck.uniform(150, 270) * luck.uniform(least, 1.0, corners)
    reach[luck.permutation(corners)[:bays]] *= 0.5
    shape = Polygon(np.column_stack((np.cos(turn) * reach, np.sin(turn) * reach)))
    # A notch may come so close to the middle that what is left of it is not one walkable whole.
    return (
        shape if shape.is_valid and shape.area > 8_000 else _round(luck, corners, least, bays=bays)
    )


def _street(luck: Luck) -> BaseGeometry:
    """A street with one or two bends."""
    bends = int(luck.integers(3, 5))
    along = np.linspace(-1, 1, bends) * luck.uniform(200, 290)
    line = shapely.LineString(np.column_stack((along, luck.uniform(-60, 60, bends))))
    strip = line.buffer(float(luck.uniform(16, 24)), cap_style="flat", join_style="mitre")
    return shapely.affinity.rotate(strip, float(luck.uniform(0, 180)), origin=(0, 0))


def _spots(shape: BaseGeometry, luck: Luck) -> tuple[tuple[float, float], ...]:
    """Some on every part, well spread, a third of them as near to the border as a pavement is wide."""
    found: list[tuple[float, float]] = []
    for part in shapely.get_parts(shape):
        inner = part.buffer(-_MARGIN_M)
        share = max(5, round(_SPOTS * part.area / shape.area))
        west, south, east, north = inner.bounds
        points = luck.uniform((west, south), (east, north), (600, 2))
        points = points[shapely.contains_xy(inner, points[:, 0], points[:, 1])]
        edge = shapely.line_interpolate_point(
            inner.boundary, luck.uniform(0, 1, share // 3), normalized=True
        )
        found += _spread(points, share - len(edge)) + [(p.x, p.y) for p in edge]
    return tuple(found)


def _spread(points: Floats, count: int) -> list[tuple[float, float]]:
    """The first one, then always the one that is farthest from those taken."""
    taken = [0]
    far = np.hypot(*(points - points[0]).T)
    while len(taken) < min(count, len(points)):
        taken.append(int(np.argmax(far)))
        far = np.minimum(far, np.hypot(*(points - points[taken[-1]]).T))
    return [(float(x), float(y)) for x, y in points[taken]]


def _ways(
    shape: BaseGeometry, spots: tuple[tuple[float, float], ...]
) -> tuple[tuple[int, ...], ...]:
    xy = np.array(spots)
    far = np.hypot(xy[:, None, 0] - xy[None, :, 0], xy[:, None, 1] - xy[None, :, 1])
    one, other = np.triu_indices(len(spots), 1)
    lines = shapely.linestrings(np.stack((xy[one], xy[other]), axis=1))
    roomy = shape.buffer(_KEEPS_TO_STREETS_M)
    shapely.prepare(roomy)
    clear = shapely.covers(roomy, lines) & (far[one, other] <= _REACH_M)
    ways: list[set[int]] = [set() for _ in spots]
    order = np.argsort(far[one, other], kind="stable")
    for a, b in zip(
        one[order][clear[order]].tolist(), other[order][clear[order]].tolist(), strict=True
    ):
        if len(ways[a]) < _NEAREST or len(ways[b]) < _NEAREST:
            ways[a].add(b)
            ways[b].add(a)
    _join(ways, [(int(one[i]), int(other[i])) for i in order])
    return tuple(tuple(sorted(way)) for way in ways)


def _join(ways: list[set[int]], nearest_first: list[tuple[int, int]]) -> None:
    """What cannot be reached gets the shortest crossing."""
    island = list(range(len(ways)))

    def root(i: int) -> int:
        while island[i] != i:
            i = island[i]
        return i

    for a, way in enumerate(ways):
        for b in way:
            island[root(a)] = root(b)
    for a, b in nearest_first:
        if root(a) != root(b):
            island[root(a)] = root(b)
            ways[a].add(b)
            ways[b].add(a)
