"""The arithmetic of the cards: intervals, confusion matrices, average precision."""

from __future__ import annotations

import numpy as np
import pytest

from models.training.detections import (
    Boxes,
    average_precision,
    found_in,
    mean_average_precision,
)
from models.training.measure import confusion, wilson


def test_wilsons_interval_is_that_of_the_textbook() -> None:
    # Newcombe, "Two-sided confidence intervals for the single proportion", Stat. Med. 17 (1998),
    # table I, method 3: 81 of 263 gives 0.2553 to 0.3662; 0 of 20 gives 0 to 0.1611.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)


def test_rows_of_a_confusion_matrix_are_the_truth() -> None:
    assert confusion([0, 0, 1], [0, 1, 1], 2).tolist() == [[1, 1], [0, 1]]


def boxes(*rows: tuple[float, float, float, float, int, float]) -> Boxes:
    table = np.array(rows, np.float32).reshape(-1, 6)
    return Boxes(table[:, :4], table[:, 4].astype(np.int64), table[:, 5])


THERE = boxes((0, 0, 10, 10, 0, 1), (20, 20, 30, 30, 0, 1))


def test_finding_all_and_nothing_else_is_one() -> None:
    assert average_precision([THERE], [THERE], 0) == (1.0, 2)


def test_a_thing_found_twice_is_right_once() -> None:
    twice = boxes((0, 0, 10, 10, 0, 0.9), (0, 0, 10, 11, 0, 0.8), (20, 20, 30, 30, 0, 0.7))
    found, count = average_precision([twice], [THERE], 0)
    assert (found, count) == (pytest.approx(0.5 * 1 + 0.5 * 2 / 3), 2)


def test_a_false_alarm_below_all_right_ones_costs_nothing() -> None:
    more = boxes((0, 0, 10, 10, 0, 0.9), (20, 20, 30, 30, 0, 0.8), (50, 50, 60, 60, 0, 0.1))
    assert average_precision([more], [THERE], 0)[0] == pytest.approx(1.0)


def test_half_an_overlap_is_needed() -> None:
    beside = boxes((6, 0, 16, 10, 0, 0.9))
    assert average_precision([beside], [THERE], 0)[0] == 0.0


def test_the_mean_is_over_the_classes_that_occur() -> None:
    mean, each = mean_average_precision([THERE], [THERE], 3)
    assert mean == 1.0
    assert [count for _, count in each] == [2, 0, 0]


def test_an_answer_in_shares_of_the_sides_becomes_boxes_in_pixels_without_doubles() -> None:
    answer = np.zeros((6, 3), np.float32)
    answer[:4, 0] = answer[:4, 1] = [0.5, 0.5, 0.2, 0.4]
    answer[:4, 2] = [0.1, 0.1, 0.1, 0.1]
    answer[4, :2] = [0.9, 0.8]
    answer[5, 2] = 0.7
    found = found_in(answer, (100, 200))
    assert found.kinds.tolist() == [0, 1]
    np.testing.assert_allclose(found.corners, [[80, 30, 120, 70], [10, 5, 30, 15]], atol=1e-3)
