"""Badges that go as one, or lie as one: is it one person with two badges, or are it two people?

Two badges in one pocket are apart by nothing but the errors of two receivers: some metres, in any
direction, with no offset that stays, through every stop, start, corner, errand, arrival and departure.
Two people are apart by more, again and again: one halts to tie a lace, one sweeps the kerb and the other
the gutter, one fetches water. So what clears is any stay apart; what accuses is hours without one.

Never counted, whatever it looks like: riding, what lies within minutes of a ride (a truck stops at every
bin), and breaks. People of one crew share a cab for hours; they are told only when they are never apart
from before the shift to after it, as people come from and go to homes of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from contract.plane import METRES_PER_DEGREE
from edge_agent.config.proxy_limits import ProxyLimits

Manner = Literal["moving", "lying"]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_SMOOTH = 5  # minutes
_STEP, _STEP_M = 10, 20.0  # farther in so many minutes is going somewhere
_GOING_SHARE = 0.25
_GOING_MIN, _PACE_M = 30, 3.0  # minutes; metres a minute, smoothed
_AROUND = 12  # of five minutes each, before and after


@dataclass(frozen=True, slots=True)
class Minutes:
    """One badge, minute by minute; NaN where it was not heard. `fast`: said to ride."""

    lon: Floats
    lat: Floats
    fast: Flags


@dataclass(frozen=True, slots=True)
class Together:
    """A stretch in which two badges were as one. Minutes count from the begin of the columns, `end`
    not included. `counted`: on foot, at work; `going`: of those, on the way somewhere. `offset_m`: the
    mean of where the other is, by the compass; `beside_m`: by the direction in which they go."""

    manner: Manner
    begin: int
    end: int
    counted: int
    going: int
    typical_m: float
    close_share: float
    far_share: float
    offset_m: float
    beside_m: float = 0.0


def moving(
    one: Minutes, other: Minutes, work: Flags, limits: ProxyLimits, *, crew: bool = False
) -> list[Together]:
    """Every stretch without a stay apart, however short. `work`: the minutes in which both are expected
    to work. `crew`: short stops between rides count, too, as it is there that a crew gets out."""
    east, north = _between(one, other)
    apart_m = np.hypot(east, north)
    around_min = 0 if crew else limits.ride_around_min
    rides = _around(_riding(one, limits) | _riding(other, limits), around_min)
    apart_m[rides & (apart_m <= limits.ride_apart_m)] = np.nan
    found = []
    for begin, end in _stretches(apart_m, rides, limits):
        spell = slice(begin, end)
        seen = ~np.isnan(apart_m[spell])
        if seen.sum() < _SMOOTH:
            continue
        counted = seen & work[spell]
        going = _going(one, other, spell) & counted
        found.append(
            Together(
                manner="moving",
                begin=begin,
                end=end,
                counted=int(counted.sum()),
                going=int(going.sum()),
                typical_m=float(np.median(apart_m[spell][seen])),
                close_share=float((apart_m[spell][seen] <= limits.close_m).mean()),
                far_share=float((apart_m[spell][seen] > limits.far_m).mean()),
                offset_m=float(np.hypot(east[spell][seen].mean(), north[spell][seen].mean())),
                beside_m=_beside(one, other, spell, seen),
            )
        )
    return found


def _between(one: Minutes, other: Minutes) -> tuple[Floats, Floats]:
    east = (other.lon - one.lon) * np.cos(np.radians(one.lat)) * METRES_PER_DEGREE
    return east, (other.lat - one.lat) * METRES_PER_DEGREE


def _riding(one: Minutes, limits: ProxyLimits) -> Flags:
    """By the way it made from minute to minute, or by its word."""
    east = np.diff(one.lon) * np.cos(np.radians(one.lat[1:]))
    made_m = np.hypot(east, np.diff(one.lat)) * METRES_PER_DEGREE
    fast = one.fast.copy()
    quick = made_m > limits.ride_kmh / 3.6 * 60
    fast[1:] |= quick
    fast[:-1] |= quick
    return fast


def _around(mask: Flags, minutes: int) -> Flags:
    return np.convolve(mask, np.ones(2 * minutes + 1), mode="same")[: len(mask)] > 0


def _stretches(apart_m: Floats, rides: Flags, limits: ProxyLimits) -> list[tuple[int, int]]:
    """Cut where they stay apart, and where for long nothing is known of one of them."""
    far = np.where(np.isnan(apart_m), 0.0, apart_m > limits.apart_m)
    known = ~np.isnan(apart_m)
    span = np.ones(limits.apart_min)
    # Most of the minutes of a spell are far: one wild fix is none, and one near minute saves nothing.
    stays = np.convolve(far, span, "same") > np.maximum(1, np.convolve(known, span, "same")) * 0.7
    cut = stays & (np.convolve(known, span, "same") >= limits.apart_min / 2)
    usable = np.flatnonzero((known | rides) & ~cut)
    if not len(usable):
        return []
    cuts = np.concatenate(([0], np.cumsum(cut)))
    leaps = np.diff(usable) > limits.gap_min
    crossed = cuts[usable[1:]] > cuts[usable[:-1]]
    pieces = np.split(usable, np.flatnonzero(leaps | crossed) + 1)
    return [(int(piece[0]), int(piece[-1]) + 1) for piece in pieces]


def _going(one: Minutes, other: Minutes, spell: slice) -> Flags:
    """Both on the way: their middle, smoothed, gets somewhere in some minutes."""
    lon = _smooth((one.lon[spell] + other.lon[spell]) / 2)
    lat = _smooth((one.lat[spell] + other.lat[spell]) / 2)
    found = np.zeros(len(lon), dtype=np.bool_)
    if len(lon) <= _STEP:
        return found
    east = (lon[_STEP:] - lon[:-_STEP]) * np.cos(np.radians(np.nan_to_num(lat[_STEP:])))
    made_m = np.hypot(east, lat[_STEP:] - lat[:-_STEP]) * METRES_PER_DEGREE
    somewhere = made_m > _STEP_M
    for shift in range(_STEP + 1):
        found[shift : shift + len(somewhere)] |= somewhere
    return found


def _beside(one: Minutes, other: Minutes, spell: slice, seen: Flags) -> float:
    """How far the one is, in the mean, ahead of the other or at the other's side; 0 when they hardly go.
    Who sweeps the other kerb is on the left going and coming, so the compass sees no offset."""
    lon = _smooth((one.lon[spell] + other.lon[spell]) / 2)
    lat = _smooth((one.lat[spell] + other.lat[spell]) / 2)
    if len(lon) < _GOING_MIN:
        return 0.0
    way_north = np.gradient(lat) * METRES_PER_DEGREE
    way_east = np.gradient(lon) * np.cos(np.radians(lat)) * METRES_PER_DEGREE
    pace_m = np.hypot(way_east, way_north)
    goes = seen & (pace_m > _PACE_M)
    if goes.sum() < _GOING_MIN:
        return 0.0
    east, north = (part[spell][goes] for part in _between(one, other))
    way_east, way_north = way_east[goes] / pace_m[goes], way_north[goes] / pace_m[goes]
    ahead, left = east * way_east + north * way_north, north * way_east - east * way_north
    return float(np.hypot(ahead.mean(), left.mean()))


def _smooth(values: Floats) -> Floats:
    known = ~np.isnan(values)
    span = np.ones(_SMOOTH)
    total = np.convolve(np.where(known, values, 0.0), span, "same")
    count = np.convolve(known, span, "same")
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))[: len(values)]


def lying(one: Minutes, other: Minutes, work: Flags, limits: ProxyLimits) -> list[Together]:
    """Stretches in which neither made a step: each keeps its place, and both places are one. Means over
    some minutes, as a receiver under a roof wanders: a person who only crosses the room and comes back
    is not seen, one who leaves it is."""
    homes, still = [], np.ones(len(work), dtype=np.bool_)
    for badge in (one, other):
        lon, lat = _smooth(badge.lon), _smooth(badge.lat)
        home_lon, home_lat = _median_around(lon), _median_around(lat)
        out_m = _way_m(home_lon, home_lat, lon, lat)
        still &= ~(out_m > limits.lying_m)
        homes.append((home_lon, home_lat))
    beside_m = _way_m(*homes[0], *homes[1])
    known = ~np.isnan(one.lon) & ~np.isnan(other.lon)
    still &= ~(beside_m > limits.lying_beside_m)
    east, north = _between(one, other)
    apart_m = np.hypot(east, north)
    found = []
    for begin, end in _runs(still, known, limits.gap_min):
        seen = known[begin:end]
        found.append(
            Together(
                manner="lying",
                begin=begin,
                end=end,
                counted=int((seen & work[begin:end]).sum()),
                going=0,
                typical_m=float(np.median(apart_m[begin:end][seen])),
                close_share=float((apart_m[begin:end][seen] <= limits.close_m).mean()),
                far_share=float((apart_m[begin:end][seen] > limits.far_m).mean()),
                offset_m=float(np.median(beside_m[begin:end][seen])),
            )
        )
    return found


def _way_m(lon1: Floats, lat1: Floats, lon2: Floats, lat2: Floats) -> Floats:
    east = (lon2 - lon1) * np.cos(np.radians(lat1))
    return np.asarray(np.hypot(east, lat2 - lat1) * METRES_PER_DEGREE)


def _median_around(values: Floats) -> Floats:
    """Over two hours, in steps of five minutes; NaN where nothing is known."""
    sampled = values[::_SMOOTH]
    padded = np.concatenate((np.full(_AROUND, np.nan), sampled, np.full(_AROUND, np.nan)))
    around = np.sort(np.lib.stride_tricks.sliding_window_view(padded, 2 * _AROUND + 1), axis=1)
    count = (~np.isnan(around)).sum(axis=1)
    middle = around[np.arange(len(around)), np.maximum(count - 1, 0) // 2]
    return np.repeat(middle, _SMOOTH)[: len(values)]


def _runs(mask: Flags, known: Flags, gap_min: int) -> list[tuple[int, int]]:
    usable = np.flatnonzero(mask & known)
    if not len(usable):
        return []
    broken = np.concatenate(([0], np.cumsum(~mask & known)))
    leaps = (np.diff(usable) > gap_min) | (broken[usable[1:]] > broken[usable[:-1]])
    pieces = np.split(usable, np.flatnonzero(leaps) + 1)
    return [(int(piece[0]), int(piece[-1]) + 1) for piece in pieces]


def is_one(found: Together, limits: ProxyLimits, *, areas_differ: bool) -> bool:
    """Enough to be told to a person; people of one crew need `is_one_crew`."""
    if found.manner == "lying":
        return found.counted >= (limits.lying_differ_min if areas_differ else limits.lying_min)
    least = limits.areas_differ_min if areas_differ else limits.same_area_min
    return (
        found.counted >= least
        and found.going >= _GOING_SHARE * found.counted
        and found.close_share >= limits.close_share
        and found.far_share <= limits.far_share
        and found.offset_m <= limits.offset_m
        and found.beside_m <= limits.beside_m
    )


def is_one_crew(found: Together, shift: tuple[int, int], limits: ProxyLimits) -> bool:
    """`shift`: (begin, end) in the columns' minutes. Never apart, from before it to after it."""
    begin, end = shift
    around = limits.crew_around_min
    return (
        found.manner == "moving"
        and found.begin <= begin - around
        and found.end >= end + around
        and found.counted >= limits.crew_min
        and found.close_share >= limits.crew_close_share
        and found.far_share <= limits.far_share
        and found.offset_m <= limits.offset_m
    )
