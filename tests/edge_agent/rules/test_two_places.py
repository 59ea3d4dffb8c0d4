"""To and fro between two places, one leap that lasts, and what street canyons do."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.plane import METRES_PER_DEGREE
from edge_agent.config.proxy_limits import ProxyLimits
from edge_agent.rules.two_places import TwoPlaces

LIMITS = ProxyLimits()
Track = list[tuple[float, float]]  # (seconds, metres east), on the equator


def told(track: Track) -> set[str]:
    rule = TwoPlaces(LIMITS)
    for second, east_m in track:
        rule.add(round(second * 1e9) + 10**18, 116.0 + east_m / METRES_PER_DEGREE, 0.0)
    return set(rule.found or ())


def own(n: int, begin_s: float = 0.0) -> Track:
    return [(begin_s + 10.0 * i, 0.7 * i) for i in range(n)]


def test_two_devices_under_one_number_are_told() -> None:
    twin = [(10.0 * n + 5, 5_000.0) for n in range(20, 40)]
    assert told(sorted(own(60) + twin)) == {"cloned-id"}


def test_two_devices_are_told_though_the_clock_of_one_is_behind() -> None:
    track = []
    for n in range(60):
        track += [(10.0 * n, 0.0), (10.0 * n - 25, 5_000.0)]
    assert told(track) == {"cloned-id"}


def test_a_leap_that_lasts_is_told_once_it_has_lasted() -> None:
    gone = [(600 + 10.0 * n, 30_000.0) for n in range(90)]
    assert told(own(60) + gone) == {"impossible-speed"}
    assert told(own(60) + gone[:50]) == set()


def test_one_wild_fix_or_a_spell_of_them_is_nothing() -> None:
    for spell in (1, 2, 20):
        track = own(200)
        for n in range(100, 100 + spell):
            track[n] = (track[n][0], 4_000.0)
        assert told(track) == set()


def test_a_wild_fix_that_is_sent_again_is_nothing() -> None:
    track = own(200)
    track[100] = (track[100][0], 800.0)
    track.insert(104, track[100])
    track.insert(109, track[103])
    assert told(track) == set()


def test_a_wild_fix_that_is_sent_many_times_is_one() -> None:
    track = own(200)
    wild = track[100] = (track[100][0], 9_000.0)
    for later in range(6):
        track.insert(104 + 3 * later, wild)
    assert told(track) == set()


def test_a_wild_fix_that_was_just_possible_is_nothing() -> None:
    """700 m in twelve seconds could be ridden, the way back in eight could not."""
    track = own(200)
    track[100] = (track[100][0] + 2, 780.0)
    assert told(track) == set()


def test_what_canyons_do_is_not_looked_at() -> None:
    assert told([(10.0 * n, 280.0 * (n % 2)) for n in range(400)]) == set()


def test_a_ride_is_no_leap() -> None:
    assert told([(10.0 * n, 300.0 * n) for n in range(400)]) == set()  # 108 km/h


def test_a_late_batch_is_no_second_place() -> None:
    assert told(own(200, 7200) + [(10.0 * n, 9_000.0) for n in range(200)]) == set()


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
@settings(max_examples=30, deadline=None)
def test_wild_fixes_far_between_accuse_nobody(seed: int, each_hours: int) -> None:
    rng = np.random.default_rng(seed)
    track = own(3000)
    for n in range(180, 3000, 360 * each_hours):
        track[n] = (track[n][0], float(rng.uniform(-20_000, 20_000)))
    assert told(track) == set()
