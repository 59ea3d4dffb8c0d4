"""Pairs that are worth a closer look, against looking at all of them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.plane import METRES_PER_DEGREE
from edge_agent.rules.near_pairs import Places, near_pairs

RADIUS_M = 60.0


def at(rows: list[int], east_m: list[float], north_m: list[float]) -> Places:
    lat = 39.9 + np.array(north_m) / METRES_PER_DEGREE
    lon = 116.0 + np.array(east_m) / METRES_PER_DEGREE / np.cos(np.radians(39.9))
    return np.array(rows, dtype=np.intp), lon, lat


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_who_never_parts_is_found_among_all(seed: int) -> None:
    """Standing crowds: everybody nearer than the radius all the time, and nobody else."""
    rng = np.random.default_rng(seed)
    spot = rng.uniform(-300, 300, (40, 2))
    moments = [
        at(list(range(40)), list(spot[:, 0] + shift), list(spot[:, 1])) for shift in (0, 900, -40)
    ]
    expected = {
        (one, other)
        for one, other in combinations(range(40), 2)
        if np.hypot(*(spot[one] - spot[other])) <= RADIUS_M
    }
    found = {(int(one), int(other)) for one, other in near_pairs(moments, RADIUS_M)}
    close = [np.hypot(*(spot[a] - spot[b])) - RADIUS_M for a, b in found ^ expected]
    assert np.all(np.abs(close) < 0.05)  # of the projection


def test_a_crowd_at_one_break_makes_no_pairs() -> None:
    rows = list(range(30))
    crowd = at(rows, [0.0] * 30, [0.0] * 30)
    alone = at(rows, [200.0 * n for n in rows], [0.0] * 30)
    assert len(near_pairs([alone, crowd, alone, alone], RADIUS_M)) == 0
    assert len(near_pairs([crowd] * 4, RADIUS_M)) == 30 * 29 // 2


def test_few_moments_or_nobody_make_no_pairs() -> None:
    two = at([3, 8], [0.0, 1.0], [0.0, 1.0])
    assert near_pairs([], RADIUS_M).shape == (0, 2)
    assert near_pairs([two, two], RADIUS_M).shape == (0, 2)
    assert near_pairs([two, two, two], RADIUS_M).tolist() == [[3, 8]]
    assert near_pairs([two, at([3], [0.0], [0.0]), two, two], RADIUS_M).tolist() == [[3, 8]]
