"""Where a camera was that drives: each picture gets the place between the two positions around it, by time.

A position is dated by the receiver's own clock, moved to ours by the least delay with which its words
came during the last minute: what was sent late, again or from a memory is where it was then, and neither
clock has to be right. A receiver that tells no time is dated by arrival. The usual quarter of a second
between fix and arrival stays in; at 50 km/h that is 4 m.

A picture waits until a position behind it is known. Without one, the position before it is good as long as
the car cannot have gone far; else the picture has no place, which is no look.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass, field, replace
from math import cos, hypot, radians

from edge_agent.readings import Moment, PositionReading, SceneReading

NS = 10**9
KEPT_S = 180.0
MOST_POINTS = 2_000
MOST_WAITING = 64  # pictures; the oldest goes on without a place
DELAYS_S = 60.0
MOST_ERROR_M = 25.0  # a receiver that says so of itself is not believed
MOST_DRIFT_M = 15.0  # beyond a single position
MOST_SPEED_MPS = 70.0  # faster from one position to the next, and one of them is wrong
UNKNOWN_SPEED_MPS = 20.0
METRES_PER_DEGREE = 111_320.0

Place = tuple[float, float]
"""Longitude, latitude (WGS 84 degrees)."""


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """`at_ns` of our boot clock."""

    at_ns: int
    lon: float
    lat: float
    speed_mps: float | None = field(default=None, compare=False)

    @property
    def place(self) -> Place:
        return self.lon, self.lat


class Way:
    """Of one receiver. `why` says what is wrong with its last word; None = nothing."""

    def __init__(self, max_age_s: float) -> None:
        self.why: str | None = "the receiver has said nothing"
        self._max_age_ns = round(max_age_s * NS)
        self._points: list[Point] = []
        self._delays: deque[tuple[int, int]] = deque()

    def hear(self, position: PositionReading) -> None:
        at_ns = self._dated(position)
        error_m = position.accuracy_m
        if position.lon is None or position.lat is None or position.fix is False:
            self.why = "the receiver does not know where it is"
        elif error_m is not None and error_m > MOST_ERROR_M:
            self.why = f"the receiver is only sure to {error_m:.0f} m"
        else:
            self.why = None
            speed = position.speed_kmh
            speed_mps = None if speed is None else speed / 3.6
            insort(self._points, Point(at_ns, position.lon, position.lat, speed_mps))
            oldest_ns = self._points[-1].at_ns - round(KEPT_S * NS)
            first = bisect_left(self._points, oldest_ns, key=lambda one: one.at_ns)
            del self._points[: max(first, len(self._points) - MOST_POINTS)]

    def knows(self, at_ns: int) -> bool:
        """Whether waiting brings nothing better."""
        return bool(self._points) and self._points[-1].at_ns >= at_ns

    def place_at(self, at_ns: int) -> Place | None:
        behind = bisect_left(self._points, at_ns, key=lambda one: one.at_ns)
        near = self._points[max(0, behind - 1) : behind + 1]
        near = [one for one in near if abs(one.at_ns - at_ns) <= self._max_age_ns]
        if len(near) == 2:
            return _between(near[0], near[1], at_ns)
        return near[0].place if near and _stays_near(near[0], at_ns) else None

    def _dated(self, position: PositionReading) -> int:
        """On our boot clock."""
        now_ns = position.moment.mono_ns
        if position.at_ns is None:
            return now_ns
        self._delays.append((now_ns, now_ns - position.at_ns))
        while now_ns - self._delays[0][0] > DELAYS_S * NS or len(self._delays) > MOST_POINTS:
            self._delays.popleft()
        return position.at_ns + min(delay for _, delay in self._delays)


class Waiting:
    """Pictures of one camera on their way through, in the order in which they were taken."""

    def __init__(self, way: Way, max_age_s: float) -> None:
        self._way, self._max_age_ns = way, round(max_age_s * NS)
        self._scenes: deque[SceneReading] = deque()

    def take(self, scene: SceneReading) -> None:
        self._scenes.append(scene)

    def ready(self, now: Moment) -> list[SceneReading]:
        """Those that know where they were taken, or never will."""
        out = []
        while self._scenes and self._is_ready(self._scenes[0], now):
            scene = self._scenes.popleft()
            lon, lat = self._way.place_at(scene.moment.mono_ns) or (None, None)
            out.append(replace(scene, lon=lon, lat=lat))
        return out

    def _is_ready(self, scene: SceneReading, now: Moment) -> bool:
        taken_ns = scene.moment.mono_ns
        late = now.mono_ns - taken_ns >= self._max_age_ns
        return late or len(self._scenes) > MOST_WAITING or self._way.knows(taken_ns)


def _between(before: Point, behind: Point, at_ns: int) -> Place | None:
    span_ns = behind.at_ns - before.at_ns
    if _metres(before.place, behind.place) > max(MOST_DRIFT_M, MOST_SPEED_MPS * span_ns / NS):
        return None
    part = (at_ns - before.at_ns) / span_ns if span_ns else 0.0
    return (
        before.lon + part * (behind.lon - before.lon),
        before.lat + part * (behind.lat - before.lat),
    )


def _stays_near(point: Point, at_ns: int) -> bool:
    speed_mps = UNKNOWN_SPEED_MPS if point.speed_mps is None else point.speed_mps
    return speed_mps * abs(at_ns - point.at_ns) / NS <= MOST_DRIFT_M


def _metres(a: Place, b: Place) -> float:
    """Good for some kilometres."""
    across = (a[0] - b[0]) * cos(radians((a[1] + b[1]) / 2))
    return hypot(across, a[1] - b[1]) * METRES_PER_DEGREE
