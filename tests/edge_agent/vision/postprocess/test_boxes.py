"""Laws of suppression, over any boxes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.vision.postprocess.boxes import (
    MAX_DETECTIONS,
    Candidates,
    corners,
    overlap,
    sound,
    suppressed,
    units_of,
)

side = st.floats(0, 100, width=32)
row = st.tuples(side, side, side, side, st.floats(0, 1, width=32), st.integers(0, 2))


def candidates(rows: list[tuple[float, float, float, float, float, int]]) -> Candidates:
    made = np.array([one[:4] for one in rows], np.float32).reshape(-1, 4)
    made[:, 2:] += made[:, :2]
    return Candidates(
        made,
        np.array([one[4] for one in rows], np.float32),
        np.array([one[5] for one in rows], np.int64),
    )


@given(st.lists(row, max_size=40), st.floats(0.05, 0.95))
def test_what_is_kept_does_not_overlap_and_what_is_left_out_overlaps_something_better(
    rows: list[tuple[float, float, float, float, float, int]], limit: float
) -> None:
    found = candidates(rows)
    kept = suppressed(found, limit)
    assert list(kept.scores) == sorted(kept.scores, reverse=True)
    for one in range(len(kept.scores)):
        same = kept.classes == kept.classes[one]
        same[one] = False
        assert not np.any(overlap(kept.boxes[one], kept.boxes[same]) > limit)
    for box, score, label in zip(found.boxes, found.scores, found.classes, strict=True):
        equal = (kept.boxes == box).all(axis=1) & (kept.classes == label)
        better = (kept.classes == label) & (kept.scores >= score)
        assert np.any(equal) or np.any(overlap(box, kept.boxes[better]) > limit)


@given(st.lists(row, max_size=20), st.floats(0.05, 0.95))
def test_suppressing_twice_changes_nothing(
    rows: list[tuple[float, float, float, float, float, int]], limit: float
) -> None:
    once = suppressed(candidates(rows), limit)
    twice = suppressed(once, limit)
    assert np.array_equal(once.boxes, twice.boxes)
    assert np.array_equal(once.classes, twice.classes)


@given(st.lists(row, min_size=1, max_size=10))
def test_overlap_is_the_same_both_ways_and_1_with_itself(
    rows: list[tuple[float, float, float, float, float, int]],
) -> None:
    boxes = candidates(rows).boxes
    matrix = np.array([overlap(one, boxes) for one in boxes])
    assert np.allclose(matrix, matrix.T, atol=1e-5)
    assert np.all((matrix >= 0) & (matrix <= 1 + 1e-5))
    wide = ((boxes[:, 2:] - boxes[:, :2]) > 1e-3).all(axis=1)
    assert np.allclose(np.diag(matrix)[wide], 1, atol=1e-3)


def test_two_classes_at_one_place_are_both_kept() -> None:
    both = candidates([(0, 0, 10, 10, 0.9, 0), (0, 0, 10, 10, 0.8, 1), (1, 0, 10, 10, 0.7, 0)])
    assert list(suppressed(both, 0.5).classes) == [0, 1]


place = st.sampled_from((0.0, 2.0, 5.0, 40.0))  # of boxes that often lie upon each other
crowded = st.tuples(
    place, place, st.just(10.0), st.just(10.0), st.floats(0, 1, width=32), st.integers(0, 2)
)


@given(st.lists(crowded, max_size=20), st.floats(0.05, 0.95))
def test_classes_of_one_family_are_suppressed_as_if_they_were_one(
    rows: list[tuple[float, float, float, float, float, int]], limit: float
) -> None:
    kept = suppressed(candidates(rows), limit, {0: 0, 2: 0})
    as_one = suppressed(candidates([(*one[:5], one[5] % 2) for one in rows]), limit)
    assert np.array_equal(kept.boxes, as_one.boxes)
    assert np.array_equal(kept.scores, as_one.scores)
    assert np.array_equal(kept.classes % 2, as_one.classes)


def test_no_more_than_the_limit_is_answered() -> None:
    apart = candidates([(float(3 * n), 0, 1, 1, 0.5, 0) for n in range(2 * MAX_DETECTIONS)])
    assert len(suppressed(apart, 0.5).scores) == MAX_DETECTIONS


def test_boxes_without_area_and_numbers_that_are_none_are_left_out() -> None:
    boxes = np.array([[0, 0, 5, 5], [1, 1, 1, 9], [np.nan, 0, 1, 1], [0, 0, np.inf, 1]], np.float32)
    found = Candidates(boxes, np.array([0.5, 0.5, 0.5, 0.5], np.float32), np.arange(4))
    assert list(sound(found).classes) == [0]


def test_corners_are_half_a_side_from_the_centre() -> None:
    assert corners(np.array([[10, 20, 4, 6]], np.float32)).tolist() == [[8, 17, 12, 23]]


def test_units_are_told_by_the_largest_box() -> None:
    assert units_of(np.array([[0, 0, 1.1, 1]], np.float32)) == "unit"
    assert units_of(np.array([[0, 0, 3, 1]], np.float32)) == "pixels"
    assert units_of(np.zeros((3, 4), np.float32)) == "auto"
