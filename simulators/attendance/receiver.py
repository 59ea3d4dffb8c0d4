"""What a badge's receiver and its network make of a true path: positions in the order of their arrival.

Every badge has its own error, a Gauss-Markov series per axis (3 to 5 m, correlated over one to three
minutes; more of it, with fewer satellites, under a roof), on top of a slow one of about a metre that the
whole district shares. Reports come every interval with a jitter, by a clock that is a little off; one in
some hundreds is missing, one in some hundreds comes twice, one in ten thousand is hundreds of metres
wrong. One receiver in ten holds its position while its badge does not move (static hold: standing still it
says the very same place and no speed, for hours); a hung one repeats its last report. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from simulators.attendance.errands import AROUND_S
from simulators.attendance.ground import degrees
from simulators.attendance.luck import Floats, Luck, luck_of
from simulators.attendance.mishaps import Mishaps
from simulators.attendance.paths import Path
from simulators.attendance.together import wander

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
_NS = 1_000_000_000
_HOLD_AFTER_S, _STILL_M = 60.0, 0.5


@dataclass(frozen=True, slots=True)
class Fixes:
    """Columns, one row a report, sorted by arrival. `at_ns` is whole seconds of the badge's own clock
    (JT/T 808-2013, 8.12: BCD time to the second); `lon`, `lat` to a millionth of a degree. Without `fix`
    they repeat the last ones. `live` False: sent later, from memory."""

    arrived_ns: Ints
    at_ns: Ints
    lon: Floats
    lat: Floats
    fix: Flags
    live: Flags
    speed_kmh: Floats
    course_deg: Ints
    satellites: Ints
    battery: Floats
    low: Flags
    sos: Flags

    def __len__(self) -> int:
        return len(self.at_ns)

    def those(self, which: Flags | Ints) -> Fixes:
        return Fixes(*(getattr(self, field.name)[which] for field in fields(self)))


def joined(parts: Sequence[Fixes]) -> Fixes:
    """All of them by arrival; at least one part."""
    whole = Fixes(
        *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Fixes))
    )
    return whole.those(np.argsort(whole.arrived_ns, kind="stable"))


@dataclass(frozen=True, slots=True)
class Times:
    """From simulated seconds to the world's clock: what is `s` after the origin happens at
    `origin_ns + s / scale`."""

    origin_ns: int
    scale: float
    interval_s: float

    def utc_ns(self, seconds: float) -> int:
        return self.origin_ns + round(seconds / self.scale * _NS)


@dataclass(frozen=True, slots=True)
class Receiver:
    """One badge's own: `sigma_m` per axis, `memory_s` of its error, `holds` still positions."""

    sigma_m: float
    memory_s: float
    clock_off_s: float
    holds: bool
    battery: float


def receiver_of(seed: int, member: int, *, indoors: bool = False) -> Receiver:
    luck = luck_of(seed, "receiver", member)
    roof = luck.uniform(1.4, 2.0) if indoors else 1.0
    off_s = luck.uniform(-60, 60) if luck.random() < 0.03 else luck.normal(0, 1)
    return Receiver(
        sigma_m=float(luck.uniform(3.0, 5.0) * roof),
        memory_s=float(luck.uniform(60, 180)),
        clock_off_s=float(off_s),
        holds=bool(luck.random() < 0.1),
        battery=float(luck.uniform(60, 100)),
    )


def fixes_of(
    path: Path,
    receiver: Receiver,
    mishaps: Mishaps,
    *,
    start_s: float,
    length_s: float,
    times: Times,
    shared: Path,
    luck: Luck,
) -> Fixes:
    """All reports of one shift, from well before to well after it. `start_s`: its start since the
    origin; `shared`: the error that everybody has, by seconds since the origin."""
    t = _report_times(mishaps, length_s, times.interval_s, luck)
    n = len(t)
    x, y = path.at(t)
    east_m, north_m, sky = _errors(t, receiver, mishaps, times.interval_s, luck)
    slow_x, slow_y = shared.at(t + start_s)
    seen_x, seen_y = x + east_m + slow_x, y + north_m + slow_y
    fix = ~_within(t, mishaps.no_fix)
    stuck = _within(t, mishaps.stuck)
    fresh = _fresh(t, x, y, fix & ~stuck, holds=receiver.holds)
    last = np.maximum.accumulate(np.where(fresh, np.arange(n), 0))
    lon, lat = degrees(seen_x[last], seen_y[last])
    speed, course = _motion(path, t, luck)
    speed, course = speed * (fresh | stuck), course[last]
    speed = np.where(stuck, speed[last], speed)
    arrived_s = _arrivals(t, mishaps, luck)
    at_s = np.floor((start_s + t + receiver.clock_off_s) / times.scale)
    fixes = Fixes(
        arrived_ns=times.origin_ns
        + np.round((start_s + arrived_s) / times.scale * _NS).astype(np.int64),
        at_ns=times.origin_ns // _NS * _NS + at_s.astype(np.int64) * _NS,
        lon=np.round(lon, 6),
        lat=np.round(lat, 6),
        fix=fix,
        live=~_within(t, mishaps.blind),
        speed_kmh=np.round(fix * speed * times.scale, 1),
        course_deg=course,
        satellites=np.where(fix, sky, 0),
        battery=np.maximum(1.0, np.floor(receiver.battery - (t + AROUND_S) / 900)),
        low=t >= (np.inf if mishaps.low_s is None else mishaps.low_s),
        sos=_pressed(t, mishaps.sos_s, n),
    )
    return _as_received(fixes, luck, times)


