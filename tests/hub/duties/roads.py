"""Roads, greens and drives in metres around one place, as coverage is asked about them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random
from typing import Any

import shapely

from contract.plane import plane_at
from hub.duties.coverage import Position

PLANE = plane_at(113.26, 23.13)
START_NS = 1_790_000_000 * 10**9
Metres = tuple[float, float]


def lonlat(x: float, y: float) -> Metres:
    return PLANE.lon + x / PLANE.per_lon_m, PLANE.lat + y / PLANE.per_lat_m


def road(*corners: Metres) -> shapely.LineString:
    return shapely.LineString([lonlat(*corner) for corner in corners])


def green(*corners: Metres) -> shapely.Polygon:
    return shapely.Polygon([lonlat(*corner) for corner in corners])


def ways(corners: Sequence[Metres], kmh: float, every_s: float) -> Iterator[Metres]:
    """Where it is every so many seconds, from the first corner to the last."""
    step = kmh / 3.6 * every_s
    for (ax, ay), (bx, by) in pairwise(corners):
        size = math.hypot(bx - ax, by - ay) or step
        for n in range(max(1, round(size / step))):
            share = min(1.0, n * step / size)
            yield ax + share * (bx - ax), ay + share * (by - ay)
    yield corners[-1]


def drive(
    *corners: Metres,
    kmh: float = 6.0,
    every_s: float = 1.0,
    start_s: float = 0.0,
    told: bool = True,
    noise_m: float = 0.0,
    **changes: Any,
) -> list[Position]:
    chance = Random(7)
    found = []
    for n, (x, y) in enumerate(ways(corners, kmh, every_s)):
        place = lonlat(x + chance.gauss(0, noise_m), y + chance.gauss(0, noise_m))
        at_ns = START_NS + int((start_s + n * every_s) * 1e9)
        one = Position(at_ns, *place, kmh if told else None, 4.0)
        found.append(one._replace(**changes))
    return found
