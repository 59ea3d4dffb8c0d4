"""How much of a road or a green was really worked: a track against its line or polygon. Pure.

A stretch of the track (from one position to the next) counts when both positions are accurate enough, the
gap between them is short enough, and it was driven at working speed. The speed is what the terminal told at
both ends, where it told it; driving half as fast again over the ground as the limit is too fast whatever
was told. Without a told speed it is the way over the ground within ten seconds: a parked machine whose
position wanders gets next to nowhere in that time. A turn on the spot then looks too slow.

* A road (line) is cut into pieces of at most two metres. A piece is covered when a stretch that counts
  runs beside it, within `reach_m`, along it: a machine that crosses the road covers nothing of it.
* A green (polygon) is covered where a band of `width_m` along the stretches lies over it.

Positions are taken for true within their accuracy; what a terminal lies about, this believes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby
from typing import Any, Literal, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from contract.plane import Plane, plane_at
from hub.duties.kinds import Coverage

PIECE_M = 2.0
WINDOW_S = 10.0
ALONG = 0.7071  # cosine of 45 degrees: nearer to along the road than to across it
OVER_LIMIT = 1.5
LEAST_M2 = 1.0  # smaller leftovers are not drawn; they count all the same
_MIXED_UP = "the asset is a {shape}: expected a line or a polygon, or several of one of them"
Unit = Literal["m", "m2"]
Asset = shapely.LineString | shapely.MultiLineString | shapely.Polygon | shapely.MultiPolygon
_Floats = NDArray[np.float64]


class Why(IntEnum):
    """What is to be said of a place, the best that any stretch there has done for it."""

    WORKED = 0
    TOO_FAST = 1
    TOO_SLOW = 2
    INACCURATE = 3
    NOT_DRIVEN = 4

    @property
    def word(self) -> str:
        return self.name.lower().replace("_", "-")


class Position(NamedTuple):
    """WGS 84 degrees; UTC ns. None = the terminal did not tell."""

    at_ns: int
    lon: float
    lat: float
    speed_kmh: float | None = None
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the asset of one `why`, in WGS 84 degrees; `size` in metres or square metres."""

    why: Why
    shape: Any
    size: float


@dataclass(frozen=True, slots=True)
class Covered:
    """`share` 0..1 of `total` (metres of a line, square metres of a polygon). `uncovered` is everything
    else; `driven_m` the metres of the track by what they did."""

    share: float
    total: float
    unit: Unit
    uncovered: tuple[Stretch, ...]
    driven_m: dict[Why, float]

    def meets(self, rule: Coverage) -> bool:
        return self.share >= rule.share


@dataclass(frozen=True, slots=True)
class Drive:
    """Stretches in metres of a plane, one a row; `why` as Why."""

    begin: _Floats
    end: _Floats
    why: NDArray[np.int64]

    def lines(self, *whys: Why) -> NDArray[np.object_]:
        chosen = np.isin(self.why, whys)
        return _lines(self.begin[chosen], self.end[chosen])


def covered(asset: Asset, positions: Iterable[Position], rule: Coverage) -> Covered:
    """Positions in any order, of one machine or several passes of it. ValueError for an asset of no size
    or another shape, and for positions that are no numbers."""
    if asset.is_empty:
        raise ValueError("the asset is empty: expected a line or a polygon")
    centre = asset.centroid
    plane = plane_at(centre.x, centre.y)
    drive = driven(positions, rule, plane)
    if isinstance(asset, shapely.LineString | shapely.MultiLineString):
        return _road(asset, drive, rule, plane)
    if isinstance(asset, shapely.Polygon | shapely.MultiPolygon):
        return _green(asset, drive, rule, plane)
    raise ValueError(_MIXED_UP.format(shape=asset.geom_type))


