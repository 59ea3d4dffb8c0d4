from __future__ import annotations

import pytest

from edile.attendance.scoring import Share, score
from tests.edile.attendance.score_rows import events_of, said, shift, truth_of, wrong

NINE, TEN = "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z"


def counts(kind: str, rows: list[str], told: list[str], scale: float = 1.0) -> tuple[int, ...]:
    """right, wrong, may, repeated, not found."""
    one = score(truth_of(*rows, scale=scale), events_of(*told)).exceptions[kind]
    return one.right, one.wrong, one.may, one.repeated, one.not_found


def test_the_same_kind_the_same_badge_at_about_the_same_time_is_right() -> None:
    rows = [wrong("sos", ["b-1"], NINE)]
    assert counts("sos", rows, [said("sos", ["b-1"], "2026-11-23T09:09:00Z")]) == (1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    "told",
    [said("sos", ["b-2"], NINE), said("sos", ["b-1"], "2026-11-23T09:11:00Z")],
    ids=["another badge", "another time"],
)
def test_another_badge_or_time_is_wrong_and_leaves_the_true_one_unfound(told: str) -> None:
    assert counts("sos", [wrong("sos", ["b-1"], NINE)], [told]) == (0, 1, 0, 0, 1)


def test_another_kind_finds_nothing() -> None:
    result = score(
        truth_of(wrong("sos", ["b-1"], NINE)), events_of(said("low-battery", ["b-1"], NINE))
    )
    assert (result.exceptions["sos"].not_found, result.exceptions["low-battery"].wrong) == (1, 1)


def test_what_may_be_told_is_neither_right_nor_wrong_nor_missed() -> None:
    rows = [wrong("left-area", ["b-1"], NINE, knowable=False)]
    assert counts("left-area", rows, [said("left-area", ["b-1"], NINE)]) == (0, 0, 1, 0, 0)
    assert counts("left-area", rows, []) == (0, 0, 0, 0, 0)


def test_two_problems_about_one_thing_are_one_and_a_repetition() -> None:
    told = [said("sos", ["b-1"], NINE, "p-1"), said("sos", ["b-1"], NINE, "p-2")]
    assert counts("sos", [wrong("sos", ["b-1"], NINE)], told) == (1, 0, 0, 1, 0)


def test_the_phases_of_one_problem_are_one() -> None:
    told = [said("sos", ["b-1"], NINE), said("sos", ["b-1"], TEN, phase="ended")]
    assert counts("sos", [wrong("sos", ["b-1"], NINE)], told) == (1, 0, 0, 0, 0)


def test_a_true_one_that_must_be_told_goes_before_one_that_may() -> None:
    rows = [
        wrong("left-area", ["b-1"], NINE, knowable=False),
        wrong("left-area", ["b-1"], "2026-11-23T09:10:00Z"),
    ]
    assert counts("left-area", rows, [said("left-area", ["b-1"], NINE)]) == (1, 0, 0, 0, 0)


def test_a_scaled_day_has_scaled_tolerances() -> None:
    rows = [wrong("sos", ["b-1"], NINE)]
    late = [said("sos", ["b-1"], "2026-11-23T09:01:00Z")]
    assert counts("sos", rows, late) == (1, 0, 0, 0, 0)
    assert counts("sos", rows, late, scale=60.0) == (0, 1, 0, 0, 1)


SET = wrong("proxy-suspected", ["b-1", "b-2", "b-3"], perhaps=["b-1", "b-2", "b-3", "b-4"])


@pytest.mark.parametrize(
    ("badges", "expected"),
    [
        (["b-1", "b-2", "b-3"], (1, 0, 0, 0, 0)),
        (["b-2", "b-4"], (1, 0, 0, 0, 0)),
        (["b-1"], (0, 1, 0, 0, 1)),  # one of them alone moves as one with nobody
        (["b-1", "b-2", "b-9"], (0, 1, 0, 0, 0)),  # found, but somebody else accused
        (["b-8", "b-9"], (0, 1, 0, 0, 1)),
    ],
)
def test_a_set_is_found_by_two_of_it_and_right_without_others(
    badges: list[str], expected: tuple[int, ...]
) -> None:
    assert counts("proxy-suspected", [SET], [said("proxy-suspected", badges)]) == expected


def test_one_set_told_in_two_pieces_is_one_and_a_repetition() -> None:
    told = [
        said("proxy-suspected", ["b-1", "b-2"], problem="p-1"),
        said("proxy-suspected", ["b-3", "b-4"], problem="p-2"),
    ]
    assert counts("proxy-suspected", [SET], told) == (1, 0, 0, 1, 0)


def test_badges_of_a_found_set_that_nobody_named_are_counted() -> None:
    one = score(truth_of(SET), events_of(said("proxy-suspected", ["b-1", "b-2"]))).exceptions
    assert (one["proxy-suspected"].named, one["proxy-suspected"].to_name) == (2, 3)


def test_an_honest_crew_that_is_accused_is_counted_per_crew_shift() -> None:
    crew = [
        shift(str(n), "present", badge=f"b-{n}", party="crew" if n > 5 else "alone")
        for n in range(1, 11)
    ]
    told = [
        said("proxy-suspected", ["b-1", "b-2", "b-3"], problem="p-1"),
        said("proxy-suspected", ["b-6", "b-7"], problem="p-2"),
        said("proxy-suspected", ["b-2", "b-3", "b-8"], problem="p-3"),
        said("sos", ["b-9"], problem="p-4"),
    ]
    result = score(truth_of(*crew, SET), events_of(*told))
    assert result.crew_accused == Share(2, 5)


def test_a_spot_check_accuses_nobody_and_is_not_scored() -> None:
    result = score(truth_of(), events_of(said("spot-check", ["b-1"])))
    assert "spot-check" not in result.exceptions
