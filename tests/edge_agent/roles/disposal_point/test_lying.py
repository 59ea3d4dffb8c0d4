"""Bags that lie beside the bins are told of once, for as long as they lie there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.roles.disposal_point import lying
from edge_agent.roles.disposal_point.lying import EMPTY_LOOKS, MOST_PLACES, Lying
from edge_agent.rules.deposits.words import SAME_SPOT, Box, apart

HERE: Box = (0.30, 0.70, 0.35, 0.82)
JOSTLED: Box = (0.31, 0.69, 0.36, 0.81)
FAR: Box = (0.60, 0.70, 0.65, 0.82)
BEFORE_IT: Box = (0.28, 0.40, 0.42, 0.95)


def test_a_bag_is_news_once_and_another_place_is_news_of_its_own() -> None:
    places: list[Lying] = []
    assert lying.put_down(places, HERE, 1)
    assert not lying.put_down(places, JOSTLED, 2)
    assert lying.put_down(places, FAR, 3)
    assert [one.track for one in places] == [1, 3]


def test_a_place_is_forgotten_after_full_looks_that_saw_nothing_there() -> None:
    places = [Lying(HERE, 1)]
    for _ in range(EMPTY_LOOKS - 1):
        lying.look(places, [], [], full=True)
    assert not lying.put_down(places, HERE, 2)
    lying.look(places, [], [], full=True)
    assert lying.put_down(places, HERE, 3)


def test_looks_at_a_part_and_looks_past_somebody_forget_nothing() -> None:
    places = [Lying(HERE, 1)]
    for _ in range(3 * EMPTY_LOOKS):
        lying.look(places, [], [], full=False)
        lying.look(places, [], [BEFORE_IT], full=True)
    assert not lying.put_down(places, HERE, 2)


def test_a_bag_that_is_seen_there_again_begins_the_count_anew() -> None:
    places = [Lying(HERE, 1)]
    for _ in range(5):
        lying.look(places, [FAR], [], full=True)
        lying.look(places, [FAR], [], full=True)
        lying.look(places, [JOSTLED], [], full=False)
    assert [one.empty for one in places] == [0]


def test_what_was_put_into_a_bin_after_all_makes_room() -> None:
    places = [Lying(HERE, 1), Lying(FAR, 2)]
    lying.taken(places, 1)
    assert lying.put_down(places, HERE, 3)
    assert not lying.put_down(places, FAR, 4)


@given(st.lists(st.tuples(st.floats(0, 0.9), st.floats(0, 0.9)), max_size=3 * MOST_PLACES))
def test_no_two_places_are_the_same_spot_and_there_are_never_too_many(
    corners: list[tuple[float, float]],
) -> None:
    places: list[Lying] = []
    for track, (x, y) in enumerate(corners):
        lying.put_down(places, (x, y, x + 0.05, y + 0.1), track)
    assert len(places) <= MOST_PLACES
    for at, one in enumerate(places):
        assert all(apart(one.box, other.box) >= SAME_SPOT for other in places[:at])
