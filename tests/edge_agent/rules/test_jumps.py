"""What one badge cannot all have been at."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.plane import METRES_PER_DEGREE
from edge_agent.config.attendance_limits import AttendanceLimits
from edge_agent.rules.jumps import JUMPS, jumps

LIMITS = AttendanceLimits()


def told(track: list[tuple[float, float]], accuracy_m: float = 8.0) -> list[str | None]:
    """`track`: (seconds, metres east)."""
    at = np.array([round(s * 1e9) for s, _ in track], dtype=np.int64)
    lon = np.array([east / METRES_PER_DEGREE for _, east in track])  # on the equator
    found = jumps(at, lon, np.zeros(len(at)), np.full(len(at), accuracy_m), LIMITS)
    return [None if place < 0 else JUMPS[place] for place in found.tolist()]


def test_a_quiet_day_is_left_alone() -> None:
    assert told([(10.0 * n, 15.0 * n) for n in range(500)]) == [None] * 500
    assert told([]) == []
    assert told([(0, 0)]) == [None]


def test_one_leap_and_back_is_one_fix_lost() -> None:
    track = [(10.0 * n, 0.0) for n in range(50)]
    for back_s in (8.0, 9.0, 12.0):  # also where the way there, or back, is just possible
        track[20] = (track[21][0] - back_s, 600.0)
        assert told(track) == [*[None] * 20, "teleport", *[None] * 29]


def test_two_leaps_to_one_place_make_no_second_device() -> None:
    track = [(10.0 * n, 0.0) for n in range(600)]
    for n in (50, 51, 300, 420, 421):
        track[n] = (track[n][0] + (n % 2), 560.0)
    found = told(track)
    assert [n for n, why in enumerate(found) if why is None] == [
        n for n in range(600) if n not in {50, 51, 300, 420, 421}
    ]


def test_a_place_of_this_morning_is_not_gone_back_to_for_one_fix() -> None:
    """First here, then (nobody knows how) 20 km away for hours, and once more here for one fix."""
    track = [(10.0 * n, 0.0 if n < 100 or n == 450 else 20_000.0) for n in range(600)]
    assert told(track) == [*[None] * 450, "teleport", *[None] * 149]


def test_a_spell_elsewhere_is_lost_as_a_whole_and_the_day_goes_on() -> None:
    track = [(10.0 * n, 20_000.0 if 100 <= n < 112 else 0.0) for n in range(300)]
    assert told(track) == [*[None] * 100, *["teleport"] * 12, *[None] * 188]


def test_a_cold_start_far_away_is_no_place_to_be() -> None:
    track = [(10.0 * n, 90_000.0 if n < 3 else 0.0) for n in range(100)]
    assert told(track) == [*["impossible-speed"] * 3, *[None] * 97]


def test_two_devices_under_one_name_are_no_evidence_while_both_speak() -> None:
    own = [(10.0 * n, 0.0) for n in range(600)]
    twin = [(10.0 * n + 5, 4_000.0) for n in range(200, 400)]
    track = sorted(own + twin)
    found = dict(zip(track, told(track), strict=True))
    assert {found[one] for one in twin} == {"two-places"}
    lost = [one for one in own if found[one]]
    assert (lost[0][0], lost[-1][0]) == (2010.0, 3990.0)


def test_a_train_ride_is_no_crime() -> None:
    """Ten kilometres in five minutes without a fix: 120 km/h."""
    track = [(10.0 * n, 0.0) for n in range(50)] + [(800 + 10.0 * n, 10_000.0) for n in range(50)]
    assert told(track) == [None] * 100


@given(st.lists(st.tuples(st.integers(0, 3600), st.integers(-50_000, 50_000)), max_size=60))
@settings(max_examples=60, deadline=None)
def test_what_is_left_could_have_been_travelled(raw: list[tuple[int, int]]) -> None:
    track = sorted({at: (float(at), float(east)) for at, east in raw}.values())
    left = [one for one, why in zip(track, told(track), strict=True) if why is None]
    reach = LIMITS.max_speed_kmh / 3.6
    broken = sum(
        abs(b[1] - a[1]) > reach * (b[0] - a[0]) + LIMITS.reach_slack_m + 16.1
        for a, b in pairwise(left)
    )
    # Only spells of five fixes and a minute may follow each other without a way between them.
    assert broken <= len(left) / 5
