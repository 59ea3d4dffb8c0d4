"""How well duty areas cover a district at one moment: doubles, holes, units that have no ground."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import shapely

from contract.plane import plane_at
from hub.owners.layer import Entry
from hub.owners.ownership import Ownership

SLIVER_M2 = 1.0
"""Less is the rounding of coordinates, not ground that somebody walks on."""


class Overlap(NamedTuple):
    """Two plain areas on one ground; `first` has it, by its id."""

    first: str
    second: str
    square_m: float
    lon: float
    lat: float


class Hole(NamedTuple):
    """Ground that nobody owns with areas all around it."""

    square_m: float
    lon: float
    lat: float


class Coverage(NamedTuple):
    """Of the plain areas, which are neither overlays nor for classes. `outside_share`: of the convex
    hull of them all, what is nobody's; the largest holes and overlaps first."""

    plain: int
    narrow: int
    square_m: float
    outside_share: float
    overlaps: tuple[Overlap, ...]
    holes: tuple[Hole, ...]
    idle_units: tuple[str, ...]


def coverage_at(owned: Ownership, at_ns: int) -> Coverage:
    valid = [entry for entry in owned.entries if entry.start_ns <= at_ns < entry.end_ns]
    plain = [entry for entry in valid if not (entry.duty.overlay or entry.duty.classes)]
    metres = _Metres(plain)
    ground = shapely.union_all([entry.shape for entry in plain])
    hull_m2 = metres.square_m(ground.convex_hull)
    square_m = metres.square_m(ground)
    return Coverage(
        plain=len(plain),
        narrow=len(valid) - len(plain),
        square_m=square_m,
        outside_share=max(1 - square_m / hull_m2, 0.0) if hull_m2 else 0.0,
        overlaps=tuple(sorted(_overlaps(plain, metres), key=lambda one: -one.square_m)),
        holes=tuple(sorted(_holes(ground, metres), key=lambda one: -one.square_m)),
        idle_units=_idle(owned, valid, at_ns),
    )


class _Metres:
    """Square metres by one plane in the middle of the district."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        boxes = np.array([entry.shape.bounds for entry in entries]).reshape(-1, 4)
        west, south = boxes[:, :2].min(axis=0, initial=180.0)
        east, north = boxes[:, 2:].max(axis=0, initial=-180.0)
        self._plane = plane_at((west + east) / 2, (south + north) / 2 if len(entries) else 0.0)

    def square_m(self, shape: shapely.Geometry) -> float:
        return float(shapely.area(shape)) * self._plane.per_lon_m * self._plane.per_lat_m


def _overlaps(plain: Sequence[Entry], metres: _Metres) -> Iterator[Overlap]:
    shapes = np.array([entry.shape for entry in plain], dtype=object)
    tree = shapely.STRtree(shapes)
    first, second = tree.query(shapes, predicate="intersects")
    for one, other in sorted(zip(first.tolist(), second.tolist(), strict=True)):
        if one < other:
            both = shapely.intersection(shapes[one], shapes[other])
            if metres.square_m(both) >= SLIVER_M2:
                at = both.representative_point()
                ids = plain[one].duty.area.id, plain[other].duty.area.id
                yield Overlap(*ids, metres.square_m(both), at.x, at.y)


def _holes(ground: shapely.Geometry, metres: _Metres) -> Iterator[Hole]:
    for polygon in shapely.get_parts(ground):
        for ring in polygon.interiors:
            inside = shapely.Polygon(ring).difference(ground)
            if metres.square_m(inside) >= SLIVER_M2:
                at = inside.representative_point()
                yield Hole(metres.square_m(inside), at.x, at.y)


def _idle(owned: Ownership, valid: Sequence[Entry], at_ns: int) -> tuple[str, ...]:
    """Units that no area names, neither them nor anybody below them."""
    units, busy = owned.units, set[str]()
    for entry in valid:
        duty = entry.duty
        named = (duty.unit, duty.main, duty.contractor, *duty.assisting)
        held = units.holder_of(duty.lot, at_ns) if duty.lot else None
        for unit in (*named, held):
            busy.update(units.chain(unit, at_ns) if unit else ())
    return tuple(one for one in units.ids if units.valid(one, at_ns) and one not in busy)
