"""A car on a route of straight streets: where it is at any time. Pure.

It slows down for nothing; it stands where the route says so. A route ends or begins again.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

METRES_PER_DEGREE = 111_320.0  # of latitude, on the mean sphere
MOST_POINTS = 100_000


class RouteRefused(Exception):
    """One line that says where and what was expected."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Degrees WGS 84; `course_deg` from north over east."""

    lon: float
    lat: float
    speed_mps: float
    course_deg: float


@dataclass(frozen=True, slots=True)
class Leg:
    """Straight from one point to the next, or a stop (no length)."""

    begin_s: float
    end_s: float
    a: tuple[float, float]
    b: tuple[float, float]
    speed_mps: float
    course_deg: float


class Route:
    """`points` (lon, lat) at `speed_mps`; `stops`: seconds to stand at the point of that number. With
    `around` it goes on from the last point to the first, for ever."""

    def __init__(
        self,
        points: Sequence[tuple[float, float]],
        speed_mps: float,
        *,
        stops: dict[int, float] | None = None,
        around: bool = False,
    ) -> None:
        if len(points) < 2:
            raise RouteRefused("a route has at least two points")
        self.around = around
        self._legs = _legs(points, speed_mps, stops or {}, around=around)
        self._ends = [leg.end_s for leg in self._legs]
        self.length_s = self._ends[-1]
        if self.length_s <= 0:
            raise RouteRefused("a route is longer than nothing")

    def at(self, t: float) -> Stand:
        """Seconds since it began; behind its end it stands there."""
        t = t % self.length_s if self.around else min(max(0.0, t), self.length_s)
        leg = self._legs[min(bisect_right(self._ends, t), len(self._legs) - 1)]
        span = leg.end_s - leg.begin_s
        part = min(1.0, (t - leg.begin_s) / span) if span > 0 else 1.0
        lon = leg.a[0] + part * (leg.b[0] - leg.a[0])
        lat = leg.a[1] + part * (leg.b[1] - leg.a[1])
        over = not self.around and t >= self.length_s
        return Stand(lon, lat, 0.0 if over else leg.speed_mps, leg.course_deg)


def moved(place: tuple[float, float], east_m: float, north_m: float) -> tuple[float, float]:
    """(lon, lat), good for some kilometres."""
    across = METRES_PER_DEGREE * math.cos(math.radians(place[1]))
    return place[0] + east_m / across, place[1] + north_m / METRES_PER_DEGREE


def metres(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    """East and north from `a` to `b`."""
    across = METRES_PER_DEGREE * math.cos(math.radians((a[1] + b[1]) / 2))
    return (b[0] - a[0]) * across, (b[1] - a[1]) * METRES_PER_DEGREE


def read_route(file: Path) -> list[tuple[float, float]]:
    """Lines `lon,lat`, or the first LineString of a GeoJSON file; RouteRefused."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise RouteRefused(f"{file}: {reason}") from error
    points = _from_geojson(file, text) if text.lstrip().startswith("{") else _from_lines(file, text)
    if len(points) > MOST_POINTS:
        raise RouteRefused(f"{file}: more than {MOST_POINTS} points")
    return points


def _from_lines(file: Path, text: str) -> list[tuple[float, float]]:
    points = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            points.append(_point(f"{file}:{number}", line.split(",")))
    return points


def _from_geojson(file: Path, text: str) -> list[tuple[float, float]]:
    try:
        waiting = [json.loads(text)]
    except ValueError as error:
        raise RouteRefused(f"{file}: {error}") from error
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, dict):
            continue
        if one.get("type") == "LineString" and isinstance(one.get("coordinates"), list):
            return [_point(str(file), pair) for pair in one["coordinates"]]
        features = one.get("features")
        waiting += features if isinstance(features, list) else []
        waiting.append(one.get("geometry"))
    raise RouteRefused(f"{file}: no LineString in it")


def _point(where: str, parts: object) -> tuple[float, float]:
    try:
        lon, lat = float(parts[0]), float(parts[1])  # type: ignore[index]
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise RouteRefused(f"{where}: expected lon,lat in degrees, found {parts!r}") from error
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise RouteRefused(f"{where}: {lon:g}, {lat:g} is no place on earth (longitude first)")
    return lon, lat


def _legs(
    points: Sequence[tuple[float, float]],
    speed_mps: float,
    stops: dict[int, float],
    *,
    around: bool,
) -> list[Leg]:
    legs, t, course = list[Leg](), 0.0, 0.0
    ring = [*points, points[0]] if around else list(points)
    for number, (a, b) in enumerate(pairwise(ring)):
        wait_s = stops.get(number, 0.0)
        if wait_s > 0:
            legs.append(Leg(t, t + wait_s, a, a, 0.0, course))
            t += wait_s
        east, north = metres(a, b)
        course = math.degrees(math.atan2(east, north)) % 360
        drive_s = math.hypot(east, north) / speed_mps
        legs.append(Leg(t, t + drive_s, a, b, speed_mps, course))
        t += drive_s
    return legs
