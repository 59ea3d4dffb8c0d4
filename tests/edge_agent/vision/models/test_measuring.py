from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.vision.findings import Detection
from edge_agent.vision.models.evaluating import distance
from edge_agent.vision.models.measuring import (
    LabelledBox,
    average_precisions,
    confusion,
    mean_ap,
    wilson,
)

HERE, THERE = (0.0, 0.0, 10.0, 10.0), (50.0, 50.0, 60.0, 60.0)


def test_the_wilson_interval_is_the_published_one() -> None:
    # Newcombe 1998, Statistics in Medicine 17, 857-872, table I: method 3, without correction.
    for right, number, expected in (
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ):
        assert wilson(right, number) == pytest.approx(expected, abs=5e-5)


@given(st.integers(1, 500), st.data())
def test_the_interval_holds_the_share_and_stays_within_0_and_1(
    number: int, data: st.DataObject
) -> None:
    right = data.draw(st.integers(0, number))
    low, high = wilson(right, number)
    assert 0 <= low <= right / number + 1e-9
    assert right / number - 1e-9 <= high <= 1


def test_nothing_counted_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_matrix_has_what_it_is_in_rows() -> None:
    pairs = [("a", "a"), ("a", "b"), ("b", "b"), ("x", "a")]
    assert confusion(pairs, ["a", "b"]).tolist() == [[1, 1], [0, 1]]


def test_average_precision_of_a_curve_worked_out_by_hand() -> None:
    """Right, wrong, right over two boxes: precision 1, 1/2, 2/3 at recall 1/2, 1/2, 1; so
    1/2 x 1 + 1/2 x 2/3."""
    found = [
        [Detection("a", 0.9, HERE), Detection("a", 0.8, THERE)],
        [Detection("a", 0.7, HERE)],
    ]
    truth = [[LabelledBox("a", HERE)], [LabelledBox("a", HERE)]]
    (result,) = average_precisions(found, truth, ["a"], 0.75)
    assert result.ap == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert (result.precision.right, result.precision.number) == (1, 2)
    assert (result.recall.right, result.recall.number) == (1, 2)


def test_a_box_is_found_once() -> None:
    found = [[Detection("a", 0.9, HERE), Detection("a", 0.8, HERE)]]
    (result,) = average_precisions(found, [[LabelledBox("a", HERE)]], ["a"], 0.1)
    assert result.ap == 1.0
    assert (result.precision.right, result.precision.number) == (1, 2)


def test_a_class_without_boxes_counts_in_no_mean() -> None:
    results = average_precisions(
        [[Detection("b", 0.9, HERE)]], [[LabelledBox("a", THERE)]], ["a", "b"], 0.1
    )
    assert [one.ap for one in results] == [0.0, None]
    assert mean_ap(results) == 0.0
    assert mean_ap([]) is None


@given(st.text("ab", max_size=8), st.text("ab", max_size=8))
def test_the_distance_of_two_texts_is_the_same_both_ways(one: str, other: str) -> None:
    found = distance(one, other)
    assert found == distance(other, one)
    assert (found == 0) == (one == other)
    assert abs(len(one) - len(other)) <= found <= max(len(one), len(other))
