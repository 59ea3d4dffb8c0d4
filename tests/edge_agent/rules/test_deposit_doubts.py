"""What is not told of a bag, because what was seen may mean something else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.edge_agent.rules.carrying import (
    HANGING,
    IN_HAND,
    LIMITS,
    STANDS,
    STEP_S,
    Stage,
    bag,
    brought,
    person,
)

AT_GREY = (0.70, 0.30, 0.80, 0.90)
IN_THE_OTHER_HAND = (0.38, 0.66, 0.43, 0.78)


def test_who_has_walked_on_to_the_next_bin_put_nothing_into_this_one() -> None:
    """They stand, and have not had it for long enough; but their arms do not reach back there."""
    stage = Stage()
    brought(stage, "at-green", "ground", box=HANGING)  # type: ignore[arg-type]
    stage.show(person(0.0), bag("at-green", "ground", box=HANGING, still_s=0.0))
    on = [person(0.2 * n, box=AT_GREY) for n in range(12)]
    for n in range(1, 10):
        stage.show(on[n], bag("at-green", "ground", box=HANGING, still_s=0.0, unseen=n))
    stage.show(on[10], gone=[bag("at-green", "ground", box=HANGING, still_s=0.0, unseen=10)])
    assert stage.facts == []


def test_at_the_opening_too_it_must_be_within_the_reach_of_its_bearer() -> None:
    stage = Stage()
    brought(stage, "green")
    for n in range(1, 10):
        stage.show(person(5.0, box=AT_GREY), bag("green", unseen=n))
    assert stage.facts == []


def test_looks_that_were_doubted_do_not_change_what_clear_ones_took_it_for() -> None:
    """Before the dark mouth of a bin a bag has many colours, none of them surely."""
    stage = Stage()
    clear = replace(bag("at-green", "ground", box=HANGING), score=0.75)
    for n in range(1, 6):
        stage.show(person(0.2 * n), replace(clear, age_s=n * STEP_S))
    doubted = replace(bag("green", track=3, label="bag_residual"), score=0.55)
    lost = [replace(clear, unseen_s=n * STEP_S, missed=n) for n in range(14)]
    for n in range(1, 10):
        stage.show(person(), lost[n], replace(doubted, age_s=n * STEP_S))
    for n in range(1, 4):
        unseen = replace(doubted, age_s=2.0 + n * STEP_S, unseen_s=n * STEP_S, missed=n)
        stage.show(person(), lost[9 + n], unseen)
    (fact,) = stage.facts
    assert (fact.way, fact.bin, fact.track) == ("into", "green", 3)
    assert fact.waste is not None
    assert fact.waste.stream == "food"


def test_two_colours_that_were_seen_as_clearly_are_unknown() -> None:
    stage = Stage()
    first = replace(bag("at-green", "ground", box=HANGING), score=0.75)
    for n in range(1, 6):
        stage.show(person(0.2 * n), replace(first, age_s=n * STEP_S))
    second = replace(bag("green", track=3, label="bag_residual"), score=0.75)
    lost = [replace(first, unseen_s=n * STEP_S, missed=n) for n in range(10)]
    for n in range(1, 6):
        stage.show(person(), lost[n], replace(second, age_s=n * STEP_S))
    for n in range(1, 4):
        unseen = replace(second, age_s=1.0 + n * STEP_S, unseen_s=n * STEP_S, missed=n)
        stage.show(person(), lost[5 + n], unseen)
    (fact,) = stage.facts
    assert (fact.way, fact.waste) == ("into", None)


def test_a_new_track_has_been_without_no_looks_of_its_own_yet() -> None:
    """Else the looks that the lost one was not in would count as looks without this one."""
    stage = Stage()
    brought(stage, "at-green", "ground", box=HANGING)  # type: ignore[arg-type]
    lost = [bag("at-green", "ground", box=HANGING, unseen=n) for n in range(1, 12)]
    for n in range(4):
        stage.show(person(0.0), lost[n])
    stage.show(person(0.0), lost[4], bag("at-green", track=3, age_s=0.2))
    assert stage.bags[3].blank == 0


def test_of_two_that_begin_in_one_look_only_one_goes_on_with_the_lost_bag() -> None:
    """The bag at the opening, and a skirt that looks a little like one."""
    stage = Stage()
    stage.show(person(0.0), bag("at-green", "ground", age_s=0.4, box=HANGING))
    stage.show(person(0.6), bag("at-green", "ground", age_s=0.6, box=HANGING))
    lost = [bag("at-green", "ground", box=HANGING, unseen=n) for n in range(8)]
    raised = bag("green", track=3, age_s=0.2)
    skirt = bag("ground", track=4, box=IN_THE_OTHER_HAND, age_s=0.2)
    stage.show(person(1.0), lost[2], raised, skirt)
    for n in range(1, 4):
        gone = replace(raised, age_s=0.2 + n * STEP_S, unseen_s=n * STEP_S, missed=n)
        stage.show(person(1.0 + n * STEP_S), lost[2 + n], gone, replace(skirt, age_s=1.0))
    assert [(one.way, one.bin, one.track) for one in stage.facts] == [("into", "green", 3)]


@pytest.mark.parametrize(("looks", "way"), [(1, "late beside"), (2, "late beside"), (3, "beside")])
def test_what_lies_where_its_bearer_has_just_put_a_bag_in_is_news_only_if_both_were_seen(
    looks: int, way: str
) -> None:
    """A heap by the bin takes over the track of the bag that went in; but some bring two bags."""
    stage = Stage()
    other = bag("ground", track=3, box=IN_THE_OTHER_HAND, age_s=0.4)
    one = bag("ground", age_s=0.4)
    stage.show(person(0.0), one)
    for _ in range(looks):
        stage.show(person(0.0), replace(one, box=IN_HAND), other)
    held = replace(other, age_s=2.0)
    for n in range(1, 5):
        stage.show(person(1.0 + n * STEP_S), bag("green", unseen=n), held)
    assert stage.ways() == [("into", "green")]
    stage.show(person(5.0), replace(other, age_s=9.0, still_s=5.0, box=HANGING))
    assert [one for one, _ in stage.ways()] == ["into", way]


@pytest.mark.parametrize("lost", [2, 3])
def test_two_bags_stay_two_when_one_of_them_gets_another_track(lost: int) -> None:
    stage = Stage()
    one, other = bag("ground", age_s=0.4), bag("ground", track=3, box=IN_THE_OTHER_HAND, age_s=0.4)
    for _ in range(3):
        stage.show(person(0.0), one, other)
    kept, was = (other, one) if lost == 2 else (one, other)
    for n in range(1, 3):
        stage.show(person(0.0), replace(was, unseen_s=n * STEP_S, missed=n), kept)
    again = replace(was, track=4, zones=("green",) if lost == 2 else ("ground",))
    stage.show(person(0.0), replace(was, unseen_s=0.6, missed=3), again, kept)
    into, beside = (4, 3) if lost == 2 else (2, 4)
    for n in range(1, 5):
        goes = bag("green", track=into, unseen=n)
        stage.show(person(1.0 + n * STEP_S), goes, replace(other, track=beside, age_s=2.0))
    assert stage.ways() == [("into", "green")]
    lies = replace(other, track=beside, age_s=9.0, still_s=5.0, box=HANGING)
    stage.show(person(5.0), lies)
    assert [(one.way, one.late) for one in stage.facts if one.track == beside] == [
        ("beside", False)
    ]


def test_a_look_that_is_not_sure_does_not_make_a_known_bag_unknown() -> None:
    stage = Stage()
    brought(stage, "green", age_s=1.0)
    for n in range(1, 12):
        doubtful = bag("green", age_s=1.0 + n * STEP_S, share=0.5, label="bag_residual")
        stage.show(person(1.0), doubtful)
    waste = stage.bags[2].waste
    assert waste is not None
    assert waste.stream == "food"


def test_one_reading_of_an_old_track_tells_no_more_than_a_second_of_it() -> None:
    stage = Stage()
    old = bag("ground", age_s=9.0, label="bag_residual")
    stage.show(person(0.0), old)
    for n in range(1, 15):
        new = bag("ground", track=3, age_s=n * STEP_S)
        stage.show(person(0.0), replace(old, unseen_s=n * STEP_S, missed=n), new)
    waste = stage.bags[3].waste
    assert waste is not None
    assert waste.stream == "food"


def lifted(stage: Stage, *, goes_on: list[float]) -> None:
    """A bag that hangs before the green bin is seen no more; at once another track begins, with these scores."""
    clear = replace(bag("at-green", "ground", box=HANGING), score=0.75)
    stage.show(person(0.0), replace(clear, age_s=0.2))
    stage.show(person(0.0), replace(clear, age_s=0.4))
    for n, score in enumerate(goes_on, 1):
        lost = replace(clear, unseen_s=n * STEP_S, missed=0)
        other = bag("at-green", "ground", track=3, age_s=n * STEP_S, box=HANGING)
        stage.show(person(1.0 + n * STEP_S), lost, replace(other, score=score))


def test_a_sleeve_that_is_doubted_by_now_hides_no_deposit() -> None:
    """Taken for the bag that its bearer has lifted in, it stays where it is and would never go anywhere."""
    stage = Stage()
    lifted(stage, goes_on=[0.6, 0.5, 0.45, 0.4, 0.4, 0.4])
    assert [(one.way, one.bin, one.track) for one in stage.facts] == [("into", "green", 2)]
    stage.show(person(4.0), gone=[bag("green", track=3, age_s=4.0, unseen=10)])
    assert len(stage.facts) == 1


def test_what_is_plainly_still_held_has_not_gone_in() -> None:
    stage = Stage()
    lifted(stage, goes_on=[0.6, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7])
    assert stage.facts == []


def test_what_was_doubted_from_the_first_is_not_the_bag_that_was_lost() -> None:
    stage = Stage()
    lifted(stage, goes_on=[0.4, 0.7, 0.7, 0.7, 0.7, 0.7])
    assert stage.ways() == [("into", "green")]


def test_a_doubtful_thing_that_is_seen_again_was_not_the_bag_in_the_hand() -> None:
    stage = Stage()
    clear = replace(bag("at-green", "ground", box=HANGING), score=0.75)
    sleeve = replace(bag("at-green", "ground", track=3, box=HANGING), score=0.4)
    stage.show(person(0.0), clear, sleeve)
    stage.show(person(1.0), clear, replace(sleeve, unseen_s=0.2, missed=1))
    for n in range(1, 7):
        lost = replace(clear, unseen_s=n * STEP_S, missed=n)
        stage.show(person(1.0 + n * STEP_S), lost, replace(sleeve, age_s=2.0))
    assert [(one.way, one.bin, one.track) for one in stage.facts] == [("into", "green", 2)]


def test_what_one_look_saw_is_put_in_nowhere() -> None:
    stage = Stage()
    stage.show(person(0.6), bag("green", age_s=0.2))
    for n in range(1, 8):
        stage.show(person(1.0 + n * STEP_S), bag("green", age_s=0.2, unseen=n))
    stage.show(person(5.0), gone=[bag("green", age_s=0.2, unseen=10)])
    assert stage.facts == []


def test_what_was_seen_together_with_a_bag_that_is_gone_is_forgotten() -> None:
    stage = Stage()
    one, other = bag("ground"), bag("ground", track=3, box=IN_THE_OTHER_HAND)
    stage.show(person(0.0), one, other)
    assert stage.bags[2].both == {3: 1}
    stage.show(person(0.0), one, gone=[other])
    assert stage.bags[2].both == {}


def test_what_lay_there_before_anybody_came_is_remembered_and_never_told_off_for() -> None:
    """It is jostled, or its track taken along by who walks past, and lies where it lay."""
    stage = Stage()
    lies = bag("ground", box=HANGING, age_s=0.8, still_s=0.8)
    stage.show(replace(lies, age_s=0.6, still_s=0.6))
    stage.show(lies)
    assert [(one.way, one.late, one.box) for one in stage.facts] == [("beside", True, HANGING)]
    moved = (HANGING[0] + 0.05, *HANGING[1:2], HANGING[2] + 0.05, HANGING[3])
    for n in range(1, 4):
        stage.show(person(0.0), replace(lies, box=moved, age_s=2.0 + n * STEP_S, still_s=0.0))
    for n in range(1, 30):
        stage.show(replace(lies, age_s=3.0 + n * STEP_S, still_s=n * STEP_S))
    assert len(stage.facts) == 1


def test_what_is_held_still_when_it_is_first_seen_does_not_lie_there() -> None:
    stage = Stage()
    held = bag("at-green", "ground", box=HANGING, age_s=0.2, still_s=0.2)
    for n in range(10):
        stage.show(person(0.4), replace(held, age_s=0.2 + n * STEP_S, still_s=0.2 + n * STEP_S))
    assert stage.facts == []


@pytest.mark.parametrize(("score", "late"), [(0.6, False), (0.45, True)])
def test_what_was_doubted_lately_counts_and_nobody_is_told_off(score: float, *, late: bool) -> None:
    stage = Stage()
    clear = replace(bag("green"), latest=0.8)
    for n in range(3):
        stage.show(person(n * STEP_S), replace(clear, age_s=0.4 + n * STEP_S))
    for n in range(1, 4):
        stage.show(person(1.0 + n * STEP_S), replace(bag("green", unseen=n), score=score))
    (fact,) = stage.facts
    assert (fact.way, fact.late) == ("into", late)


def test_while_a_bag_is_not_seen_it_has_not_moved() -> None:
    """It lay there when it was first seen; the camera misses it for two looks."""
    stage = Stage()
    lies = bag("ground", age_s=5.0, still_s=4.8, box=HANGING)
    stage.show(lies)
    stage.show(replace(lies, age_s=5.4, unseen_s=0.4))
    assert stage.facts == []


def test_somebody_elses_bag_is_in_no_doubt() -> None:
    stage = Stage()
    far = (STANDS[0] + 0.4, *STANDS[1:2], STANDS[2] + 0.4, STANDS[3])
    theirs = replace(bag("ground", track=3, box=(0.89, 0.66, 0.94, 0.78)), age_s=0.4)
    stage.show(person(0.0), bag("ground", age_s=0.4), person(0.0, track=9, box=far), theirs)
    for n in range(5):
        both = person(1.0 + n * STEP_S), person(1.0, track=9, box=far)
        stage.show(*both, bag("green", unseen=n), theirs)
    stage.show(person(5.0, track=9, box=far), replace(theirs, age_s=9.0, still_s=5.0))
    assert [one for one, _ in stage.ways()] == ["into", "beside"]


@pytest.mark.parametrize(("others", "late"), [(1, False), (3, True)])
def test_nobody_is_told_off_for_a_bag_that_is_not_plainly_of_one_stream(
    others: int, *, late: bool
) -> None:
    """Ten looks of food, and one or three of residual."""
    stage = Stage()
    for n in range(1, 11):
        stage.show(person(0.6), bag("green", age_s=n * STEP_S))
    for n in range(11, 11 + others):
        stage.show(person(0.6), bag("green", age_s=n * STEP_S, label="bag_residual"))
    for n in range(1, 4):
        stage.show(person(1.0 + n * STEP_S), bag("green", age_s=3.0, unseen=n))
    (fact,) = stage.facts
    assert (fact.way, fact.late) == ("into", late)
    assert fact.waste is not None
    assert fact.waste.stream == "food"


def test_before_it_is_in_somebody_is_warned_only_of_what_is_plain() -> None:
    stage = Stage(replace(LIMITS, approach_s=0.6))
    stage.show(person(0.0), bag("ground", age_s=0.4, share=0.7))
    stage.show(person(0.6), bag("green", still_s=0.8, age_s=0.6, share=0.7))
    assert stage.ways() == [("towards", "green")]
    other = Stage(replace(LIMITS, approach_s=0.6))
    other.show(person(0.0), bag("ground", age_s=0.6, label="bag_residual"))
    other.show(person(0.6), bag("green", still_s=0.8, age_s=0.8))  # three parts in four
    assert other.bags[2].waste is not None
    assert other.facts == []


@pytest.mark.parametrize(("latest", "late"), [(0.36, False), (0.34, True)])
def test_where_the_last_look_hardly_saw_it_nobody_is_told_off(latest: float, *, late: bool) -> None:
    """A sleeve at the next bin: what was seen well before keeps the mean up."""
    stage = Stage()
    brought(stage, "green")
    for n in range(1, 4):
        gone = replace(bag("green", unseen=n), latest=latest)
        stage.show(person(1.0 + n * STEP_S), gone)
    (fact,) = stage.facts
    assert (fact.way, fact.late) == ("into", late)


def test_whoever_passes_what_lies_there_has_not_taken_it() -> None:
    """Seen badly, it was never put down. The bag in the hand is lost a moment before, and is what comes next."""
    stage = Stage()
    lies = replace(bag("ground", track=3, label="bag_residual", box=HANGING), score=0.4)
    stage.show(replace(lies, age_s=20.0, still_s=10.0))
    stage.show(person(0.0), bag("ground", age_s=0.4), replace(lies, age_s=20.2, still_s=10.2))
    lost, there = bag("ground", age_s=0.4, unseen=3), bag("green", track=4, age_s=0.2)
    stage.show(person(0.0), lost, replace(lies, age_s=20.4, still_s=10.4, unseen_s=0.2))
    stage.show(person(0.0), lost, replace(lies, age_s=20.6, still_s=10.4, unseen_s=0.4), there)
    assert (stage.bags[2].became, stage.bags[3].became) == (4, 0)
    waste = stage.bags[4].waste
    assert waste is not None
    assert waste.stream == "food"


@pytest.mark.parametrize(("score", "late"), [(0.58, True), (0.65, False)])
def test_nobody_is_told_off_for_a_bag_of_which_hardly_anything_was_seen(
    score: float, *, late: bool
) -> None:
    """Two looks, a tenth of a second and a fifth."""
    stage = Stage()
    stage.show(person(0.6), replace(bag("green", age_s=0.1), score=score))
    stage.show(person(0.6), replace(bag("green", age_s=0.3), score=score))
    for n in range(1, 4):
        gone = replace(bag("green", age_s=0.3, unseen=n), score=score)
        stage.show(person(1.0 + n * STEP_S), gone)
    (fact,) = stage.facts
    assert (fact.way, fact.late) == ("into", late)
