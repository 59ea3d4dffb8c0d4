"""A camera on a patrol car: pictures with the place of the car beside them.

The track is a file of `seconds,lat,lon` lines (seconds since the first picture) or of NMEA 0183 RMC
sentences, whose first valid time is that of the first picture. Between two points the place lies on
the straight line; more than MOST_GAP_S from a point it is not known.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from pathlib import Path

from edge_agent.vision.frames import Frame
from edge_agent.vision.sources.port import Source, SourceLost
from firmware_bridges.nmea import NmeaDecoder, Rmc

MOST_GAP_S = 10.0
DAY_S = 86_400.0
MOST_BYTES = 64 * 1024 * 1024
Point = tuple[float, float, float]
"""Seconds since the first picture, longitude, latitude (WGS 84 degrees)."""


class PatrolSource:
    """Gives the frames of `inner` a place."""

    def __init__(self, inner: Source, track: Sequence[Point]) -> None:
        self._inner, self._track = inner, track
        self._seconds = [point[0] for point in track]
        self._start_ns: int | None = None

    @property
    def skipped(self) -> int:
        return self._inner.skipped

    @property
    def refused(self) -> int:
        return self._inner.refused

    def read(self) -> Frame | None:
        frame = self._inner.read()
        if frame is None:
            return None
        if self._start_ns is None:
            self._start_ns = frame.captured_ns
        place = self.place_at((frame.captured_ns - self._start_ns) / 1e9)
        return Frame(frame.captured_ns, frame.jpeg, frame.pixels, place)

    def close(self) -> None:
        self._inner.close()

    def place_at(self, seconds: float) -> tuple[float, float] | None:
        """Longitude and latitude; None where the track says nothing."""
        after = bisect(self._seconds, seconds)
        near = self._track[max(0, after - 1) : after + 1]
        near = [one for one in near if abs(one[0] - seconds) <= MOST_GAP_S]
        if len(near) == 2 and near[1][0] > near[0][0]:
            (t1, x1, y1), (t2, x2, y2) = near
            part = (seconds - t1) / (t2 - t1)
            return x1 + part * (x2 - x1), y1 + part * (y2 - y1)
        return (near[0][1], near[0][2]) if near else None


def read_track(file: Path) -> list[Point]:
    """SourceLost when there is not one position in it."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_BYTES)
    except OSError as error:
        raise SourceLost(f"the track {file} cannot be read: {error.strerror}") from error
    if said := _sentences(data):
        return _from_zero(said)
    lines = data.decode("ascii", "replace").splitlines()
    points = sorted(point for point in map(_listed, lines) if point is not None)
    if not points:
        raise SourceLost(f"the track {file} holds neither seconds,lat,lon nor valid RMC sentences")
    return points


def _listed(line: str) -> Point | None:
    """None for what is no position, a heading, say."""
    try:
        seconds, lat, lon = (float(part) for part in line.split(","))
    except ValueError:
        return None
    return (seconds, lon, lat) if _on_earth(lon, lat) else None


def _sentences(data: bytes) -> list[Point]:
    """Of sound RMC sentences with a fix."""
    decoder, points = NmeaDecoder(), list[Point]()
    for one in (*decoder.feed(data), *decoder.flush()):
        if not isinstance(one, Rmc) or not one.valid:
            continue
        if one.time_s is not None and one.lat is not None and one.lon is not None:
            points.append((one.time_s, one.lon, one.lat))
    return points


def _from_zero(points: Sequence[Point]) -> list[Point]:
    """Times of the day as seconds since the first, over midnight too."""
    start, day, last, out = points[0][0], 0.0, points[0][0], list[Point]()
    for seconds, lon, lat in points:
        day += DAY_S if seconds < last - DAY_S / 2 else 0.0
        last = seconds
        out.append((seconds + day - start, lon, lat))
    return sorted(out)


def _on_earth(lon: float, lat: float) -> bool:
    return -180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0
