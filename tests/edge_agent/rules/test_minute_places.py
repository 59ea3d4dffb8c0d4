"""What is remembered of badges minute by minute is bounded, and goes when its badge goes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.rules.minute_places import MinutePlaces


def heard(places: MinutePlaces, badge: str, minute: int, units: int = 10) -> None:
    places.put(places.row(badge), minute, units, units, 1, fast=False)


def test_what_is_older_than_it_may_be_is_gone() -> None:
    places = MinutePlaces(keep_minutes=5)
    for minute in range(100, 120):
        heard(places, "b-1", minute)
    assert places.minutes == [115, 116, 117, 118, 119]
    heard(places, "b-1", 114)  # came late
    assert places.minutes == [115, 116, 117, 118, 119]


def test_minutes_of_which_nobody_is_left_are_let_go() -> None:
    places = MinutePlaces(keep_minutes=500)
    for minute in range(100, 200):
        heard(places, "b-1", minute)
    for minute in range(190, 200):
        heard(places, "b-2", minute)
    places.forget("b-1")
    places.settle()
    assert places.minutes == list(range(190, 200))
    places.forget("b-2")
    places.settle()
    assert places.minutes == []


def test_a_row_is_used_again_only_when_it_was_cleared() -> None:
    places = MinutePlaces(keep_minutes=500)
    heard(places, "b-1", 100)
    heard(places, "b-9", 100)
    old = places.row("b-1")
    places.forget("b-1")
    assert places.row("b-2") != old
    places.settle()
    assert places.row("b-3") == old
    rows, _, _ = places.places(100)
    assert rows.tolist() == [places.row("b-9")]


@given(
    st.permutations([(units, n) for units, n in zip(range(100, 900, 100), [1, 2] * 4, strict=True)])
)
def test_the_order_of_a_minutes_fixes_changes_its_place_by_less_than_a_centimetre(
    pieces: list[tuple[int, int]],
) -> None:
    places = MinutePlaces(keep_minutes=5)
    for units, n in pieces:
        places.put(places.row("b-1"), 7, units * n, units * n, n, fast=False)
    mean = sum(units * n for units, n in pieces) / sum(n for _, n in pieces)
    paths = places.paths(np.array([places.row("b-1")]), 6, 8)
    assert abs(paths.lon[0, 1] * 10**7 - mean) < len(pieces) / 2
    assert np.isnan(paths.lon[0, [0, 2]]).all()
