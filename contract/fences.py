"""On which side of which fence a position lies that is known to some metres (contract §8).

Inside when the whole circle of the accuracy lies in the area, widened by its buffer; outside when the
circle does not touch it; else unsure. With an accuracy of 0 a point on the border is inside. Several
areas that a person may be in are one ground: a circle across their common border is inside.
Imports numpy and shapely: only for those who need it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from contract.area import Area
from contract.areas import InvalidAreas, checked
from contract.district_grid import SHORTEST_DEGREE_M, DistrictGrid
from contract.fence import Fence, Floats, Shape
from contract.side import Side

__all__ = ["Fence", "Fences", "InvalidAreas", "Side"]

_MAX_GROUNDS = 20_000  # sets of ids remembered; more than a district has kinds of shift


class _Ground(NamedTuple):
    """Several areas as one fence, from each of the times in `since_ns` on; None where none is valid."""

    since_ns: list[int]
    fences: list[Fence | None]


class Fences:
    """Built once from all versions of all areas; asked by ids, or where of all a position lies."""

    def __init__(self, areas: Iterable[Area]) -> None:
        """Raises InvalidAreas with every mistake at once."""
        self._versions = tuple(checked(areas))
        self._fences = [Fence(one.shape, one.area.buffer_m) for one in self._versions]
        self._places: dict[str, list[int]] = {}
        for place, one in enumerate(self._versions):
            self._places.setdefault(one.area.id, []).append(place)
        self._grounds: dict[tuple[str, ...], _Ground] = {}
        self._joined: dict[tuple[int, ...], Fence] = {}
        self._district = DistrictGrid([fence.shape.bounds for fence in self._fences])
        self._tree = shapely.STRtree([fence.shape for fence in self._fences])
        self._shapes = np.array([fence.shape for fence in self._fences], dtype=object)
        self._borders = np.array([fence.border for fence in self._fences], dtype=object)
        self._planes = np.array([fence.plane for fence in self._fences]).reshape(-1, 4)
        self._start = np.array([one.start_ns for one in self._versions], dtype=np.int64)
        self._end = np.array([one.end_ns for one in self._versions], dtype=np.int64)

    def side(
        self, ids: Sequence[str], lon: float, lat: float, accuracy_m: float, at_ns: int
    ) -> Side:
        """Of one position; an id unknown or not valid at `at_ns` (UTC ns) is no fence. ValueError for
        a position that is not finite and for an accuracy below 0."""
        fence = self._fence(tuple(ids), at_ns)
        return Side.OUTSIDE if fence is None else fence.side(lon, lat, accuracy_m)

    def sides(
        self,
        ids: Sequence[str],
        lon: ArrayLike,
        lat: ArrayLike,
        accuracy_m: ArrayLike,
        at_ns: ArrayLike,
    ) -> NDArray[np.int8]:
        """As `side`, for arrays; what is given once holds for all."""
        x, y, accuracy, when = _columns(lon, lat, accuracy_m, at_ns)
        found = np.full(len(x), Side.OUTSIDE, dtype=np.int8)
        for fence, rows in self._by_fence(tuple(ids), when):
            found[rows] = fence.sides(x[rows], y[rows], accuracy[rows])
        return found

    def clearance_m(
        self, ids: Sequence[str], lon: ArrayLike, lat: ArrayLike, at_ns: ArrayLike
    ) -> Floats:
        """Metres to the border, positive inside, negative outside, -inf where there is no fence."""
        x, y, _, when = _columns(lon, lat, 0.0, at_ns)
        found = np.full(len(x), -np.inf)
        for fence, rows in self._by_fence(tuple(ids), when):
            found[rows] = fence.clearance_m(x[rows], y[rows])
        return found

    def where(
        self,
        lon: ArrayLike,
        lat: ArrayLike,
        accuracy_m: ArrayLike,
        at_ns: ArrayLike,
        least: Side = Side.INSIDE,
    ) -> list[tuple[str, ...]]:
        """For each position the ids, sorted, of the fences it is INSIDE of, or with `least` UNSURE of
        those it may be in. Each fence is asked alone."""
        x, y, accuracy, when = _columns(lon, lat, accuracy_m, at_ns)
        row, place = self._near(x, y, accuracy if least < Side.INSIDE else np.zeros(1), when)
        # A circle that reaches the border takes an inside away, and makes of an outside an unsure:
        # only pairs are measured whose answer that changes.
        inside = shapely.intersects_xy(self._shapes[place], x[row], y[row])
        good = inside.copy()
        rough = np.flatnonzero((accuracy[row] > 0) & (inside == (least == Side.INSIDE)))
        good[rough] ^= self._reached(x, y, accuracy, row[rough], place[rough])
        return self._told(len(x), row[good], place[good])

    def around(
        self, lon: float, lat: float, accuracy_m: float, at_ns: int, least: Side = Side.INSIDE
    ) -> tuple[str, ...]:
        """As `where`, for one position, without arrays."""
        if not (isfinite(lon) and isfinite(lat)):
            raise ValueError(f"lon {lon}, lat {lat}: not a finite position")
        if not accuracy_m >= 0:
            raise ValueError(f"an accuracy of {accuracy_m} m")
        found = []
        reach_m = 0.0 if least == Side.INSIDE else accuracy_m
        for place in self._district.near(lon, lat, reach_m):
            one = self._versions[place]
            if one.start_ns <= at_ns < one.end_ns:
                side = self._fences[place].side(lon, lat, accuracy_m)
                if side is Side.INSIDE or side >= least:
                    found.append(one.area.id)
        return tuple(found)

    def version(self, area_id: str, at_ns: int) -> int | None:
        valid = self._valid(area_id, at_ns)
        return None if valid is None else self._versions[valid].area.version

    def shape(self, area_id: str, at_ns: int) -> Shape | None:
        """With its buffer, WGS 84 degrees; None where the id is unknown or not valid then."""
        valid = self._valid(area_id, at_ns)
        return None if valid is None else self._fences[valid].shape

    def _valid(self, area_id: str, at_ns: int) -> int | None:
        for place in self._places.get(area_id, ()):
            if self._versions[place].start_ns <= at_ns < self._versions[place].end_ns:
                return place
        return None

    def _fence(self, ids: tuple[str, ...], at_ns: int) -> Fence | None:
        ground = self._grounds.get(ids) or self._ground(ids)
        return ground.fences[bisect_right(ground.since_ns, at_ns)]

    def _by_fence(
        self, ids: tuple[str, ...], when: NDArray[np.int64]
    ) -> Iterable[tuple[Fence, NDArray[np.intp]]]:
        ground = self._grounds.get(ids) or self._ground(ids)
        span = np.searchsorted(np.array(ground.since_ns, dtype=np.int64), when, side="right")
        for number, fence in enumerate(ground.fences):
            rows = np.flatnonzero(span == number)
            if fence is not None and rows.size:
                yield fence, rows

    def _ground(self, ids: tuple[str, ...]) -> _Ground:
        versions = [
            self._versions[place] for one in set(ids) for place in self._places.get(one, ())
        ]
        since = sorted({time for one in versions for time in (one.start_ns, one.end_ns)})
        # Before the first of these times nothing is valid; from each of them on, something else.
        ground = _Ground(since, [None, *(self._join(ids, at_ns) for at_ns in since)])
        if len(self._grounds) >= _MAX_GROUNDS:
            self._grounds.clear()
            self._joined.clear()
        self._grounds[ids] = ground
        return ground

    def _join(self, ids: tuple[str, ...], at_ns: int) -> Fence | None:
        valid = {place for one in ids if (place := self._valid(one, at_ns)) is not None}
        if len(valid) < 2:
            return self._fences[valid.pop()] if valid else None
        key = tuple(sorted(valid))
        if key not in self._joined:
            joined = shapely.union_all([self._fences[place].shape for place in key])
            assert isinstance(joined, shapely.Polygon | shapely.MultiPolygon)  # noqa: S101
            self._joined[key] = Fence(joined)
        return self._joined[key]

    def _near(
        self, x: Floats, y: Floats, reach: Floats, when: NDArray[np.int64]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Pairs (position, fence valid then) whose boxes come within the reach (m)."""
        if reach.any():
            narrow = np.maximum(np.cos(np.radians(y)), 0.01)
            north = reach / SHORTEST_DEGREE_M
            boxes = shapely.box(x - north / narrow, y - north, x + north / narrow, y + north)
            row, place = self._tree.query(boxes)
        else:
            row, place = self._tree.query(shapely.points(x, y))
        valid = (self._start[place] <= when[row]) & (when[row] < self._end[place])
        return row[valid], place[valid]

    def _reached(
        self,
        x: Floats,
        y: Floats,
        accuracy: Floats,
        row: NDArray[np.intp],
        place: NDArray[np.intp],
    ) -> NDArray[np.bool_]:
        """Of each pair whether the position's circle reaches the fence's border."""
        east, north, per_lon, per_lat = self._planes[place].T
        points = shapely.points((x[row] - east) * per_lon, (y[row] - north) * per_lat)
        reach: Any = accuracy[row]  # shapely's types know one distance, shapely many
        return np.asarray(shapely.dwithin(self._borders[place], points, reach))

    def _told(
        self, count: int, row: NDArray[np.intp], place: NDArray[np.intp]
    ) -> list[tuple[str, ...]]:
        found: list[tuple[str, ...]] = [()] * count
        # Versions are sorted by id, so places in order are ids in order.
        order = np.lexsort((place, row))
        for at, which in zip(row[order].tolist(), place[order].tolist(), strict=True):
            found[at] += (self._versions[which].area.id,)
        return found


def _columns(
    lon: ArrayLike, lat: ArrayLike, accuracy_m: ArrayLike, at_ns: ArrayLike
) -> tuple[Floats, Floats, Floats, NDArray[np.int64]]:
    x, y, accuracy, when = np.broadcast_arrays(
        np.atleast_1d(np.asarray(lon, dtype=np.float64)),
        np.asarray(lat, dtype=np.float64),
        np.asarray(accuracy_m, dtype=np.float64),
        np.asarray(at_ns, dtype=np.int64),
    )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("a position that is not finite")
    if not (accuracy >= 0).all():
        raise ValueError("an accuracy that is below 0 or no number")
    return x, y, accuracy, when
