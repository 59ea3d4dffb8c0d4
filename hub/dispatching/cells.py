"""A grid over the earth, so that neighbours are found by equality. Pure.

A cell is about `CELL_M` metres high and, at its own latitude band, about as wide; its name holds the
row and the column. A place and anything within `radius_m` of it lie in the cells of `around`.
"""

from __future__ import annotations

from math import ceil, cos, floor, hypot, radians

from contract.plane import METRES_PER_DEGREE

CELL_M = 250.0
_STEP_DEG = CELL_M / METRES_PER_DEGREE
MAX_RADIUS_M = 5_000.0


def cell_of(lon: float, lat: float, cell_m: float = CELL_M) -> str:
    """WGS 84 degrees."""
    step = cell_m / METRES_PER_DEGREE
    row = floor(lat / step)
    return f"{row}:{floor(lon / _width(row, step))}"


def around(lon: float, lat: float, radius_m: float) -> set[str]:
    """Names of every cell that may hold something within `radius_m`, at most `MAX_RADIUS_M`."""
    reach = min(radius_m, MAX_RADIUS_M) / METRES_PER_DEGREE
    found = set()
    for row in range(floor((lat - reach) / _STEP_DEG), floor((lat + reach) / _STEP_DEG) + 1):
        width = _width(row, _STEP_DEG)
        wide = reach / _narrowest(lat, reach)
        first, last = floor((lon - wide) / width), floor((lon + wide) / width)
        # What lies across the antimeridian is in a column with another number.
        round_trip = ceil(360.0 / width)
        for column in range(first, last + 1):
            found.add(f"{row}:{column}")
            if not -180.0 <= column * width < 180.0 - width:
                found |= {f"{row}:{column - round_trip}", f"{row}:{column + round_trip}"}
    return found


def metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Between two places some kilometres apart at most."""
    east = (other_lon - lon + 180.0) % 360.0 - 180.0
    return hypot(
        east * METRES_PER_DEGREE * cos(radians((lat + other_lat) / 2)),
        (other_lat - lat) * METRES_PER_DEGREE,
    )


def _width(row: int, step: float) -> float:
    """Degrees of longitude of one column; the same for a whole row."""
    return step / max(0.01, cos(radians(min(89.4, abs((row + 0.5) * step)))))


def _narrowest(lat: float, reach: float) -> float:
    return max(0.01, cos(radians(min(89.4, abs(lat) + reach))))
