"""A grid over the earth, so that neighbours are found by equality. Pure.

A cell is about `CELL_M` metres high and, at its own latitude band, about as wide; its name holds the
row and the column. A place and anything within `radius_m` of it lie in the cells of `around`.
"""

from __future__ import annotations

from functools import lru_cache
from math import cos, floor, hypot, radians

from contract.plane import METRES_PER_DEGREE

CELL_M = 250.0
_STEP_DEG = CELL_M / METRES_PER_DEGREE
MAX_RADIUS_M = 5_000.0
_CAP_LAT = 89.4
"""Nearer to a pole a row is one cell: its columns would have no width."""

_HAIR_DEG = 1e-9
"""A tenth of a millimetre, so that rounding leaves no cell out."""


def cell_of(lon: float, lat: float, cell_m: float = CELL_M) -> str:
    """WGS 84 degrees."""
    step = cell_m / METRES_PER_DEGREE
    row = floor(lat / step)
    return f"{row}:{_column(lon, _width(row, step))}"


@lru_cache(maxsize=4_096)  # a batch asks twice for each of its places
def around(lon: float, lat: float, radius_m: float) -> frozenset[str]:
    """Names of every cell that may hold something within `radius_m`, at most `MAX_RADIUS_M`."""
    reach = min(radius_m, MAX_RADIUS_M) / METRES_PER_DEGREE + _HAIR_DEG
    wide = reach / cos(radians(min(_CAP_LAT + 0.1, abs(lat) + reach)))
    # What lies across the antimeridian has a longitude with another sign.
    turns = [turn for turn in (-360.0, 0.0, 360.0) if abs(lon + turn) <= 180.0 + wide]
    found = set[str]()
    for row in range(floor((lat - reach) / _STEP_DEG), floor((lat + reach) / _STEP_DEG) + 1):
        width = _width(row, _STEP_DEG)
        for turn in turns:
            first = _column(max(-180.0, lon + turn - wide), width)
            last = _column(min(180.0, lon + turn + wide), width)
            found |= {f"{row}:{column}" for column in range(first, last + 1)}
    return frozenset(found)


def metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Between two places some kilometres apart at most."""
    east = (other_lon - lon + 180.0) % 360.0 - 180.0
    return hypot(
        east * METRES_PER_DEGREE * cos(radians((lat + other_lat) / 2)),
        (other_lat - lat) * METRES_PER_DEGREE,
    )


def _column(lon: float, width: float | None) -> int:
    return 0 if width is None else floor(lon / width)


@lru_cache(maxsize=4_096)
def _width(row: int, step: float) -> float | None:
    """Degrees of longitude of one column; the same for a whole row. None within the cap."""
    middle = abs((row + 0.5) * step)
    return None if middle > _CAP_LAT else step / cos(radians(middle))
