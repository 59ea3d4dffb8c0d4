"""Somebody or something that moves on invented streets, step by step. Pure.

Streets run north-south and east-west around a point of Baiyun District, 80 m apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

CENTRE_LON, CENTRE_LAT = 113.2690, 23.1600
BLOCK_M = 80.0
SPREAD = 12  # streets to each side
_METRES_PER_DEGREE = 111_320.0
_WAYS = ((0, 1, 0), (1, 0, 90), (0, -1, 180), (-1, 0, 270))  # east, north, course
_CANYON_SHARE, _LOST_SHARE = 0.03, 0.02


@dataclass(frozen=True, slots=True)
class Fix:
    """What its receiver says. In a canyon it is tens of metres off; without a fix it is the last one."""

    lat: float
    lon: float
    speed_kmh: float
    course_deg: int
    fix: bool
    satellites: int


class Mover:
    """`truck` drives, anybody else walks."""

    def __init__(self, luck: Random, *, truck: bool) -> None:
        self._luck = luck
        self._x, self._y = (BLOCK_M * luck.randint(-SPREAD, SPREAD) for _ in range(2))
        self._way = _WAYS[0]
        self._left_m = BLOCK_M
        self._turn()
        self._top_mps = luck.uniform(5.0, 14.0) if truck else luck.uniform(0.6, 1.4)
        self._rest_s = 0.0
        self._last: Fix | None = None

    def after(self, seconds: float) -> Fix:
        """Its fix so much later."""
        moved_m = self._move(seconds)
        fix = self._seen(moved_m / seconds if seconds else 0.0)
        self._last = fix
        return fix

    def _move(self, seconds: float) -> float:
        if self._rest_s > 0 or self._luck.random() < 0.05:
            self._rest_s = max(0.0, (self._rest_s or self._luck.uniform(20, 120)) - seconds)
            return 0.0
        way_m = self._top_mps * seconds
        left_m = way_m
        while left_m > 0:
            step_m = min(left_m, self._left_m)
            self._x += self._way[0] * step_m
            self._y += self._way[1] * step_m
            self._left_m -= step_m
            left_m -= step_m
            if self._left_m <= 0:
                self._turn()
        return way_m

    def _turn(self) -> None:
        self._left_m = BLOCK_M
        edge_m = SPREAD * BLOCK_M + 1  # sums of many steps are not exact
        ways = [
            way
            for way in _WAYS
            if abs(self._x + way[0] * BLOCK_M) <= edge_m
            and abs(self._y + way[1] * BLOCK_M) <= edge_m
        ]
        self._way = self._luck.choice(ways)

    def _seen(self, speed_mps: float) -> Fix:
        chance = self._luck.random()
        if chance < _LOST_SHARE and self._last is not None:
            old = self._last
            return Fix(old.lat, old.lon, 0.0, old.course_deg, fix=False, satellites=0)
        noise_m = 40.0 if chance < _LOST_SHARE + _CANYON_SHARE else 3.0
        x = self._x + self._luck.gauss(0, noise_m)
        y = self._y + self._luck.gauss(0, noise_m)
        lat = CENTRE_LAT + y / _METRES_PER_DEGREE
        lon = CENTRE_LON + x / (_METRES_PER_DEGREE * math.cos(math.radians(CENTRE_LAT)))
        sky = 5 if noise_m > 10 else self._luck.randint(8, 14)
        kmh = round(speed_mps * 3.6, 1)
        return Fix(round(lat, 6), round(lon, 6), kmh, self._way[2], fix=True, satellites=sky)
