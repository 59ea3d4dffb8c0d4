from __future__ import annotations

import json
import math
from itertools import pairwise

import pytest

from simulators.badges_mqtt.walkers import INCIDENTS, NOISE_M, Said, Walker, reports

METRE = 1 / 111_320


def played(count: int = 30, *, seed: int = 3, calm: bool = False) -> list[Said]:
    walkers = [Walker(number, seed, 600, calm=calm) for number in range(count)]
    return list(reports(walkers, 10, 600, 1_790_000_000))


def test_the_same_seed_says_the_same_and_another_does_not() -> None:
    assert played() == played() != played(seed=4)


def test_every_badge_reports_in_every_round_in_order_of_time() -> None:
    said = played(7)
    assert len(said) == 7 * 60
    assert [one.t for one in said] == sorted(one.t for one in said)
    assert len({one.terminal for one in said}) == 7


def test_nobody_walks_faster_than_a_sweeper() -> None:
    walker = Walker(1, 3, 600, calm=True)
    places = [walker.place(t) for t in range(600)]
    for (lon, lat), (next_lon, next_lat) in pairwise(places):
        east = (next_lon - lon) * math.cos(math.radians(lat))
        assert math.hypot(east, next_lat - lat) <= 1.41 * METRE


def test_a_badge_says_about_where_it_is() -> None:
    for one in played(calm=True):
        said = json.loads(one.payload)
        assert said["lat"] == pytest.approx(one.truth["lat"], abs=6 * NOISE_M * METRE)
        assert said["time"] == one.truth["time"] == round(1_790_000_000 + one.t)


def test_everything_goes_wrong_in_a_crowd_and_nothing_when_calm() -> None:
    crowd = [Walker(number, 3, 600, calm=False) for number in range(60)]
    assert {kind for one in crowd for _, kind in one.incidents} == set(INCIDENTS)
    said = played(60)
    assert sum(one.truth["kind"] == "bad-json" for one in said) > 0
    assert sum(bool(one.truth["sos"]) for one in said) == sum(b'"sos": true' in one.payload for one in said) > 0  # fmt: skip
    hidden = [json.loads(one.payload) for one in said if one.truth["hidden"]]
    assert hidden
    assert all("lat" not in one for one in hidden)
    quiet = played(60, calm=True)
    assert not any(one.truth["sos"] or one.truth["hidden"] for one in quiet)
