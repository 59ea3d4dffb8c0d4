"""Small scenes of people and badges: true ways first, then what receivers make of them.

Minute by minute, metres east and north. A receiver's error over one minute is mostly slow: here a random
walk that is pulled home (other than a Gauss-Markov series of the simulator), and a bias of a canyon that
partly strikes both badges.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from contract.plane import METRES_PER_DEGREE
from edge_agent.rules.proxy_badges import Minutes

Way = NDArray[np.float64]  # (minutes, 2)
LON, LAT = 116.39, 39.9


def strolled(rng: np.random.Generator, minutes: int, m_per_min: float = 12.0) -> Way:
    """Along a street and back, with stops."""
    legs = np.repeat(rng.normal(0, m_per_min, (minutes // 12 + 1, 2)), 12, axis=0)[:minutes]
    legs[rng.random(minutes) < 0.3] = 0
    return np.cumsum(legs, axis=0)


def beside(rng: np.random.Generator, way: Way, side_m: float = 5.0) -> Way:
    """Someone who works at the other kerb, halts at times and catches up: never far, never one."""
    lag = np.zeros(len(way))
    for at in rng.integers(0, len(way), len(way) // 15):
        lag[at : at + 3] = rng.uniform(0.5, 1.5)
    at = np.clip(np.arange(len(way)) - lag, 0, None)
    step = np.gradient(way, axis=0)
    left = np.stack((-step[:, 1], step[:, 0]), axis=1)
    left = side_m * left / np.maximum(np.hypot(*left.T)[:, None], 1)
    along = np.stack([np.interp(at, np.arange(len(way)), way[:, i]) for i in (0, 1)], axis=1)
    return np.asarray(along + left + rng.normal(0, 2, way.shape))


def apart_for(way: Way, begin: int, minutes: int, far_m: float) -> Way:
    moved = way.copy()
    moved[begin : begin + minutes, 0] += far_m
    return moved


def seen(rng: np.random.Generator, way: Way, sigma_m: float = 3.5) -> Minutes:
    error = np.zeros(way.shape)
    pull = 0.45
    for n in range(1, len(way)):
        error[n] = (1 - pull) * error[n - 1] + rng.normal(0, sigma_m * 0.83, 2)
    return minutes_of(way + error)


def minutes_of(way: Way) -> Minutes:
    lat = LAT + way[:, 1] / METRES_PER_DEGREE
    lon = LON + way[:, 0] / METRES_PER_DEGREE / np.cos(np.radians(LAT))
    return Minutes(lon, lat, np.zeros(len(way), dtype=np.bool_))
