"""Ground in the picture: which zones a foot stands in, which lines it crossed. Pure.

Boxes and points are in parts (0..1) of the upright picture. A foot is the middle of a box's lower
edge. MARGIN keeps a foot that trembles on a border from going in and out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot

Point = tuple[float, float]
Box = tuple[float, float, float, float]
MARGIN = 0.01


@dataclass(frozen=True, slots=True)
class Zone:
    name: str
    corners: tuple[Point, ...]

    def holds(self, foot: Point, *, was_inside: bool) -> bool:
        """Who was inside stays so until clearly out."""
        if _inside(foot, self.corners):
            return True
        return was_inside and _distance(foot, self.corners) < MARGIN


@dataclass(frozen=True, slots=True)
class Line:
    """`side` is above 0 to the right of someone who stands at `a` and looks to `b` (in a picture whose y
    grows downwards)."""

    name: str
    a: Point
    b: Point

    def side(self, point: Point) -> float:
        """The signed distance from the line, in parts."""
        across, down = self.b[0] - self.a[0], self.b[1] - self.a[1]
        turned = across * (point[1] - self.a[1]) - down * (point[0] - self.a[0])
        return turned / hypot(across, down)

    def beside(self, point: Point) -> bool:
        """Between the ends of the line, not past them."""
        across, down = self.b[0] - self.a[0], self.b[1] - self.a[1]
        along = across * (point[0] - self.a[0]) + down * (point[1] - self.a[1])
        return 0.0 <= along <= across * across + down * down


def foot_of(box: Box) -> Point:
    return (box[0] + box[2]) / 2, box[3]


def zones_at(foot: Point, zones: Sequence[Zone], before: Sequence[str]) -> tuple[str, ...]:
    return tuple(zone.name for zone in zones if zone.holds(foot, was_inside=zone.name in before))


def crossings(
    foot: Point, lines: Sequence[Line], sides: Mapping[str, int]
) -> tuple[dict[str, int], tuple[str, ...]]:
    """The side of each line on which the foot was last clearly seen (-1, 1), and the crossings since
    then as `NAME:in` or `NAME:out`."""
    now, crossed = dict(sides), []
    for line in lines:
        away = line.side(foot)
        if abs(away) < MARGIN:
            continue
        side = 1 if away > 0 else -1
        if now.get(line.name, side) != side and line.beside(foot):
            crossed.append(f"{line.name}:{'out' if side > 0 else 'in'}")
        now[line.name] = side
    return now, tuple(crossed)


def _inside(point: Point, corners: Sequence[Point]) -> bool:
    """Even-odd rule: a ray to the right crosses the border an odd number of times."""
    x, y = point
    odd = False
    for (x1, y1), (x2, y2) in _edges(corners):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            odd = not odd
    return odd


def _distance(point: Point, corners: Sequence[Point]) -> float:
    """To the nearest edge."""
    return min(_to_edge(point, a, b) for a, b in _edges(corners))


def _to_edge(point: Point, a: Point, b: Point) -> float:
    across, down = b[0] - a[0], b[1] - a[1]
    length = across * across + down * down
    along = 0.0
    if length > 0:
        along = ((point[0] - a[0]) * across + (point[1] - a[1]) * down) / length
        along = min(1.0, max(0.0, along))
    return hypot(point[0] - a[0] - along * across, point[1] - a[1] - along * down)


def _edges(corners: Sequence[Point]) -> list[tuple[Point, Point]]:
    return [*pairwise(corners), (corners[-1], corners[0])]
