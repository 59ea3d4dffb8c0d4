"""Sweepers on invented streets: where each is, what its badge says of it, what goes wrong. Pure.

Streets run north-south and east-west around a point of Baiyun District, 80 m apart; a sweeper walks
from corner to corner at 0.6 to 1.4 m/s and rests now and then. What goes wrong: `sos` (one press),
`low-battery` (from then on), `no-position` (a canyon: reports without a place), `bad-json` (one message).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from simulators.chance import chance

CENTRE_LON, CENTRE_LAT = 113.2690, 23.1600
BLOCK_M = 80.0
NOISE_M = 3.0
_METRES_PER_DEGREE = 111_320.0
_NORTH = ((0, 1), (1, 0), (0, -1), (-1, 0))
INCIDENTS = ("sos", "low-battery", "no-position", "bad-json")
CANYON_S = 60.0


@dataclass(frozen=True, slots=True)
class Said:
    """One message: when, whose, its bytes, and what was true."""

    t: float
    terminal: str
    payload: bytes
    truth: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Leg:
    """From `begin` on for `length_s`; metres east and north of the centre."""

    begin: float
    length_s: float
    start: tuple[float, float]
    end: tuple[float, float]

    def at(self, t: float) -> tuple[float, float]:
        part = min(1.0, max(0.0, (t - self.begin) / self.length_s))
        (x, y), (to_x, to_y) = self.start, self.end
        return x + (to_x - x) * part, y + (to_y - y) * part


class Walker:
    """One sweeper and the badge on it. `incidents`: (t, kind)."""

    def __init__(self, number: int, seed: int, length_s: float, *, calm: bool) -> None:
        self.terminal = f"{460_000_000 + number}"
        luck = chance(seed, f"walker-{number}")
        self._legs = tuple(_legs(luck, length_s))
        self._battery = luck.uniform(40, 100)
        self.incidents = () if calm else tuple(_incidents(luck, length_s))
        self._noise = chance(seed, f"noise-{number}")

    def place(self, t: float) -> tuple[float, float]:
        """Longitude and latitude as they are."""
        leg = next((one for one in self._legs if t < one.begin + one.length_s), self._legs[-1])
        return _degrees(*leg.at(t))

    def says(self, t: float, before_t: float, utc_s: float) -> Said:
        """The report at `t`; `before_t` was the one before, `utc_s` is the time that the badge has."""
        lon, lat = self.place(t)
        now = {kind for at, kind in self.incidents if before_t < at <= t}
        begun = {kind for at, kind in self.incidents if at <= t}
        hidden = any(
            kind == "no-position" and at <= t < at + CANYON_S for at, kind in self.incidents
        )
        battery = 9.0 if "low-battery" in begun else round(self._battery - t / 3_600 * 5, 1)
        said: dict[str, object] = {"time": round(utc_s), "battery": battery}
        if not hidden:
            seen_lon, seen_lat = self._seen(lon, lat)
            said |= {"lat": seen_lat, "lon": seen_lon, "accuracy": NOISE_M}
        if "sos" in now:
            said["sos"] = True
        payload = b'{"lat": 23.1, "lon' if "bad-json" in now else json.dumps(said).encode()
        kind = "bad-json" if "bad-json" in now else "fix"
        truth: dict[str, object] = {"t": round(t, 3), "kind": kind, "id": self.terminal}
        truth |= {"lon": round(lon, 6), "lat": round(lat, 6), "hidden": hidden}
        truth |= {"time": said["time"], "battery": battery, "sos": "sos" in now}
        return Said(t, self.terminal, payload, truth)

    def _seen(self, lon: float, lat: float) -> tuple[float, float]:
        east, north = self._noise.gauss(0, NOISE_M), self._noise.gauss(0, NOISE_M)
        shift = _degrees(east, north)
        return round(lon + shift[0] - CENTRE_LON, 6), round(lat + shift[1] - CENTRE_LAT, 6)


def reports(
    walkers: list[Walker], every_s: float, length_s: float, start_utc_s: float
) -> Iterator[Said]:
    """All of them in order of time; the badges report one after the other within each round."""
    rounds = int(length_s // every_s)
    for number in range(rounds):
        for index, walker in enumerate(walkers):
            t = number * every_s + index / len(walkers) * every_s
            yield walker.says(t, t - every_s, start_utc_s + t)


def _legs(luck: Random, length_s: float) -> Iterator[Leg]:
    corner = (luck.randint(-5, 5), luck.randint(-5, 5))
    at = 0.0
    while at <= length_s:
        if luck.random() < 0.15:
            rest_s = luck.uniform(10, 120)
            yield Leg(at, rest_s, _metres(corner), _metres(corner))
            at += rest_s
            continue
        east, north = luck.choice(_NORTH)
        to = (max(-8, min(8, corner[0] + east)), max(-8, min(8, corner[1] + north)))
        walk_s = BLOCK_M / luck.uniform(0.6, 1.4)
        yield Leg(at, walk_s, _metres(corner), _metres(to))
        corner, at = to, at + walk_s


def _incidents(luck: Random, length_s: float) -> Iterator[tuple[float, str]]:
    """About every third badge has one."""
    if luck.random() < 0.35:
        yield luck.uniform(0.2, 0.8) * length_s, luck.choice(INCIDENTS)


def _metres(corner: tuple[int, int]) -> tuple[float, float]:
    return corner[0] * BLOCK_M, corner[1] * BLOCK_M


def _degrees(east_m: float, north_m: float) -> tuple[float, float]:
    lat = CENTRE_LAT + north_m / _METRES_PER_DEGREE
    shrink = math.cos(math.radians(CENTRE_LAT))
    return CENTRE_LON + east_m / (_METRES_PER_DEGREE * shrink), lat
