"""One badge in two places: does it go to and fro as nobody can, or did it once leap and stay?

To and fro, several times within an hour, each time farther than anything drives: two devices send under
one number (`cloned-id`). One leap that lasts: `impossible-speed`, which has many innocent reasons (a
receiver that found itself after a night, a battery that was changed elsewhere). A fix or two somewhere
else is neither: that is what street canyons do. Leaps shorter than `jump_m` are not looked at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from contract.plane import METRES_PER_DEGREE
from edge_agent.config.proxy_limits import ProxyLimits

Kind = Literal["cloned-id", "impossible-speed"]
_Ends = tuple[int, float, float, int, float, float]  # ns, lon, lat, from and to
_NS = 10**9
_STALE_NS = 600 * _NS  # older than the latest by more: a late batch, which the verdict looks at
_ALONE = 2  # fixes elsewhere that count as a place


@dataclass(slots=True)
class _Place:
    """Where one of two devices was last. `n` fixes since it was first seen there."""

    since_ns: int
    at_ns: int
    lon: float
    lat: float
    n: int = 1


@dataclass(frozen=True, slots=True)
class Leap:
    """`times`: how often; `far_m`: the farthest. Positions as (ns, lon, lat), from and to."""

    kind: Kind
    since_ns: int
    until_ns: int
    times: int
    far_m: float
    positions: tuple[tuple[int, float, float], ...]


class TwoPlaces:
    """Of one badge. `add` is quick where nothing leaps."""

    __slots__ = ("_here", "_latest", "_leaps", "_limits", "_reach", "_there", "found")

    def __init__(self, limits: ProxyLimits) -> None:
        self._limits = limits
        self._reach = limits.max_speed_kmh / 3.6 / _NS
        self._here: _Place | None = None
        self._there: _Place | None = None
        self._latest = 0
        self._leaps: list[_Ends] = []
        self.found: dict[Kind, Leap] | None = None  # most badges never need one

    def add(self, at_ns: int, lon: float, lat: float) -> None:
        here = self._here
        if here is None:
            self._here, self._latest = _Place(at_ns, at_ns, lon, lat), at_ns
            return
        if at_ns < self._latest - _STALE_NS:
            return
        self._latest = max(self._latest, at_ns)
        # 0.001 degrees are at most 157 m on the diagonal: nothing to compute.
        if (abs(lon - here.lon) < 1e-3 and abs(lat - here.lat) < 1e-3) or self._can(
            here, at_ns, lon, lat
        ):
            if at_ns <= here.at_ns:  # sent again
                return
            here.at_ns, here.lon, here.lat = at_ns, lon, lat
            here.n += 1
            if self._there is not None and here.n == self._limits.stays_fixes:
                self._stays(here)
            return
        self._leap(here, at_ns, lon, lat)

    def _can(self, place: _Place, at_ns: int, lon: float, lat: float) -> bool:
        reach_m = self._limits.jump_m + abs(at_ns - place.at_ns) * self._reach
        return _metres(place, lon, lat) <= reach_m

    def _leap(self, here: _Place, at_ns: int, lon: float, lat: float) -> None:
        there = self._there
        if there is not None and self._can(there, at_ns, lon, lat):
            if at_ns <= there.at_ns:
                return
            there.at_ns, there.lon, there.lat = at_ns, lon, lat
            there.n += 1
        else:
            there = _Place(at_ns, at_ns, lon, lat)
        self._leaps.append((here.at_ns, here.lon, here.lat, at_ns, lon, lat))
        del self._leaps[: -4 * self._limits.alternations]
        self._here, self._there = there, here
        if min(here.n, there.n) >= _ALONE:
            self._alternates(at_ns)

    def _alternates(self, at_ns: int) -> None:
        begin_ns = at_ns - int(self._limits.alternating_s * _NS)
        recent = [leap for leap in self._leaps if leap[3] >= begin_ns]
        if len(recent) >= self._limits.alternations:
            self._tell("cloned-id", recent, at_ns)

    def _stays(self, here: _Place) -> None:
        """Told once it has stayed: it was far, and did not come back."""
        there = self._there
        assert there is not None  # noqa: S101 - the caller saw it
        lasted_ns = here.at_ns - here.since_ns
        if lasted_ns < self._limits.stays_s * _NS or there.at_ns > here.since_ns:
            here.n -= 1  # looked at again with the next fix
            return
        if "cloned-id" not in (self.found or {}) and there.n >= self._limits.stays_fixes:
            last = [leap for leap in self._leaps if leap[3] == here.since_ns]
            # Not when it is back where it was, or when all was as short as a receiver's own errors.
            far_m = _way_m(*last[-1][1:3], *last[-1][4:]) if last else 0.0
            gone_m = _metres(there, here.lon, here.lat)
            if far_m >= self._limits.leap_m and gone_m > far_m / 2:
                self._tell("impossible-speed", last, here.at_ns)

    def _tell(self, kind: Kind, leaps: list[_Ends], at_ns: int) -> None:
        self.found = self.found or {}
        before = self.found.get(kind)
        far_m = max(_way_m(one[1], one[2], one[4], one[5]) for one in leaps)
        ends = [end for one in leaps for end in ((one[0], *one[1:3]), (one[3], *one[4:6]))]
        self.found[kind] = Leap(
            kind=kind,
            since_ns=before.since_ns if before else leaps[0][0],
            until_ns=at_ns,
            times=len(leaps),
            far_m=far_m,
            positions=tuple(dict.fromkeys(ends)),
        )


def _metres(place: _Place, lon: float, lat: float) -> float:
    return _way_m(place.lon, place.lat, lon, lat)


def _way_m(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    east = (lon2 - lon1) * math.cos(math.radians(lat1))
    return math.hypot(east, lat2 - lat1) * METRES_PER_DEGREE
