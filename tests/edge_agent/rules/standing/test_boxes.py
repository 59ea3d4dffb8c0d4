"""Boxes: what is one thing in one look, and what is at one place in two."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.config.street_classes import REFERENCE
from edge_agent.rules.standing.boxes import Box, around, covered, heaps, iou, one_thing, same_place

parts = st.floats(0, 1, allow_nan=False)
boxes = st.tuples(parts, parts, parts, parts).map(
    lambda p: (min(p[0], p[2]), min(p[1], p[3]), max(p[0], p[2]), max(p[1], p[3]))
)


def square(x: float, y: float = 0.5, side: float = 0.1) -> Box:
    return x, y, x + side, y + side


@given(boxes, boxes, st.sampled_from([0.0, 0.5]))
def test_being_one_thing_or_at_one_place_is_mutual(a: Box, b: Box, gap: float) -> None:
    assert one_thing(a, b, gap) == one_thing(b, a, gap)
    assert same_place(a, b, gap) == pytest.approx(same_place(b, a, gap))
    assert iou(a, b) == pytest.approx(iou(b, a))
    assert one_thing(a, a, gap)


@given(st.lists(boxes, max_size=8), st.sampled_from([0.0, 0.5, 2.0]))
def test_every_box_is_in_exactly_one_heap_and_a_wider_gap_makes_no_more(
    found: list[Box], gap: float
) -> None:
    groups = heaps(found, gap)
    assert sorted(at for one in groups for at in one) == list(range(len(found)))
    assert len(heaps(found, gap + 1)) <= len(groups)


@given(st.lists(boxes, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_heaps_do_not_depend_on_the_order_of_boxes(found: list[Box], chance: Random) -> None:
    mixed = list(found)
    chance.shuffle(mixed)
    one = sorted(sorted(found[at] for at in group) for group in heaps(found, 0.5))
    other = sorted(sorted(mixed[at] for at in group) for group in heaps(mixed, 0.5))
    assert one == other


def test_neighbours_are_one_heap_only_where_heaps_have_a_gap() -> None:
    row = [square(0.1), square(0.23), square(0.36), square(0.8)]
    assert heaps(row, 0.0) == [[0], [1], [2], [3]]
    assert heaps(row, 0.5) == [[0, 1, 2], [3]]


def test_two_boxes_of_one_thing_are_one_without_a_gap_too() -> None:
    assert heaps([square(0.1), square(0.12), (0.11, 0.52, 0.15, 0.58)], 0.0) == [[0, 1, 2]]


def test_a_place_is_the_same_when_a_box_trembles_and_another_one_beside_it() -> None:
    assert same_place(square(0.3), square(0.34), 0.0) > 0
    assert same_place(square(0.3), square(0.41), 0.0) == 0
    assert same_place(square(0.3), square(0.41), 0.5) > 0


def test_the_box_around_covers_them_all() -> None:
    every = [square(0.1), square(0.5, 0.2), square(0.3, 0.8)]
    assert all(covered(one, around(every)) == pytest.approx(1.0) for one in every)
    assert covered((0.2, 0.2, 0.2, 0.2), square(0.15, 0.15)) == 1.0


def test_two_heaps_that_meet_with_a_third_of_a_side_are_two() -> None:
    """A little before each other on the ground, as two that a camera saw."""
    assert not one_thing((0.33, 0.51, 0.44, 0.63), (0.41, 0.61, 0.57, 0.77), 0.1)
    assert one_thing((0.33, 0.51, 0.44, 0.63), (0.38, 0.61, 0.54, 0.77), 0.1)


def test_a_pasted_pole_is_no_part_of_the_sheets_on_the_wall_behind_it() -> None:
    gap = next(one.gap for one in REFERENCE if one.label == "fly_posting")
    assert not one_thing((0.50, 0.37, 0.58, 0.51), (0.70, 0.0, 0.76, 0.54), gap)
    assert one_thing((0.50, 0.37, 0.58, 0.51), (0.62, 0.37, 0.70, 0.51), gap)
