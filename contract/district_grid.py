"""Which boxes may hold a point: a plain grid over a district, for one point at a time.

A tree of shapely answers arrays more quickly and single points more slowly than one look into a dict.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, floor, radians

Box = tuple[float, float, float, float]

_MOST_CELLS = 128  # a side
# Less than a degree of latitude is anywhere (110,574 m), so that a reach in degrees is never short.
SHORTEST_DEGREE_M = 109_000.0


class DistrictGrid:
    def __init__(self, boxes: Sequence[Box]) -> None:
        """West, south, east, north in degrees, none of them empty."""
        self._cells: dict[tuple[int, int], tuple[int, ...]] = {}
        self._west = min((box[0] for box in boxes), default=0.0)
        self._south = min((box[1] for box in boxes), default=0.0)
        self._east = max((box[2] for box in boxes), default=0.0)
        self._north = max((box[3] for box in boxes), default=0.0)
        self._per_lon = _MOST_CELLS / max(self._east - self._west, 1e-9)
        self._per_lat = _MOST_CELLS / max(self._north - self._south, 1e-9)
        for place, (west, south, east, north) in enumerate(boxes):
            for cell in self._span(west, south, east, north):
                self._cells[cell] = (*self._cells.get(cell, ()), place)

    def near(self, lon: float, lat: float, reach_m: float) -> Sequence[int]:
        """Places, in order, of all boxes within the reach of a finite position, and some beyond it."""
        if reach_m:
            return self._wide(lon, lat, reach_m)
        column = floor((lon - self._west) * self._per_lon)
        row = floor((lat - self._south) * self._per_lat)
        # The eastern and northern border of the district are the end of the last cells.
        if column >= _MOST_CELLS or row >= _MOST_CELLS:
            return self._wide(lon, lat, 0.0)
        return self._cells.get((column, row), ())

    def _wide(self, lon: float, lat: float, reach_m: float) -> Sequence[int]:
        north = reach_m / SHORTEST_DEGREE_M
        east = north / max(cos(radians(lat)), 0.01)
        cells = self._span(lon - east, lat - north, lon + east, lat + north)
        if len(cells) == 1:
            return self._cells.get(cells[0], ())
        return sorted({place for cell in cells for place in self._cells.get(cell, ())})

    def _span(self, west: float, south: float, east: float, north: float) -> list[tuple[int, int]]:
        """Cells that touch the box; those of the district only."""
        if west > self._east or east < self._west or south > self._north or north < self._south:
            return []
        columns = self._axis(
            (west - self._west) * self._per_lon, (east - self._west) * self._per_lon
        )
        rows = self._axis(
            (south - self._south) * self._per_lat, (north - self._south) * self._per_lat
        )
        return [(column, row) for column in columns for row in rows]

    @staticmethod
    def _axis(begin: float, end: float) -> range:
        last = _MOST_CELLS - 1
        return range(
            floor(min(max(begin, 0.0), last)),
            floor(min(max(end, 0.0), last)) + 1,
        )
