"""Which badges were near each other again and again: pairs worth a closer look, out of all.

Ten thousand badges are fifty million pairs. Of several moments in an hour or two the ones are taken at
which people stand least crowded; who is near there, and near at most of the other moments, is a pair.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from contract.plane import METRES_PER_DEGREE

Places = tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]  # rows, lon, lat
Pairs = NDArray[np.intp]  # (n, 2), the smaller row first
_MOST_SHARE = 0.7  # of the moments at which both were heard
_FEWEST = 3
_SEEDS = 2
_MOST_PAIRS = 500_000


def near_pairs(moments: Sequence[Places], radius_m: float) -> Pairs:
    """Sorted, each once."""
    heard = [places for places in moments if len(places[0]) > 1]
    if len(heard) < _FEWEST:
        return np.zeros((0, 2), dtype=np.intp)
    most = max(len(places[0]) for places in heard)
    # A moment at which half of them were silent is not a quiet one.
    fair = [places for places in heard if len(places[0]) >= most / 2]
    fair.sort(key=lambda places: _crowding(places, radius_m))
    found = np.concatenate([_near_once(places, radius_m) for places in fair[:_SEEDS]])
    rows = int(max(places[0].max() for places in heard)) + 1
    codes = np.sort(found[:, 0] * rows + found[:, 1])
    codes = codes[np.concatenate(([True], np.diff(codes) > 0))[: len(codes)]]
    pairs = np.stack((codes // rows, codes % rows), axis=1)
    return _mostly_near(pairs, heard, rows, radius_m)


def metres(
    lon1: NDArray[np.float64],
    lat1: NDArray[np.float64],
    lon2: NDArray[np.float64],
    lat2: NDArray[np.float64],
) -> NDArray[np.float64]:
    east = (lon2 - lon1) * np.cos(np.radians(lat1))
    return np.asarray(np.hypot(east, lat2 - lat1) * METRES_PER_DEGREE)


def _cells(places: Places, radius_m: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    _, lon, lat = places
    high = radius_m / METRES_PER_DEGREE
    wide = high / max(0.05, float(np.cos(np.radians(np.abs(lat).max()))))
    return np.floor(lon / wide).astype(np.int64), np.floor(lat / high).astype(np.int64)


def _key(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.int64]:
    return x * (1 << 31) + y


def _crowding(places: Places, radius_m: float) -> int:
    keys = np.sort(_key(*_cells(places, radius_m)))
    starts = np.flatnonzero(np.concatenate(([True], np.diff(keys) > 0)))
    return int((np.diff(np.append(starts, len(keys))) ** 2).sum())


def _near_once(places: Places, radius_m: float) -> Pairs:
    rows, lon, lat = places
    x, y = _cells(places, radius_m)
    order = np.argsort(_key(x, y), kind="stable")
    keys, x, y = _key(x, y)[order], x[order], y[order]
    ones, others = [], []
    for east, north in ((0, 0), (1, 0), (0, 1), (1, 1), (1, -1)):
        wanted = _key(x + east, y + north)
        low, high = np.searchsorted(keys, wanted, "left"), np.searchsorted(keys, wanted, "right")
        if not (east or north):
            low = np.arange(len(keys)) + 1  # within a cell each pair once
        count = np.maximum(high - low, 0)
        one = np.repeat(np.arange(len(keys)), count)
        starts = np.repeat(np.cumsum(count) - count, count)
        ones.append(one)
        others.append(np.arange(len(one)) - starts + np.repeat(low, count))
    one, other = order[np.concatenate(ones)], order[np.concatenate(others)]
    near = metres(lon[one], lat[one], lon[other], lat[other]) <= radius_m
    pairs = np.sort(np.stack((rows[one[near]], rows[other[near]]), axis=1), axis=1)
    return pairs[:_MOST_PAIRS]


def _mostly_near(pairs: Pairs, moments: Sequence[Places], rows: int, radius_m: float) -> Pairs:
    """Who was far too often is dropped on the way, so most pairs are looked at a few times only."""
    near, far = np.zeros(len(pairs), dtype=np.int64), np.zeros(len(pairs), dtype=np.int64)
    for heard, lon, lat in moments:
        place = np.full(rows, -1, dtype=np.int64)
        place[heard] = np.arange(len(heard))
        one, other = place[pairs[:, 0]], place[pairs[:, 1]]
        known = (one >= 0) & (other >= 0)
        one, other = one[known], other[known]
        close = metres(lon[one], lat[one], lon[other], lat[other]) <= radius_m
        near[known] += close
        far[known] += ~close
        may = far <= (1 - _MOST_SHARE) * len(moments)
        pairs, near, far = pairs[may], near[may], far[may]
    both = near + far
    return pairs[(both >= _FEWEST) & (near >= _MOST_SHARE * both)]
