"""Who owned this point on that day: one index over versioned areas, for edge and hub (contract §8).

A point belongs to the area with the lowest id (string comparison) among those of its kind that were
valid then and contain it; a border, a hole's border too, is part of its area. History is never
rewritten: old versions stay in the index and answer for their time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from contract.area import Area, AreaKind, Ring
from contract.timestamps import parse_rfc3339

__all__ = ["Area", "AreaIndex", "AreaKind", "InvalidAreas"]

NOWHERE = -1
_FOR_EVER = np.iinfo(np.int64).max


class InvalidAreas(ValueError):
    """Areas that cannot be used; `mistakes` says of each which, what and where."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


class _Version(NamedTuple):
    """An area that has been found good, its shape and its time (UTC ns, half open)."""

    area: Area
    shape: shapely.Polygon
    start_ns: int
    end_ns: int


class AreaIndex:
    """Built once from all versions of all areas; asked often, for one point or for arrays."""

    def __init__(self, areas: Iterable[Area]) -> None:
        """Raises InvalidAreas with every mistake at once."""
        versions = _checked(areas)
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


def _checked(areas: Iterable[Area]) -> list[_Version]:
    mistakes: list[str] = []
    versions: list[_Version] = []
    for area in areas:
        found = _mistakes_of(area)
        mistakes += [f"area {area.id!r} version {area.version}: {mistake}" for mistake in found]
        if not found:
            end = _FOR_EVER if area.valid_to is None else parse_rfc3339(area.valid_to)
            versions.append(_Version(area, _shape(area), parse_rfc3339(area.valid_from), int(end)))
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


def _shape(area: Area) -> shapely.Polygon:
    return shapely.Polygon(area.rings[0], area.rings[1:])


def _mistakes_of(area: Area) -> list[str]:
    found = _time_mistakes(area)
    if not area.rings:
        return [*found, "has no ring"]
    rings = [
        f"ring {number}: {mistake}"
        for number, ring in enumerate(area.rings)
        for mistake in _ring_mistakes(ring)
    ]
    if rings:
        return found + rings
    shape = _shape(area)
    if not shape.is_valid:
        # The reason names the place in brackets, e.g. "Self-intersection[113.2 23.1]".
        found.append(f"not a valid polygon: {shapely.is_valid_reason(shape)}")
    return found


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
    return []
