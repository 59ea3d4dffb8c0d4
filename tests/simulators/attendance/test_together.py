"""What tells honest crews from badges that one person carries must be in the paths themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import combinations, islice

import numpy as np
import pytest

from simulators.attendance.day import AttendanceDay, Stint
from simulators.attendance.luck import Floats
from simulators.attendance.people import home_of

T = np.arange(0, 28_800, 10.0)
HONEST = {"crew", "team"}


@pytest.fixture(scope="module")
def day() -> AttendanceDay:
    return AttendanceDay(11, 300, 16, date(2026, 11, 23))


def pairs(day: AttendanceDay, kind: str) -> Iterator[tuple[Stint, Stint]]:
    parties: dict[int, list[Stint]] = defaultdict(list)
    for stint in day.stints:
        if stint.party.kind == kind:
            parties[stint.party.number].append(stint)
    for stints in parties.values():
        yield from combinations(stints, 2)


@cache
def places(day: AttendanceDay, key: str) -> tuple[Floats, Floats]:
    return day.path(next(stint for stint in day.stints if stint.shift.key == key)).at(T)


def apart_m(day: AttendanceDay, one: Stint, other: Stint) -> Floats:
    (x, y), (x2, y2) = places(day, one.shift.key), places(day, other.shift.key)
    return np.hypot(x - x2, y - y2)


def both_honest(one: Stint, other: Stint) -> bool:
    return {one.conduct.why, other.conduct.why} <= HONEST


def longest_min(near: np.ndarray) -> float:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], near.astype(np.int8), [0]))))
    return float(np.max(edges[1::2] - edges[::2], initial=0)) / 6


@pytest.mark.parametrize("kind", ["drawer", "carried", "ghost-crew"])
def test_badges_of_a_set_are_within_one_pocket_all_day(day: AttendanceDay, kind: str) -> None:
    found = [apart_m(day, *pair).max() for pair in pairs(day, kind)]
    assert found
    assert max(found) < 1.2


def test_a_team_sweeps_side_by_side_some_metres_apart(day: AttendanceDay) -> None:
    found = [apart_m(day, *pair) for pair in pairs(day, "team") if both_honest(*pair)]
    assert len(found) > 20
    middle = [float(np.median(one)) for one in found]
    assert 5 < np.median(middle) < 25  # side by side: on the same street, in sight
    assert min(middle) > 3
    assert max(float(np.mean(one < 1.5)) for one in found) < 0.2  # nobody in another one's shoes
    assert max(longest_min(one < 3) for one in found) < 45


def test_a_crew_sits_within_an_arms_length_for_a_long_time_and_gets_out(day: AttendanceDay) -> None:
    found = [apart_m(day, *pair) for pair in pairs(day, "crew") if both_honest(*pair)]
    assert len(found) > 20
    assert max(longest_min(one < 3) for one in found) > 60
    assert np.median([float(np.mean(one > 5)) for one in found]) > 0.1


def test_people_who_work_together_come_from_homes_of_their_own(day: AttendanceDay) -> None:
    for kind in ("team", "crew"):
        for one, other in islice(pairs(day, kind), 20):
            homes = [home_of(day.seed, s.member, (0.0, 0.0)) for s in (one, other)]
            assert np.hypot(*np.subtract(*homes)) > 1
            assert day.path(one).t[1] != day.path(other).t[1]  # when each sets out


def test_nobody_jumps(day: AttendanceDay) -> None:
    for stint in day.stints:
        path = day.path(stint)
        if len(path.t) > 1:
            between = np.diff(path.t)
            assert np.all(between > 0)
            mps = np.hypot(np.diff(path.x), np.diff(path.y)) / between
            assert mps.max() < 22, (stint.conduct.why, stint.party.kind)
