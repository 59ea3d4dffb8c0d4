"""Where many badges were, minute by minute: the memory in which companions are looked for. Bounded.

One mean position per badge and minute, kept as whole 1e-7 degrees. Means of whole numbers: the order in
which the fixes of one minute came changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MINUTE_NS = 60 * 10**9
UNITS = 10**7  # per degree
_GROW = 256


@dataclass(slots=True)
class Minute:
    """Columns by the badge's row; `n` 0 where nothing is known. `fast`: said to ride."""

    lon: NDArray[np.int32]
    lat: NDArray[np.int32]
    n: NDArray[np.uint8]
    fast: NDArray[np.bool_]

    def widened(self, rows: int) -> Minute:
        more = rows - len(self.n)
        return Minute(
            *(
                np.concatenate([column, np.zeros(more, dtype=column.dtype)])
                for column in (self.lon, self.lat, self.n, self.fast)
            )
        )


@dataclass(frozen=True)
class Paths:
    """Rows: badges as asked for; columns: minutes from `first` on. NaN where nothing is known."""

    first: int
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    fast: NDArray[np.bool_]


class MinutePlaces:
    """`minute` is UTC ns // MINUTE_NS. What is older than `keep_minutes` before the latest is gone."""

    def __init__(self, keep_minutes: int) -> None:
        self._keep = keep_minutes
        self._minutes: dict[int, Minute] = {}
        self._rows: dict[str, int] = {}
        self._free: list[int] = []
        self._gone: list[int] = []
        self._count = 0
        self._latest = 0

    @property
    def minutes(self) -> list[int]:
        return sorted(self._minutes)

    @property
    def rows(self) -> dict[str, int]:
        return self._rows

    def row(self, badge: str) -> int:
        found = self._rows.get(badge)
        if found is None:
            if not self._free:
                self._free.append(self._count)
                self._count += 1
            found = self._free.pop()
            self._rows[badge] = found
        return found

    def forget(self, badge: str) -> None:
        """Its row is used again only after `settle`."""
        row = self._rows.pop(badge, None)
        if row is not None:
            self._gone.append(row)

    def settle(self) -> None:
        """Clears the rows of all that were forgotten, at once; and minutes of which nobody is left."""
        gone = np.array(sorted(self._gone), dtype=np.intp)
        for number, minute in list(self._minutes.items()):
            some = gone[gone < len(minute.n)]
            minute.n[some], minute.fast[some] = 0, False
            if not minute.n.any():
                del self._minutes[number]
        self._free += self._gone
        self._gone = []

    def put(self, row: int, minute: int, lon_sum: int, lat_sum: int, n: int, *, fast: bool) -> None:
        """Sums over `n` fixes. What comes later for a minute is weighed against what it has."""
        if minute <= self._latest - self._keep:
            return
        if minute > self._latest:
            self._latest = minute
            for old in [one for one in self._minutes if one <= minute - self._keep]:
                del self._minutes[old]
        found = self._minutes.get(minute)
        if found is None or row >= len(found.n):
            found = self._widen(minute, found, row)
        had = int(found.n[row])
        if had:
            lon_sum += int(found.lon[row]) * had
            lat_sum += int(found.lat[row]) * had
        found.lon[row] = round(lon_sum / (n + had))
        found.lat[row] = round(lat_sum / (n + had))
        found.n[row] = min(255, n + had)
        found.fast[row] |= fast

    def _widen(self, minute: int, found: Minute | None, row: int) -> Minute:
        rows = (max(row, self._count - 1) // _GROW + 1) * _GROW
        if found is None:
            found = Minute(
                np.zeros(0, np.int32),
                np.zeros(0, np.int32),
                np.zeros(0, np.uint8),
                np.zeros(0, bool),
            )
        self._minutes[minute] = found.widened(rows)
        return self._minutes[minute]

    def places(
        self, minute: int
    ) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
        """Rows that were heard then, with lon and lat in degrees."""
        found = self._minutes.get(minute)
        if found is None:
            return np.zeros(0, np.intp), np.zeros(0), np.zeros(0)
        rows = np.flatnonzero(found.n)
        return rows, found.lon[rows] / UNITS, found.lat[rows] / UNITS

    def paths(self, rows: NDArray[np.intp], first: int, last: int) -> Paths:
        """Of several badges, `last` included."""
        shape = (len(rows), last - first + 1)
        lon, lat, fast = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, dtype=bool)
        for minute in range(first, last + 1):
            found = self._minutes.get(minute)
            if found is None:
                continue
            known = rows < len(found.n)
            known[known] = found.n[rows[known]] > 0
            column, heard = minute - first, rows[known]
            lon[known, column] = found.lon[heard] / UNITS
            lat[known, column] = found.lat[heard] / UNITS
            fast[known, column] = found.fast[heard]
        return Paths(first, lon, lat, fast)
