"""Badges that walk about in their areas, and the shifts that they are on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

import numpy as np

from contract.rosters.shift import BadgeSpan, PlannedShift
from simulators.attendance.ground import Place, degrees
from simulators.terminals.mover import Fix, Mover

AREAS, SEED, NS = 400, 13, 10**9
FIRST = 13_900_000_000  # number of the first badge
SHIFT_S = 8 * 3_600
VALID_FROM = "2026-01-01T00:00:00Z"


class Walker(Mover):
    """From spot to spot inside one area, 3 m of noise."""

    def __init__(self, place: Place, luck: Random) -> None:
        super().__init__(luck, truck=False)
        self._place, self._chance = place, luck
        self._from = self._to = luck.randrange(len(place.spots))
        self._gone_m, self._mps = 0.0, luck.uniform(0.3, 1.2)

    def after(self, seconds: float) -> Fix:
        begin, end = self._place.spots[self._from], self._place.spots[self._to]
        way_m = math.dist(begin, end)
        self._gone_m += self._mps * seconds
        if self._gone_m >= way_m:
            self._from, self._gone_m = self._to, 0.0
            self._to = self._chance.choice(self._place.ways[self._from] or (self._from,))
            begin, way_m = end, 1.0
        share = self._gone_m / way_m if way_m else 0.0
        x, y = (
            a + share * (b - a) + self._chance.gauss(0, 3) for a, b in zip(begin, end, strict=True)
        )
        lon, lat = degrees(np.float64(x), np.float64(y))  # type: ignore[arg-type]
        return Fix(
            round(float(lat), 6), round(float(lon), 6), self._mps * 3.6, 0, fix=True, satellites=9
        )


def shifts_of(places: Sequence[Place], count: int, start_ns: int) -> list[PlannedShift]:
    """One for each badge, in one area."""
    end_ns = start_ns + SHIFT_S * NS
    return [
        PlannedShift(
            key=f"w-{n:05d}/2026-01-01/1",
            person=f"w-{n:05d}",
            badges=(BadgeSpan(str(FIRST + n), start_ns, end_ns),),
            areas=(places[n % len(places)].id,),
            start_ns=start_ns,
            end_ns=end_ns,
        )
        for n in range(count)
    ]
