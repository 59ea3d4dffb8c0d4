"""What a car's receiver says: a place that is a little wrong, none in tunnels, spoilt bytes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from firmware_bridges.nmea import encode, gga_body, rmc_body
from simulators.chance import chance
from simulators.gnss.route import Route, moved

WANDER = 0.9  # how much of its error a receiver keeps from one second to the next
SATELLITES = encode(
    "GPGSV,1,1,01,21,40,120,38"
)  # in view; every receiver sends such, and nobody asks


@dataclass(frozen=True, slots=True)
class Sky:
    """`error_m`: standard deviation of the place, each way. `tunnels`: (from, to) seconds without a fix, of
    each round. `damaged`: share of sentences with a wrong byte."""

    error_m: float = 1.5
    tunnels: Sequence[tuple[float, float]] = ()
    damaged: float = 0.0

    def is_open(self, t: float) -> bool:
        return not any(begin <= t < end for begin, end in self.tunnels)


@dataclass(frozen=True, slots=True)
class Told:
    """What was sent, where the car really was, and whether the receiver knew."""

    data: bytes
    lon: float
    lat: float
    valid: bool
    speed_kmh: float


class Receiver:
    """Asked once for each fix, in order of time."""

    def __init__(self, route: Route, sky: Sky, seed: int, start_utc_s: float) -> None:
        self._route, self._sky, self._start_s = route, sky, start_utc_s
        self._chance: Random = chance(seed, "gnss")
        self._off = [0.0, 0.0]

    def tell(self, t: float) -> Told:
        """Seconds since the route began."""
        real = self._route.at(t)
        for axis in (0, 1):
            fresh = self._chance.gauss(0.0, self._sky.error_m * (1 - WANDER**2) ** 0.5)
            self._off[axis] = WANDER * self._off[axis] + fresh
        lon, lat = moved((real.lon, real.lat), *self._off)
        of_round = t % self._route.length_s if self._route.around else t
        valid = self._sky.is_open(of_round)
        utc = datetime.fromtimestamp(self._start_s + t, UTC)
        kmh = real.speed_mps * 3.6
        bodies = (
            gga_body(utc, lat, lon, valid=valid),
            rmc_body(utc, lat, lon, valid=valid, speed_kmh=kmh, course_deg=real.course_deg),
        )
        sentences = [encode(bodies[0]), SATELLITES, encode(bodies[1])]
        data = b"".join(self._maybe_damaged(one) for one in sentences)
        return Told(data, real.lon, real.lat, valid, kmh)

    def _maybe_damaged(self, sentence: bytes) -> bytes:
        if self._chance.random() >= self._sky.damaged:
            return sentence
        at = self._chance.randrange(len(sentence))
        return (
            sentence[:at]
            + bytes([sentence[at] ^ 1 << self._chance.randrange(8)])
            + sentence[at + 1 :]
        )
