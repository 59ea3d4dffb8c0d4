"""Who owned this point on that day: one index over versioned areas, for edge and hub (contract §8).

A point belongs to the area with the lowest id (string comparison) among those of its kind that were
valid then and contain it; a border, a hole's border too, is part of its area. History is never
rewritten: old versions stay in the index and answer for their time.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from contract.area import Area, AreaKind, Polygon, Ring
from contract.timestamps import parse_rfc3339

__all__ = ["Area", "AreaIndex", "AreaKind", "InvalidAreas", "Version", "checked", "mistakes_of"]

NOWHERE = -1
_FOR_EVER = np.iinfo(np.int64).max
MAX_BUFFER_M = 10_000.0
_SMALLEST_DEG2 = 1e-14  # about 1 cm² on the ground
_PLACE = re.compile(r"(.+)\[(\S+) (\S+)\]")


class InvalidAreas(ValueError):
    """Areas that cannot be used; `mistakes` says of each which, what and where."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


class Version(NamedTuple):
    """An area that has been found good, its shape and its time (UTC ns, half open)."""

    area: Area
    shape: shapely.Polygon | shapely.MultiPolygon
    start_ns: int
    end_ns: int


class AreaIndex:
    """Built once from all versions of all areas; asked often, for one point or for arrays."""

    def __init__(self, areas: Iterable[Area]) -> None:
        """Raises InvalidAreas with every mistake at once."""
        versions = checked(areas)
        self._versions = tuple(versions)
        self.areas: tuple[Area, ...] = tuple(version.area for version in versions)
        self._tree = shapely.STRtree([version.shape for version in versions])
        self._start = np.array([version.start_ns for version in versions], dtype=np.int64)
        self._end = np.array([version.end_ns for version in versions], dtype=np.int64)
        self._kind = np.array([version.area.kind for version in versions], dtype=object)

    def find(
        self, lon: ArrayLike, lat: ArrayLike, *, kind: AreaKind, at_ns: int | NDArray[np.int64]
    ) -> NDArray[np.intp]:
        """For each point (WGS 84 degrees) the position in `areas` of its area at `at_ns` (UTC ns, one
        for all or one each), or NOWHERE. ValueError for coordinates that are not finite."""
        points = _points(lon, lat)
        at, place = self._hits(points, kind, at_ns)
        # `areas` is sorted by id, so the lowest id is the lowest position.
        lowest = np.full(len(points), len(self.areas), dtype=np.intp)
        np.minimum.at(lowest, at, place)
        lowest[lowest == len(self.areas)] = NOWHERE
        return lowest

    def ids(
        self, lon: ArrayLike, lat: ArrayLike, *, kind: AreaKind, at_ns: int | NDArray[np.int64]
    ) -> list[str | None]:
        """The owning area's id for each point, None where nobody owns it."""
        found = self.find(lon, lat, kind=kind, at_ns=at_ns)
        return [None if place == NOWHERE else self.areas[place].id for place in found.tolist()]

    def owner(self, lon: float, lat: float, *, kind: AreaKind, at_ns: int) -> Area | None:
        """Who owned this point at that time, as the area was then."""
        holding = self.containing(lon, lat, kind=kind, at_ns=at_ns)
        return holding[0] if holding else None

    def containing(self, lon: float, lat: float, *, kind: AreaKind, at_ns: int) -> tuple[Area, ...]:
        """Every area of the kind that held the point then, by id (no-fly zones may overlap)."""
        if not (math.isfinite(lon) and math.isfinite(lat)):
            raise ValueError(f"lon {lon}, lat {lat}: not a finite position")
        places = self._tree.query(shapely.Point(lon, lat), predicate="intersects").tolist()
        # For one point plain Python is five times quicker than arrays.
        versions = (self._versions[place] for place in sorted(places))
        return tuple(
            version.area
            for version in versions
            if version.area.kind == kind and version.start_ns <= at_ns < version.end_ns
        )

    def _hits(
        self, points: NDArray[np.object_], kind: AreaKind, at_ns: int | NDArray[np.int64]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Pairs (point, place) that touch, of the kind, at the time."""
        # For a point and a polygon "intersects" is inside or on the border; GEOS decides exactly.
        point, place = self._tree.query(points, predicate="intersects")
        when = np.broadcast_to(np.asarray(at_ns, dtype=np.int64), (len(points),))[point]
        good = (
            (self._kind[place] == kind) & (self._start[place] <= when) & (when < self._end[place])
        )
        return point[good], place[good]


def _points(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.object_]:
    points = shapely.points(_finite("lon", lon), _finite("lat", lat))
    return np.asarray(points, dtype=object).reshape(-1)


def _finite(name: str, values: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds a value that is not a finite number")
    return array


def checked(areas: Iterable[Area]) -> list[Version]:
    """Sorted by id and time. Raises InvalidAreas with every mistake at once."""
    mistakes: list[str] = []
    versions: list[Version] = []
    for area in areas:
        found = mistakes_of(area)
        mistakes += [f"area {area.id!r} version {area.version}: {mistake}" for mistake in found]
        if not found:
            end = _FOR_EVER if area.valid_to is None else parse_rfc3339(area.valid_to)
            versions.append(Version(area, _shape(area), parse_rfc3339(area.valid_from), int(end)))
    versions.sort(key=lambda version: (version.area.id, version.start_ns))
    mistakes += [
        f"area {later.area.id!r}: versions {earlier.area.version} and {later.area.version} are valid "
        f"at the same time from {later.area.valid_from}"
        for earlier, later in pairwise(versions)
        if earlier.area.id == later.area.id and later.start_ns < earlier.end_ns
    ]
    if mistakes:
        raise InvalidAreas(mistakes)
    return versions


def _shape(area: Area) -> shapely.Polygon | shapely.MultiPolygon:
    polygons = [_polygon(rings) for rings in (area.rings, *area.more)]
    if len(polygons) == 1:
        return polygons[0]
    # Polygons that share a border are one ground; as a bare multi-polygon they would not be valid.
    joined = shapely.union_all(polygons)
    assert isinstance(joined, shapely.Polygon | shapely.MultiPolygon)  # noqa: S101 - of polygons
    return joined


def _polygon(rings: Polygon) -> shapely.Polygon:
    return shapely.Polygon(rings[0], rings[1:])


def mistakes_of(area: Area) -> list[str]:
    """What is wrong and where (lon, lat); empty for a good area."""
    found = _time_mistakes(area)
    # Written so that NaN fails too.
    if not 0 <= area.buffer_m <= MAX_BUFFER_M:
        found.append(f"buffer_m {area.buffer_m} is not within 0 and {MAX_BUFFER_M:.0f}")
    polygons = (area.rings, *area.more)
    shapes = []
    for number, rings in enumerate(polygons):
        which = f"polygon {number}: " if area.more else ""
        wrong = _polygon_mistakes(rings)
        found += [which + mistake for mistake in wrong]
        if not wrong:
            shapes.append((number, _polygon(rings)))
    return found + _overlaps(shapes)


def _overlaps(shapes: list[tuple[int, shapely.Polygon]]) -> list[str]:
    found = []
    for (number, one), (other_number, other) in combinations(shapes, 2):
        if shapely.relate_pattern(one, other, "T********"):
            place = shapely.intersection(one, other).representative_point()
            found.append(
                f"polygons {number} and {other_number} overlap at {_where(place.x, place.y)}"
            )
    return found


def _polygon_mistakes(rings: Polygon) -> list[str]:
    if not rings:
        return ["has no ring"]
    found = [
        f"ring {number}: {mistake}"
        for number, ring in enumerate(rings)
        for mistake in _ring_mistakes(ring)
    ]
    if found:
        return found
    shape = _polygon(rings)
    return [] if shape.is_valid else [_reason(shapely.is_valid_reason(shape))]


def _reason(text: str) -> str:
    """GEOS names the place in brackets, e.g. "Self-intersection[113.2 23.1]"."""
    match = _PLACE.fullmatch(text)
    if not match:
        return f"not a valid polygon: {text}"
    what, lon, lat = match.groups()
    return f"not a valid polygon: {what} at {_where(float(lon), float(lat))}"


def _where(lon: float, lat: float) -> str:
    return f"lon {lon:.7g}, lat {lat:.7g}"


def _time_mistakes(area: Area) -> list[str]:
    try:
        start = parse_rfc3339(area.valid_from)
        end = None if area.valid_to is None else parse_rfc3339(area.valid_to)
    except ValueError as error:
        return [str(error)]
    if end is not None and end <= start:
        return [f"valid_to {area.valid_to} is not after valid_from {area.valid_from}"]
    return []


def _ring_mistakes(ring: Ring) -> list[str]:
    for number, (lon, lat) in enumerate(ring):
        # Written so that NaN fails too.
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            return [f"point {number} ({lon}, {lat}) is not a longitude and latitude in degrees"]
    if len(ring) < 4:
        return [f"has {len(ring)} points; a closed ring has at least 4"]
    if ring[0] != ring[-1]:
        return [f"is not closed: begins at {ring[0]}, ends at {ring[-1]}"]
    for before, after in pairwise(ring):
        if abs(before[0] - after[0]) > 180:
            # RFC 7946, section 3.1.9.
            return [f"crosses the antimeridian between {before} and {after}; cut it there in two"]
    # The ground a person can stand on begins far above the rounding of a degree.
    if shapely.Polygon(ring).area < _SMALLEST_DEG2 and not _crosses_itself(ring):
        return [f"encloses no ground at {_where(*ring[0])}"]
    return []


def _crosses_itself(ring: Ring) -> bool:
    """A bow tie may enclose as much to the left as to the right; its mistake is the crossing."""
    hull = shapely.MultiPoint(ring).convex_hull
    return bool(hull.area >= _SMALLEST_DEG2)
