from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edile.attendance.scoring import Share, nearest_rank, score, wilson
from tests.edile.attendance.score_rows import events_of, shift, told, truth_of


def test_confusion_recall_and_precision_of_a_day_counted_by_hand() -> None:
    result = score(
        truth_of(
            shift("1", "present"),
            shift("2", "present"),
            shift("3", "present"),
            shift("4", "late"),
            shift("5", "late"),
            shift("6", "absent", minutes_inside=0),
            shift("7", "left-early", knowable=False),
        ),
        events_of(
            told("1", "present"),
            told("2", "present"),
            told("3", "late"),
            told("4", "late"),
            told("5", "unknown"),
            told("6", "absent", 0),
            told("7", "present"),
        ),
    )
    assert result.confusion == {
        "present": {"present": 2, "late": 1},
        "late": {"late": 1, "unknown": 1},
        "left-early": {"present": 1},
        "absent": {"absent": 1},
    }
    assert "left-early" not in result.knowable
    assert result.recall == {
        "present": Share(2, 3),
        "late": Share(1, 2),
        "left-early": Share(0, 0),
        "absent": Share(1, 1),
    }
    assert result.precision["present"] == Share(2, 2)  # what is not knowable blames nobody
    assert result.precision["late"] == Share(1, 2)
    assert result.unknown_working == Share(1, 7)
    assert result.wrong_absent == Share(0, 7)
    assert result.wrong == ("3: present (), told late", "5: late (), told unknown")


def test_a_wrong_absent_is_counted_over_all_shifts_knowable_or_not() -> None:
    result = score(
        truth_of(
            shift("1", "present", knowable=False), shift("2", "absent"), shift("3", "unknown")
        ),
        events_of(told("1", "absent"), told("2", "absent"), told("3", "absent")),
    )
    assert result.wrong_absent == Share(2, 3)
    assert result.card()["wrong_absent_per_10000"] == pytest.approx(6_666.667)


def test_unknown_is_held_against_a_badge_that_worked_only() -> None:
    result = score(
        truth_of(
            shift("1", "present"),
            shift("2", "present", working=False),
            shift("3", "unknown"),  # nobody could say: it rode all day
        ),
        events_of(*(told(name, "unknown") for name in "123")),
    )
    assert result.unknown_working == Share(1, 1)


def test_a_later_revision_replaces_the_earlier_in_whatever_order_they_come() -> None:
    truth = truth_of(shift("1", "present"))
    first, second = told("1", "unknown"), told("1", "present", revision=1)
    for order in ((first, second), (second, first)):
        result = score(truth, events_of(*order))
        assert result.confusion == {"present": {"present": 1}}
        assert result.revised == 1


def test_a_shift_without_a_verdict_is_missing_and_one_that_nobody_planned_is_told() -> None:
    result = score(
        truth_of(shift("1", "present"), shift("2", "late")),
        events_of(told("1", "present"), told("9", "present")),
    )
    assert (result.missing, result.unplanned) == (1, 1)
    assert result.confusion["late"] == {"missing": 1}
    assert result.recall["late"] == Share(0, 1)


def test_the_error_in_minutes_leaves_out_unknown_and_what_is_not_knowable() -> None:
    names = [str(n) for n in range(1, 21)]
    rows = [shift(name, "present") for name in names]
    verdicts = [told(name, "present", 400 + int(name)) for name in names]
    result = score(
        truth_of(*rows, shift("21", "present"), shift("22", "present", knowable=False)),
        events_of(*verdicts, told("21", "unknown", 0), told("22", "present", 0)),
    )
    minutes = result.minutes
    assert (minutes.n, minutes.median, minutes.p95, minutes.most) == (20, 10, 19, 20)
    assert minutes.mean == 10.5


def test_a_day_without_anything_is_no_error_and_claims_nothing() -> None:
    result = score(truth_of(), events_of())
    assert result.recall["present"].value is None
    assert result.recall["present"].interval == (0, 1)
    assert result.minutes.median is None


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        # R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
        # Medicine 17 (1998), table I, method 3 (score without continuity correction).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_is_the_published_one(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits, n) == pytest.approx((low, high), abs=6e-5)


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_the_share_lies_in_its_interval(n: int, part: float) -> None:
    hits = round(n * part)
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n + 1e-12
    assert hits / n - 1e-12 <= high <= 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200), st.floats(0.01, 1))
def test_a_nearest_rank_is_one_of_the_values_with_so_many_not_above(
    values: list[float], share: float
) -> None:
    found = nearest_rank(values, share)
    assert found in values
    assert found is not None
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9


def test_the_card_has_an_n_beside_every_share() -> None:
    card = score(truth_of(shift("1", "present")), events_of(told("1", "present"))).card()
    for name in ("unknown_with_working_badge", "wrong_absent", "crews_accused"):
        assert set(card[name]) == {"value", "n", "hits", "low", "high"}  # type: ignore[call-overload]
    assert card["minutes_error"]["n"] == 1  # type: ignore[index]