def _report_times(mishaps: Mishaps, length_s: float, interval_s: float, luck: Luck) -> Floats:
    end_s = length_s + AROUND_S
    if mishaps.off:
        return np.empty(0)
    t = np.arange(-AROUND_S + luck.uniform(0, interval_s), end_s, interval_s)
    t += luck.uniform(-0.2, 0.2, len(t)) * interval_s
    kept = luck.random(len(t)) >= 0.004
    if mishaps.dead_s is not None:
        kept &= t < mishaps.dead_s
    return t[kept]


def _errors(
    t: Floats, receiver: Receiver, mishaps: Mishaps, interval_s: float, luck: Luck
) -> tuple[Floats, Floats, Ints]:
    """Metres east and north, and how many satellites were seen."""
    n = len(t)
    memory = max(0.3, receiver.memory_s / interval_s)
    east_m = wander(luck, n, receiver.sigma_m, memory) + luck.normal(0, 0.4, n)
    north_m = wander(luck, n, receiver.sigma_m, memory) + luck.normal(0, 0.4, n)
    weak = 3 if receiver.sigma_m > 5 else 0
    sky = luck.integers(8 - weak, 15 - weak, n)
    for canyon in mishaps.canyons:
        # The error comes and goes within half a minute, as the walls do.
        share = np.clip(np.minimum(t - canyon.begin_s, canyon.end_s - t) / 30, 0, 1)
        east_m += share * canyon.east_m
        north_m += share * canyon.north_m
        sky = np.where(share > 0, np.minimum(sky, luck.integers(4, 8, n)), sky)
    wild = luck.random(n) < 1e-4
    east_m[wild] += luck.normal(0, 600, int(wild.sum()))
    return east_m, north_m, sky


def _fresh(t: Floats, x: Floats, y: Floats, measured: Flags, *, holds: bool) -> Flags:
    """Which reports do not repeat the one before: measured, and not held because nothing moves."""
    fresh = measured.copy()
    if holds and len(t):
        then = np.maximum(np.searchsorted(t, t - _HOLD_AFTER_S) - 1, 0)
        fresh &= (np.hypot(x - x[then], y - y[then]) > _STILL_M) | (then == 0)
    return fresh


def _motion(path: Path, t: Floats, luck: Luck) -> tuple[Floats, Ints]:
    """Speed by Doppler, better than positions could tell it; course of the last seconds."""
    x1, y1 = path.at(t)
    x0, y0 = path.at(t - 3)
    kmh = np.hypot(x1 - x0, y1 - y0) * 1.2
    course = np.degrees(np.arctan2(x1 - x0, y1 - y0)) + luck.normal(0, 8, len(t))
    return np.abs(kmh + luck.normal(0, 0.3, len(t))), np.round(course).astype(np.int64) % 360


def _arrivals(t: Floats, mishaps: Mishaps, luck: Luck) -> Floats:
    arrived = t + luck.uniform(0.2, 2.0, len(t))
    for begin_s, end_s in mishaps.blind:
        held = (t >= begin_s) & (t < end_s)
        arrived[held] = end_s + 3 + 0.05 * np.arange(int(held.sum()))
    return arrived


def _within(t: Floats, spans: Sequence[tuple[float, float]]) -> Flags:
    found = np.zeros(len(t), dtype=np.bool_)
    for begin_s, end_s in spans:
        found |= (t >= begin_s) & (t < end_s)
    return found


def _pressed(t: Floats, sos_s: float | None, n: int) -> Flags:
    """The flag stands in the first three reports after the button."""
    pressed = np.zeros(n, dtype=np.bool_)
    if sos_s is not None:
        first = int(np.searchsorted(t, sos_s))
        pressed[first : first + 3] = True
    return pressed


def _as_received(fixes: Fixes, luck: Luck, times: Times) -> Fixes:
    """With those that were sent again because an answer was lost."""
    again = np.flatnonzero(luck.random(len(fixes)) < 0.003)
    repeated = fixes.those(again)
    late_ns = np.round(luck.uniform(15, 60, len(again)) / times.scale * _NS).astype(np.int64)
    later = Fixes(
        repeated.arrived_ns + late_ns,
        *(getattr(repeated, field.name) for field in fields(Fixes)[1:]),
    )
    return joined([fixes, later])
