"""Truth and told problems, put side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.scoring.street import (
    NEVER,
    Box,
    Outcome,
    ToldProblem,
    TrueProblem,
    Watching,
    compared,
    overlap,
)

HERE: Box = (0.1, 0.1, 0.3, 0.3)
THERE: Box = (0.6, 0.6, 0.8, 0.8)
NAMES = {"06010": "waste_heap", "09001": "vendor_stall"}
WATCHING = Watching(
    600.0, tuple(float(t) for t in range(0, 600, 20)), 5.0, 20.0, {"06010": 30.0, "09001": 120.0}
)


def true(
    begins: float = 100.0,
    until: float = NEVER,
    box: Box = HERE,
    code: str = "06010",
    name: str = "t1",
) -> TrueProblem:
    """In view from its begin to its end."""
    pictures = [t * 5.0 for t in range(120) if begins <= t * 5.0 < min(until, 600.0)]
    boxes = dict.fromkeys(pictures, box)
    return TrueProblem(name, NAMES[code], code, begins, until, boxes, len(boxes))


def told(
    opened: float = 140.0,
    ended: float | None = None,
    box: Box = HERE,
    code: str = "06010",
    name: str = "p1",
) -> ToldProblem:
    return ToldProblem(name, code, opened, box, ended)


def outcome(truths: list[TrueProblem], problems: list[ToldProblem]) -> Outcome:
    return compared(truths, problems, WATCHING, lambda code: NAMES[code])


def test_what_stood_where_it_was_told_is_found_and_its_wait_is_known() -> None:
    out = outcome([true()], [told()])
    assert (out.counted.total(), out.found["waste_heap"], out.right["waste_heap"]) == (1, 1, 1)
    assert out.delays_s == [40.0]
    assert (out.missed.total(), out.false.total(), out.words) == (0, 0, [])


def test_what_nobody_told_is_missed_in_words_too() -> None:
    out = outcome([true(until=300.0)], [])
    assert out.missed["waste_heap"] == 1
    assert out.words == ["waste_heap t1 from 100 s to 300 s missed"]


@pytest.mark.parametrize(
    ("until", "counts"),
    [(165.0, False), (170.0, True)],  # 30 s and two looks of 20 s are 14 pictures
)
def test_what_stood_too_shortly_counts_for_nothing_unless_it_is_told(
    until: float, counts: bool
) -> None:
    silent, heard = outcome([true(until=until)], []), outcome([true(until=until)], [told()])
    assert silent.missed.total() == counts
    assert (heard.counted.total(), heard.found.total()) == (counts, counts)
    assert (heard.short.total(), heard.right.total(), heard.false.total()) == (not counts, 1, 0)


def test_what_the_camera_could_not_see_does_not_count() -> None:
    hidden = true()
    hidden.clear = 10
    assert outcome([hidden], []).counted.total() == 0
    assert outcome([hidden], [told()]).short.total() == 1


def test_a_second_problem_of_one_thing_is_a_duplicate() -> None:
    out = outcome([true()], [told(), told(300.0, name="p2")])
    assert (out.found.total(), out.twice["waste_heap"], out.false.total()) == (1, 1, 0)
    assert out.words == ["waste_heap t1 told again at 300 s"]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(told(box=THERE), id="elsewhere"),
        pytest.param(told(90.0), id="before it came"),
        pytest.param(told(230.0), id="long after it went"),
    ],
)
def test_what_is_told_of_another_place_or_time_is_false(wrong: ToldProblem) -> None:
    out = outcome([true(until=200.0)], [wrong])
    assert (out.false["waste_heap"], out.missed["waste_heap"]) == (1, 1)
    assert out.confused.total() == 0
    assert "nothing was there" in out.words[0]


def test_one_look_after_the_end_it_may_still_be_opened() -> None:
    assert outcome([true(until=200.0)], [told(219.0)]).found.total() == 1


def test_another_class_at_the_place_is_a_confusion_false_and_missed() -> None:
    out = outcome([true()], [told(code="09001")])
    assert out.confused == {("waste_heap", "vendor_stall"): 1}
    assert (out.false["vendor_stall"], out.missed["waste_heap"]) == (1, 1)


def test_of_two_neighbours_each_is_found_by_what_lies_upon_it() -> None:
    beside: Box = (0.28, 0.1, 0.48, 0.3)
    truths = [true(), true(110.0, box=beside, name="t2")]
    out = outcome(truths, [told(150.0, box=beside), told(160.0, name="p2")])
    assert (out.found.total(), out.twice.total()) == (2, 0)
    assert out.delays_s == [60.0, 40.0]


def test_heaps_that_touch_are_one_and_the_other_was_not_missed() -> None:
    touching: Box = (0.3, 0.1, 0.5, 0.3)
    truths = [true(), true(110.0, box=touching, name="t2")]
    one_heap = replace(WATCHING, gap={"06010": 0.1})
    out = compared(truths, [told()], one_heap, NAMES.__getitem__)
    assert (out.counted.total(), out.found.total()) == (1, 1)
    assert (out.joined["waste_heap"], out.missed.total()) == (1, 0)
    assert compared(truths, [], one_heap, NAMES.__getitem__).missed.total() == 2
    both = [told(), told(150.0, box=touching, name="p2")]
    out = compared(truths, both, one_heap, NAMES.__getitem__)
    assert (out.counted.total(), out.found.total(), out.joined.total()) == (2, 2, 0)
    apart = compared(truths, [told()], WATCHING, NAMES.__getitem__)
    assert (apart.missed.total(), apart.joined.total()) == (1, 0)


def test_one_that_follows_its_like_within_a_look_is_the_same() -> None:
    truths = [true(until=300.0), true(310.0, name="t2")]
    out = outcome(truths, [told()])
    assert (out.counted.total(), out.found.total(), out.missed.total()) == (1, 1, 0)
    assert outcome([true(until=300.0), true(330.0, name="t2")], [told()]).missed.total() == 1
    elsewhere = [true(until=300.0), true(310.0, box=THERE, name="t2")]
    assert outcome(elsewhere, [told()]).missed.total() == 1


def test_where_places_tell_nothing_each_told_one_finds_another() -> None:
    out = outcome([true(), true(name="t2")], [told(), told(name="p2")])
    assert (out.found.total(), out.twice.total()) == (2, 0)


def test_ends_are_counted_in_timed_looks() -> None:
    out = outcome([true(until=305.0)], [told(ended=345.0)])
    assert (out.end_looks, out.end_s) == ([2], [40.0])  # at 320 and 340 s
    assert (out.not_ended, out.ended_early) == (0, 0)


def test_an_end_that_never_came_is_told_once_three_looks_could_have() -> None:
    assert outcome([true(until=300.0)], [told()]).not_ended == 1
    assert outcome([true(until=550.0)], [told()]).not_ended == 0
    assert outcome([true()], [told()]).not_ended == 0


def test_an_end_while_it_stands_is_early() -> None:
    out = outcome([true(until=400.0)], [told(ended=250.0)])
    assert (out.ended_early, out.end_looks) == (1, [])


def test_runs_are_added() -> None:
    whole = outcome([true(until=300.0)], [told(ended=330.0)])
    whole.add(outcome([true()], [told(code="09001")]))
    assert (whole.counted.total(), whole.found.total(), whole.missed.total()) == (2, 1, 1)
    assert (whole.end_looks, whole.confused.total(), len(whole.words)) == ([1], 1, 2)


SIDES = st.floats(0.0, 0.8, allow_nan=False)
BOXES = st.tuples(SIDES, SIDES).map(lambda at: (at[0], at[1], at[0] + 0.2, at[1] + 0.2))
TRUTHS = st.lists(
    st.builds(
        true,
        begins=st.floats(0, 500),
        until=st.sampled_from([NEVER, 550.0]),
        box=BOXES,
        code=st.sampled_from(sorted(NAMES)),
    ),
    max_size=5,
)
TOLD = st.lists(
    st.builds(told, opened=st.floats(0, 600), box=BOXES, code=st.sampled_from(sorted(NAMES))),
    max_size=5,
)


@given(TRUTHS, TOLD)
def test_everything_told_and_everything_true_is_counted_once(
    truths: list[TrueProblem], problems: list[ToldProblem]
) -> None:
    for number, one in enumerate(truths):
        one.id = f"t{number}"
    for number, one in enumerate(problems):
        one.id = f"p{number}"
    before = [(one.until, len(one.boxes)) for one in truths]
    out = outcome(truths, problems)
    assert [(one.until, len(one.boxes)) for one in truths] == before
    assert out.right.total() + out.twice.total() + out.false.total() == len(problems)
    assert out.found.total() + out.missed.total() == out.counted.total()
    assert out.found.total() + out.short.total() == out.right.total()
    assert not out.joined
    assert out.counted.total() <= len(truths)


@given(BOXES, BOXES)
def test_an_overlap_is_mutual_and_whole_with_itself(a: Box, b: Box) -> None:
    assert overlap(a, b) == pytest.approx(overlap(b, a))
    assert 0.0 <= overlap(a, b) <= 1.0 + 1e-9
    assert overlap(a, a) == pytest.approx(1.0)