def driven(positions: Iterable[Position], rule: Coverage, plane: Plane) -> Drive:
    """The track's stretches and what each did. Gaps that are too long are no stretches."""
    track = sorted(set(positions), key=_order)
    if len(track) < 2:
        none = np.empty((0, 2))
        return Drive(none, none, np.empty(0, dtype=np.int64))
    at_s = (np.array([one.at_ns for one in track]) - track[0].at_ns) / 1e9
    lonlat = np.array([(one.lon, one.lat) for one in track], dtype=np.float64)
    if not np.isfinite(lonlat).all():
        raise ValueError("a position is not finite")
    place = _metres(lonlat, plane)
    told = _told([one.speed_kmh for one in track])
    sure = ~(_told([one.accuracy_m for one in track]) > rule.accuracy_m)  # unknown counts as sure
    apart_s = np.diff(at_s)
    whole = (apart_s > 0) & (apart_s <= rule.gap_s)
    speed = (told[:-1] + told[1:]) / 2
    ground = _over_ground(at_s, place, whole)
    speed = np.where(np.isnan(speed), ground, speed)
    why = np.full(len(apart_s), int(Why.WORKED))
    why[speed < rule.slowest_kmh] = Why.TOO_SLOW
    why[(speed > rule.fastest_kmh) | (ground > OVER_LIMIT * rule.fastest_kmh)] = Why.TOO_FAST
    why[~(sure[:-1] & sure[1:])] = Why.INACCURATE
    return Drive(place[:-1][whole], place[1:][whole], why[whole])


def _over_ground(at_s: _Floats, place: _Floats, whole: NDArray[np.bool_]) -> _Floats:
    """km/h from where it was five seconds before a stretch's middle to where it was five after, without
    looking across a gap."""
    runs = np.concatenate(([0], np.cumsum(~whole)))  # of each position
    first = np.searchsorted(runs, runs[:-1], side="left")
    last = np.searchsorted(runs, runs[:-1], side="right") - 1
    middle = (at_s[:-1] + at_s[1:]) / 2
    early = np.maximum(middle - WINDOW_S / 2, at_s[first])
    late = np.minimum(middle + WINDOW_S / 2, at_s[last])
    moved = [np.interp(late, at_s, axis) - np.interp(early, at_s, axis) for axis in place.T]
    took = np.where(late > early, late - early, np.inf)
    return np.asarray(np.hypot(*moved) / took * 3.6)


def _road(
    asset: shapely.LineString | shapely.MultiLineString,
    drive: Drive,
    rule: Coverage,
    plane: Plane,
) -> Covered:
    pieces = [_pieces(_metres(shapely.get_coordinates(line), plane)) for line in _parts(asset)]
    begin = np.concatenate([one[0] for one in pieces])
    end = np.concatenate([one[1] for one in pieces])
    line_of = np.repeat(np.arange(len(pieces)), [len(one[0]) for one in pieces])
    length = np.hypot(*(end - begin).T)
    total = float(length.sum())
    if total <= 0:
        raise ValueError("the asset is a line without length")
    best = _beside(begin, end, drive, rule)
    share = float(length[best == Why.WORKED].sum()) / total
    return Covered(
        share, total, "m", tuple(_leftovers(begin, end, line_of, best, plane)), _driven_m(drive)
    )


def _beside(begin: _Floats, end: _Floats, drive: Drive, rule: Coverage) -> NDArray[np.int64]:
    """For each piece the best that a stretch along it did."""
    best = np.full(len(begin), int(Why.NOT_DRIVEN))
    if not len(drive.why):
        return best
    middle, way = (begin + end) / 2, end - begin
    tree = shapely.STRtree(_lines(drive.begin, drive.end))
    piece, stretch = tree.query(shapely.points(middle), predicate="dwithin", distance=rule.reach_m)
    moved = drive.end[stretch] - drive.begin[stretch]
    size = np.hypot(*moved.T)
    moving = size > 0
    piece, stretch, moved, size = piece[moving], stretch[moving], moved[moving], size[moving]
    along = np.abs((moved * way[piece]).sum(axis=1)) >= ALONG * size * np.hypot(*way[piece].T)
    # A little beyond the ends, or the outside of every bend would stay open.
    past = ((middle[piece] - drive.begin[stretch]) * moved).sum(axis=1) / size
    slack = max(PIECE_M, rule.width_m / 2)
    good = along & (past >= -slack) & (past <= size + slack)
    np.minimum.at(best, piece[good], drive.why[stretch[good]])
    return best


