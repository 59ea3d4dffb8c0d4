"""What the fixes of one badge say while its shift is on, one after the other as they come.

Only for what a person must know at once; verdicts are made from the kept track, where order and
lateness do not matter. Fixes older than the newest one change nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, hypot, radians

from contract.plane import METRES_PER_DEGREE
from contract.rosters.shift import PlannedShift
from contract.side import Side
from edge_agent.config.attendance import AttendanceConfig

_NS = 10**9


@dataclass(slots=True)
class Watch:
    """`areas`: the shift's and those where one may rest. UTC ns; None = not so now.

    last_ns       the newest fix that counted
    heard_ns      when anything was heard at all, also without a fix
    inside_ns     inside since then, `outside_ns` likewise; a fix on the border ends neither
    arrived_ns    since when it attends: `dwell_s` inside have passed
    spot          where and since when it stands still
    """

    plan: PlannedShift
    areas: tuple[str, ...]
    last_ns: int = 0
    heard_ns: int = 0
    inside_ns: int | None = None
    outside_ns: int | None = None
    arrived_ns: int | None = None
    spot: tuple[float, float, int] | None = None

    def take(self, at_ns: int, side: int, lon: float, lat: float, config: AttendanceConfig) -> None:
        """One good fix."""
        if at_ns <= self.last_ns:
            return
        unbroken = at_ns - self.last_ns <= config.limits.max_gap_s * _NS
        self.last_ns = at_ns
        if side == Side.INSIDE:
            self._inside(at_ns, unbroken, config)
        elif side == Side.OUTSIDE:
            self._outside(at_ns, unbroken, config)
        if config.idle_after_s:
            self._stand(at_ns, lon, lat, config.idle_m)

    def _inside(self, at_ns: int, unbroken: bool, config: AttendanceConfig) -> None:
        if self.inside_ns is None or not (unbroken or self.arrived_ns):
            self.inside_ns = at_ns
        self.outside_ns = None
        if self.arrived_ns is None and at_ns - self.inside_ns >= config.limits.dwell_s * _NS:
            self.arrived_ns = self.inside_ns

    def _outside(self, at_ns: int, unbroken: bool, config: AttendanceConfig) -> None:
        if self.outside_ns is None or not unbroken:
            self.outside_ns = at_ns
        if at_ns - self.outside_ns >= config.limits.leave_s * _NS or self.arrived_ns is None:
            self.inside_ns = None

    def _stand(self, at_ns: int, lon: float, lat: float, most_m: float) -> None:
        if self.spot is None or metres(self.spot[0], self.spot[1], lon, lat) > most_m:
            self.spot = (lon, lat, at_ns)


def metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """On a plane: good to a thousandth within a district."""
    return METRES_PER_DEGREE * hypot((other_lon - lon) * cos(radians(lat)), other_lat - lat)
