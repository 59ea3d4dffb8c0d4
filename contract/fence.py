"""One fence: a shape on the ground, its border in metres, and on which side of it a circle lies."""

from __future__ import annotations

from array import array
from math import isfinite
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from contract.plane import plane_at
from contract.side import Side

Floats = NDArray[np.float64]
Shape = shapely.Polygon | shapely.MultiPolygon

_GRID = 48  # cells a side; 9 kB a fence
_ASKED_OFTEN = 32  # questions after which the grid pays
_SLACK_M = 0.01  # more than the rounding of the grid, less than any border is known
QUARTER_SEGMENTS = 16  # of a buffer's corner: within 0.13 % of its radius


class Fence:
    """Immutable but for a grid made when it is asked often: of each cell the clearance of its middle.
    A clearance changes no faster than one walks, so most questions end there, without geometry."""

    __slots__ = (
        *("_asked", "_cells_lat", "_cells_lon", "_east", "_grid", "_north", "_reach_m", "_south"),
        *("_west", "border", "plane", "shape"),
    )

    def __init__(self, shape: Shape, buffer_m: float = 0.0) -> None:
        """`shape` in WGS 84 degrees, valid, not empty."""
        self.plane = plane_at(*_middle(shape))
        self.shape = self._widened(shape, buffer_m) if buffer_m else shape
        self.border = shapely.transform(self.shape.boundary, self._metres)
        shapely.prepare(self.shape)
        shapely.prepare(self.border)
        self._west, self._south, self._east, self._north = self.shape.bounds
        self._cells_lon = _GRID / (self._east - self._west)
        self._cells_lat = _GRID / (self._north - self._south)
        self._reach_m = _SLACK_M + 0.5 * float(
            np.hypot(self.plane.per_lon_m / self._cells_lon, self.plane.per_lat_m / self._cells_lat)
        )
        self._grid: array[float] | None = None
        self._asked = 0

    def side(self, lon: float, lat: float, accuracy_m: float) -> Side:
        """ValueError for a position that is not finite and for an accuracy below 0."""
        if not (self._west <= lon <= self._east and self._south <= lat <= self._north):
            return self._side_beyond(lon, lat, accuracy_m)
        grid = self._grid
        if grid is None:
            self._asked += 1
            if self._asked < _ASKED_OFTEN:
                return self._side_exact(lon, lat, accuracy_m)
            grid = self._grid = self._measured()
        column, row = (
            int((lon - self._west) * self._cells_lon),
            int((lat - self._south) * self._cells_lat),
        )
        # The last row and column hold the eastern and northern border too.
        clear_m = grid[min(row, _GRID - 1) * _GRID + min(column, _GRID - 1)]
        if accuracy_m >= 0:
            margin_m = accuracy_m + self._reach_m
            if clear_m > margin_m:
                return Side.INSIDE
            if clear_m < -margin_m:
                return Side.OUTSIDE
            if accuracy_m > abs(clear_m) + self._reach_m:
                return Side.UNSURE
        return self._side_exact(lon, lat, accuracy_m)

    def sides(self, lon: Floats, lat: Floats, accuracy_m: Floats) -> NDArray[np.int8]:
        """As `side`, for arrays of one length with good values."""
        inside = shapely.intersects_xy(self.shape, lon, lat)
        found = np.where(inside, np.int8(Side.INSIDE), np.int8(Side.OUTSIDE))
        rough = np.flatnonzero(accuracy_m)
        if rough.size:
            points = self._points(lon[rough], lat[rough])
            reach: Any = accuracy_m[rough]  # shapely's types know one distance, shapely many
            found[rough[shapely.dwithin(self.border, points, reach)]] = Side.UNSURE
        return found

    def clearance_m(self, lon: Floats, lat: Floats) -> Floats:
        """Metres to the border, negative outside."""
        distance = shapely.distance(self.border, self._points(lon, lat))
        return np.where(shapely.intersects_xy(self.shape, lon, lat), distance, -distance)

    def _side_beyond(self, lon: float, lat: float, accuracy_m: float) -> Side:
        plane = self.plane
        east_m = max(self._west - lon, lon - self._east) * plane.per_lon_m
        north_m = max(self._south - lat, lat - self._north) * plane.per_lat_m
        if accuracy_m >= 0 and isfinite(east_m + north_m):
            margin_m = accuracy_m + _SLACK_M
            if east_m > margin_m or north_m > margin_m:
                return Side.OUTSIDE
        return self._side_exact(lon, lat, accuracy_m)

    def _side_exact(self, lon: float, lat: float, accuracy_m: float) -> Side:
        if not (isfinite(lon) and isfinite(lat)):
            raise ValueError(f"lon {lon}, lat {lat}: not a finite position")
        if not accuracy_m >= 0:
            raise ValueError(f"an accuracy of {accuracy_m} m")
        inside = shapely.intersects_xy(self.shape, lon, lat)
        if accuracy_m:
            plane = self.plane
            x = (lon - plane.lon) * plane.per_lon_m
            y = (lat - plane.lat) * plane.per_lat_m
            if shapely.dwithin(self.border, shapely.Point(x, y), accuracy_m):
                return Side.UNSURE
        return Side.INSIDE if inside else Side.OUTSIDE

    def _measured(self) -> array[float]:
        middles = (np.arange(_GRID) + 0.5) / _GRID
        lon = self._west + (self._east - self._west) * middles
        lat = self._south + (self._north - self._south) * middles
        clear_m = self.clearance_m(np.tile(lon, _GRID), np.repeat(lat, _GRID))
        return array("f", clear_m.tolist())

    def _points(self, lon: Floats, lat: Floats) -> NDArray[np.object_]:
        plane = self.plane
        x, y = (lon - plane.lon) * plane.per_lon_m, (lat - plane.lat) * plane.per_lat_m
        return np.asarray(shapely.points(x, y), dtype=object)

    def _metres(self, degrees: Floats) -> Floats:
        plane = self.plane
        return (degrees - (plane.lon, plane.lat)) * (plane.per_lon_m, plane.per_lat_m)

    def _degrees(self, metres: Floats) -> Floats:
        plane = self.plane
        return metres / (plane.per_lon_m, plane.per_lat_m) + (plane.lon, plane.lat)

    def _widened(self, shape: Shape, buffer_m: float) -> Shape:
        around = shapely.buffer(
            shapely.transform(shape, self._metres), buffer_m, quad_segs=QUARTER_SEGMENTS
        )
        wide = shapely.transform(around, self._degrees)
        assert isinstance(wide, shapely.Polygon | shapely.MultiPolygon)  # noqa: S101 - a buffer is
        return wide


def _middle(shape: Shape) -> tuple[float, float]:
    west, south, east, north = shape.bounds
    return (west + east) / 2, (south + north) / 2