def _leftovers(
    begin: _Floats,
    end: _Floats,
    line_of: NDArray[np.int64],
    best: NDArray[np.int64],
    plane: Plane,
) -> Iterator[Stretch]:
    """Pieces that hang together and were not worked for the same reason, as one."""
    for (_, why), run in groupby(range(len(best)), key=lambda n: (line_of[n], best[n])):
        rows = list(run)
        if why != Why.WORKED:
            corners = np.vstack((begin[rows], end[rows[-1:]]))
            size = float(np.hypot(*np.diff(corners, axis=0).T).sum())
            yield Stretch(Why(why), shapely.LineString(_degrees(corners, plane)), size)


def _green(
    asset: shapely.Polygon | shapely.MultiPolygon, drive: Drive, rule: Coverage, plane: Plane
) -> Covered:
    left = shapely.transform(asset, lambda corners: _metres(corners, plane))
    if not left.is_valid:
        raise ValueError(f"the asset is no polygon: {shapely.is_valid_reason(left)}")
    total = float(left.area)
    if total <= 0:
        raise ValueError("the asset is a polygon without area")
    left = _without(left, drive, rule, Why.WORKED)
    share = 1 - float(left.area) / total
    found: list[Stretch] = []
    for why in (Why.TOO_FAST, Why.TOO_SLOW, Why.INACCURATE, Why.NOT_DRIVEN):
        rest = left if why is Why.NOT_DRIVEN else _without(left, drive, rule, why)
        mine = left if why is Why.NOT_DRIVEN else shapely.difference(left, rest)
        found += [
            Stretch(why, shapely.transform(one, lambda xy: _degrees(xy, plane)), float(one.area))
            for one in shapely.get_parts(mine)
            if one.area >= LEAST_M2
        ]
        left = rest
    return Covered(share, total, "m2", tuple(found), _driven_m(drive))


def _without(shape: Any, drive: Drive, rule: Coverage, why: Why) -> Any:
    lines = drive.lines(why)
    if not len(lines):
        return shape
    band = shapely.buffer(shapely.multilinestrings(lines), rule.width_m / 2)
    return shapely.difference(shape, band)


def _pieces(line: _Floats) -> tuple[_Floats, _Floats]:
    """Begins and ends of pieces of PIECE_M at most."""
    moving = np.concatenate(([True], np.hypot(*np.diff(line, axis=0).T) > 0))
    if moving.sum() < 2:
        return np.empty((0, 2)), np.empty((0, 2))
    whole = shapely.LineString(line[moving])
    cut = shapely.get_coordinates(shapely.segmentize(whole, PIECE_M))
    return cut[:-1], cut[1:]


def _parts(asset: Any) -> Sequence[Any]:
    return list(shapely.get_parts(asset))


def _lines(begin: _Floats, end: _Floats) -> NDArray[np.object_]:
    return np.asarray(shapely.linestrings(np.stack((begin, end), axis=1)), dtype=object)


def _driven_m(drive: Drive) -> dict[Why, float]:
    size = np.hypot(*(drive.end - drive.begin).T)
    return {why: float(size[drive.why == why].sum()) for why in Why if why != Why.NOT_DRIVEN}


def _order(one: Position) -> tuple[float, ...]:
    """By time; of one moment the same whatever came first."""
    untold = (-1.0 if value is None else value for value in one[3:])
    return (*one[:3], *untold)


def _told(values: Sequence[float | None]) -> _Floats:
    return np.array([np.nan if one is None else one for one in values], dtype=np.float64)


def _metres(lonlat: _Floats, plane: Plane) -> _Floats:
    scale = (plane.per_lon_m, plane.per_lat_m)
    return np.asarray((lonlat[:, :2] - (plane.lon, plane.lat)) * scale, dtype=np.float64)


def _degrees(metres: _Floats, plane: Plane) -> _Floats:
    scale = (plane.per_lon_m, plane.per_lat_m)
    return np.asarray(metres / scale + (plane.lon, plane.lat), dtype=np.float64)
