"""Areas that answer as equals: of those that hold a point, the lowest id wins (contract §8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import cos, radians
from typing import NamedTuple

import shapely

from contract.areas import Version
from contract.district_grid import SHORTEST_DEGREE_M, Box, DistrictGrid
from contract.fence import Fence, Shape
from contract.side import Side
from hub.owners.areas import DutyArea

USUAL_ERROR_M = 30.0
_FEW = 24


class Question(NamedTuple):
    """A finite place (WGS 84 degrees), what lies there, and when (UTC ns)."""

    lon: float
    lat: float
    class_code: str | None
    at_ns: int


class Entry(NamedTuple):
    """One version in a layer; `codes` and `prefixes` both empty = every class."""

    duty: DutyArea
    start_ns: int
    end_ns: int
    shape: Shape
    codes: frozenset[str]
    prefixes: tuple[str, ...]

    def answers(self, asked: Question) -> bool:
        if not self.start_ns <= asked.at_ns < self.end_ns:
            return False
        if not (self.codes or self.prefixes):
            return True
        code = asked.class_code
        return code is not None and (code in self.codes or code.startswith(self.prefixes))

    def holds(self, asked: Question) -> bool:
        """Inside or on the border, which is what "intersects" means for a point; GEOS is exact."""
        return bool(shapely.intersects_xy(self.shape, asked.lon, asked.lat))


def entry_of(duty: DutyArea, version: Version) -> Entry:
    prefixes = tuple(one[:-1] for one in duty.classes if one.endswith("*"))
    codes = frozenset(one for one in duty.classes if not one.endswith("*"))
    return Entry(duty, version.start_ns, version.end_ns, version.shape, codes, prefixes)


class Layer:
    """Built once from entries sorted by id; a fence is measured when an error first comes near it."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = tuple(entries)
        self._boxes = [entry.shape.bounds for entry in self.entries]
        # A grid of cells costs more to make than a few boxes cost to ask. Its boxes are wider than the
        # areas, so that one cell answers for a usual error too.
        self._few = range(len(self.entries)) if len(self.entries) <= _FEW else None
        self._grid = DistrictGrid([] if self._few else [_wider(box) for box in self._boxes])
        self._fences: list[Fence | None] = [None] * len(self.entries)
        shapely.prepare([entry.shape for entry in self.entries])

    def first(self, asked: Question) -> Entry | None:
        lon, lat, _, _ = asked
        for place in self._few or self._grid.near(lon, lat, 0.0):
            west, south, east, north = self._boxes[place]
            if west <= lon <= east and south <= lat <= north:
                entry = self.entries[place]
                if entry.answers(asked) and entry.holds(asked):
                    return entry
        return None

    def around(self, asked: Question, error_m: float) -> Iterator[tuple[Entry, Side]]:
        """By id, those that the circle touches: INSIDE when it lies in one as a whole."""
        lon, lat, _, _ = asked
        north_deg = error_m / SHORTEST_DEGREE_M
        east_deg = north_deg / max(cos(radians(lat)), 0.01)
        beyond_m = 0.0 if error_m <= USUAL_ERROR_M else error_m
        for place in self._few or self._grid.near(lon, lat, beyond_m):
            west, south, east, north = self._boxes[place]
            if (
                west - east_deg <= lon <= east + east_deg
                and south - north_deg <= lat <= north + north_deg
            ):
                entry = self.entries[place]
                if entry.answers(asked):
                    side = self._fence(place).side(lon, lat, error_m)
                    if side:
                        yield entry, side

    def _fence(self, place: int) -> Fence:
        fence = self._fences[place]
        if fence is None:
            fence = self._fences[place] = Fence(self.entries[place].shape)
        return fence


def _wider(box: Box) -> Box:
    west, south, east, north = box
    north_deg = USUAL_ERROR_M / SHORTEST_DEGREE_M
    east_deg = north_deg / max(cos(radians(max(-south, north) + north_deg)), 0.01)
    return west - east_deg, south - north_deg, east + east_deg, north + north_deg
