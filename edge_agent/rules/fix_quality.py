"""Which fixes may say where a badge was: each by its own words, and whether it only repeats itself.

A rejected fix is counted by its reason and is no evidence for anything: the time around it becomes
time without fixes. It is never taken to be elsewhere.

Coordinates that repeat to the last bit are the hard case. A receiver that lost the sky may go on to
give its last position as valid; another holds its position on purpose while it stands still (static
navigation), and that one tells the truth. GPS noise moves a badge that really lies in a drawer by far
more than one bit, so a long repetition is one of the two. What tells them apart:

  it reports that it moves                       frozen from its second fix on
  its satellites or its accuracy go on changing  a receiver at work: believed
  its next position is near the one it held      it stood still, or nothing is lost: believed
  neither                                        believed for `frozen_s`, no evidence after that

No evidence is for neither side: a person who rests there is carried by the fixes around the rest, a
box that froze at home accuses nobody, and one that froze inside an area earns no day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from contract.plane import METRES_PER_DEGREE
from edge_agent.config.attendance_limits import AttendanceLimits
from edge_agent.readings import PositionReading

Fault = Literal[
    "no-time",
    "no-fix",
    "out-of-range",
    "few-satellites",
    "inaccurate",
    "future",
    "too-old",
    "impossible-speed",
    "frozen",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)
NO_TIME = np.iinfo(np.int64).min
_NONE = -1e18  # sorts before any number, and equals itself
_END_OF_TIME = 2**62  # the year 2116; two such times can be subtracted
_TRUSTED = ("ntp", "hub")
_NS = 10**9
_FROZEN_MOVING_S = 60.0
_THAW_M = 50.0  # a step, and the noise of two fixes


@dataclass(frozen=True)
class Fixes:
    """Reports as columns, in one order whatever order they came in, each once. Where a report says
    nothing: NaN, `fix` -1, NO_TIME. `badge` is a place in `badges`; `source` the place in what was
    given. `came_ns` when the gateway heard it first, by a clock that was set; else NO_TIME."""

    badges: tuple[str, ...]
    badge: NDArray[np.int64]
    at_ns: NDArray[np.int64]
    came_ns: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    fix: NDArray[np.int64]
    speed_kmh: NDArray[np.float64]
    accuracy_m: NDArray[np.float64]
    satellites: NDArray[np.float64]
    source: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.at_ns)

    def where(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Fixes:
        """Those that a mask or an index picks."""
        names = [name for name in self.__dataclass_fields__ if name != "badges"]
        return Fixes(self.badges, **{name: getattr(self, name)[keep] for name in names})


def fixes_of(positions: Sequence[PositionReading]) -> Fixes:
    """One report that was sent twice, live and again from memory, is one."""
    badges = tuple(sorted({one.terminal for one in positions}))
    number = {badge: place for place, badge in enumerate(badges)}
    came = [one.moment.utc_ns if one.moment.clock in _TRUSTED else NO_TIME for one in positions]
    fixes = Fixes(
        badges=badges,
        badge=_whole(number[one.terminal] for one in positions),
        at_ns=_whole(_time_of(one) for one in positions),
        came_ns=_whole(came),
        lon=_number([one.lon for one in positions]),
        lat=_number([one.lat for one in positions]),
        fix=_whole(-1 if one.fix is None else one.fix for one in positions),
        speed_kmh=_number([one.speed_kmh for one in positions]),
        accuracy_m=_number([one.accuracy_m for one in positions]),
        satellites=_number([one.satellites for one in positions]),
        source=np.arange(len(positions), dtype=np.int64),
    )
    return _each_once(fixes)


def _whole(values: Iterable[int]) -> NDArray[np.int64]:
    return np.fromiter(values, dtype=np.int64)


def _number(values: Sequence[float | None]) -> NDArray[np.float64]:
    """NaN for None."""
    return np.array(values, dtype=np.float64)


def _each_once(fixes: Fixes) -> Fixes:
    keys: list[NDArray[Any]] = [fixes.at_ns, fixes.badge, fixes.fix]
    numbers = (fixes.lon, fixes.lat, fixes.speed_kmh, fixes.accuracy_m, fixes.satellites)
    keys += [np.nan_to_num(column, nan=_NONE) for column in numbers]
    # Of several copies the first one heard at a known time stays.
    heard = np.where(fixes.came_ns == NO_TIME, np.iinfo(np.int64).max, fixes.came_ns)
    order = np.lexsort([heard, *keys[::-1]])
    fresh = np.ones(len(order), dtype=np.bool_)
    if len(order):
        changed = [key[order][1:] != key[order][:-1] for key in keys]
        fresh[1:] = np.logical_or.reduce(changed)
    return fixes.where(order[fresh])


def fault_of(one: PositionReading, limits: AttendanceLimits) -> Fault | None:
    """What a fix says against itself; the same judgement as `faults_of`, for one."""
    at_ns = _time_of(one)
    if at_ns == NO_TIME:
        return "no-time"
    if one.fix is False:
        return "no-fix"
    if one.lon is None or one.lat is None or not _on_earth(one.lon, one.lat):
        return "out-of-range"
    if one.satellites is not None and one.satellites < limits.min_satellites:
        return "few-satellites"
    if one.accuracy_m is not None and one.accuracy_m > limits.max_accuracy_m:
        return "inaccurate"
    return _dated(one, at_ns, limits) or _sped(one, limits)


def _dated(one: PositionReading, at_ns: int, limits: AttendanceLimits) -> Fault | None:
    if one.moment.clock not in _TRUSTED:
        return None
    ahead_s = (at_ns - one.moment.utc_ns) / _NS
    if ahead_s > limits.future_s:
        return "future"
    return "too-old" if -ahead_s > limits.max_age_s else None


def _sped(one: PositionReading, limits: AttendanceLimits) -> Fault | None:
    fast = one.speed_kmh is not None and one.speed_kmh > limits.max_speed_kmh
    return "impossible-speed" if fast else None


def _time_of(one: PositionReading) -> int:
    at_ns = one.at_ns
    return NO_TIME if at_ns is None or not 0 <= at_ns < _END_OF_TIME else at_ns


def _on_earth(lon: float, lat: float) -> bool:
    """0, 0 is what a receiver without a position says; written so that NaN fails, too."""
    return -180 <= lon <= 180 and -90 <= lat <= 90 and not lon == lat == 0


def faults_of(fixes: Fixes, limits: AttendanceLimits) -> NDArray[np.int8]:
    """For each fix the place in FAULTS of what it says against itself, or -1."""
    lon, lat = fixes.lon, fixes.lat
    earthly = (np.abs(lon) <= 180) & (np.abs(lat) <= 90) & ~((lon == 0) & (lat == 0))
    dated = (fixes.came_ns != NO_TIME) & (fixes.at_ns != NO_TIME)
    ahead_s = np.where(dated, fixes.at_ns - np.where(dated, fixes.came_ns, 0), 0) / _NS
    against: tuple[tuple[Fault, NDArray[np.bool_]], ...] = (
        ("no-time", fixes.at_ns == NO_TIME),
        ("no-fix", fixes.fix == 0),
        ("out-of-range", ~earthly),
        ("few-satellites", fixes.satellites < limits.min_satellites),
        ("inaccurate", fixes.accuracy_m > limits.max_accuracy_m),
        ("future", dated & (ahead_s > limits.future_s)),
        ("too-old", dated & (-ahead_s > limits.max_age_s)),
        ("impossible-speed", fixes.speed_kmh > limits.max_speed_kmh),
    )
    found = np.full(len(fixes), -1, dtype=np.int8)
    for fault, mask in reversed(against):  # the first of them is told
        found[mask] = FAULTS.index(fault)
    return found


def frozen(fixes: Fixes, limits: AttendanceLimits) -> NDArray[np.bool_]:
    """Good fixes of one badge, in order: which of them only repeat a position."""
    found = np.zeros(len(fixes), dtype=np.bool_)
    moved = (np.diff(fixes.lon) != 0) | (np.diff(fixes.lat) != 0)
    starts = np.concatenate(([0], np.flatnonzero(moved) + 1, [len(fixes)]))
    lasted_s = (fixes.at_ns[starts[1:] - 1] - fixes.at_ns[starts[:-1]]) / _NS
    for place in np.flatnonzero(lasted_s >= _FROZEN_MOVING_S):
        begin, end = int(starts[place]), int(starts[place + 1])
        if _says_it_moves(fixes, begin, end, limits):
            found[begin + 1 : end] = True
        elif lasted_s[place] > limits.frozen_s and not _is_alive(fixes, begin, end, limits):
            since_s = (fixes.at_ns[begin:end] - fixes.at_ns[begin]) / _NS
            found[begin:end] = since_s > limits.frozen_s
    return found


def _says_it_moves(fixes: Fixes, begin: int, end: int, limits: AttendanceLimits) -> bool:
    speeds = fixes.speed_kmh[begin + 1 : end]
    told = speeds[~np.isnan(speeds)]
    return len(told) > 0 and float(np.median(told)) >= limits.frozen_speed_kmh


def _is_alive(fixes: Fixes, begin: int, end: int, limits: AttendanceLimits) -> bool:
    for column in (fixes.satellites, fixes.accuracy_m):
        told = column[begin:end]
        if len(np.unique(told[~np.isnan(told)])) > 1:
            return True
    if end == len(fixes):
        return False
    took_s = (fixes.at_ns[end] - fixes.at_ns[end - 1]) / _NS
    north = fixes.lat[end] - fixes.lat[begin]
    east = (fixes.lon[end] - fixes.lon[begin]) * np.cos(np.radians(fixes.lat[end]))
    near = float(np.hypot(north, east)) * METRES_PER_DEGREE <= _THAW_M
    return near and took_s <= limits.max_gap_s
