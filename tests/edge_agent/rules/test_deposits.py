"""A bag is carried to the bins: when it is known to be in one, and when only believed to be."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.readings import SeenThing
from edge_agent.rules.deposits import step as deposits
from edge_agent.rules.deposits.words import classes_of, waste_of
from tests.edge_agent.rules.carrying import (
    ELSEWHERE,
    HANGING,
    IN_HAND,
    LIMITS,
    STEP_S,
    Stage,
    bag,
    brought,
    person,
)


def test_a_bag_that_its_standing_bearer_no_longer_has_went_in_with_the_third_look() -> None:
    stage = Stage()
    brought(stage, "green")
    told = [stage.show(person(1.0 + n * STEP_S), bag("green", unseen=n)) for n in range(1, 6)]
    assert [len(one) for one in told] == [0, 0, 1, 0, 0]
    (fact,) = stage.facts
    assert (fact.way, fact.bin, fact.bearer) == ("into", "green", 1)
    assert fact.waste is not None
    assert fact.waste.stream == "food"
    stage.show(person(3.0), gone=[bag("green", unseen=10)])
    assert len(stage.facts) == 1


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([], id="nobody is there"),
        pytest.param([person(0.1)], id="its bearer has moved since"),
        pytest.param(
            [person(5.0, track=9, box=(0.7, 0.3, 0.8, 0.9))], id="somebody else stands there"
        ),
        pytest.param([replace(person(), unseen_s=1.0)], id="its bearer is not seen either"),
    ],
)
def test_without_its_bearer_standing_there_the_camera_must_give_it_up_first(
    others: list[SeenThing],
) -> None:
    stage = Stage()
    brought(stage, "green")
    for n in range(1, 10):
        assert stage.show(*others, bag("green", unseen=n)) == []


def test_what_may_be_on_the_other_side_of_a_bearer_who_walks_on_is_no_deposit() -> None:
    stage = Stage()
    brought(stage, "green")
    on = person(0.1, box=(0.60, 0.3, 0.70, 0.9))
    stage.show(on, gone=[bag("green", still_s=0.2, unseen=10)])
    assert stage.facts == []
    still = Stage()
    brought(still, "green")
    still.show(on, gone=[bag("green", still_s=0.6, unseen=10)])
    assert still.ways() == [("late into", "green")]
    other = Stage()
    brought(other, "green")
    other.show(gone=[bag("green", unseen=10)])  # nobody is there any more
    assert other.ways() == [("late into", "green")]


def test_a_bag_that_is_seen_again_had_not_gone_in_and_may_go_in_later() -> None:
    stage = Stage()
    brought(stage, "green")
    for n in range(1, 4):
        stage.show(person(), bag("green", unseen=n))
    stage.show(person(), bag("green"))
    for n in range(1, 4):
        stage.show(person(), bag("green", unseen=n))
    assert stage.ways() == [("into", "green"), ("back", "green"), ("into", "green")]


def test_who_stands_before_a_bin_with_the_bag_hidden_by_the_body_has_lifted_it_in() -> None:
    """Hidden, so no look could have seen it: it takes `lift_s`, and is believed all the same."""
    stage = Stage()
    brought(stage, "at-grey", "ground", box=HANGING)  # type: ignore[arg-type]
    hidden = [bag("at-grey", "ground", box=HANGING, unseen=n, missed=0) for n in range(1, 6)]
    assert [len(stage.show(person(), one)) for one in hidden] == [0, 0, 0, 0, 1]
    assert stage.ways() == [("into", "grey")]


def test_a_bag_that_lies_before_a_bin_and_is_not_seen_for_a_while_did_not_go_in() -> None:
    stage = Stage()
    brought(stage, "at-grey", "ground", box=HANGING)  # type: ignore[arg-type]
    stage.show(person(), bag("at-grey", "ground", box=HANGING, age_s=9.0, still_s=4.0))
    for n in range(1, 10):
        stage.show(
            person(), bag("at-grey", "ground", box=HANGING, age_s=9.0, still_s=4.0, unseen=n)
        )
    assert stage.ways() == [("beside", None)]


def test_one_who_puts_a_bag_down_and_goes_has_left_it_there() -> None:
    stage = Stage()
    brought(stage, "ground", box=HANGING)  # type: ignore[arg-type]
    assert stage.show(person(1.0), bag("ground", box=HANGING, still_s=1.0)) == []
    away = person(0.0, box=(0.05, 0.3, 0.15, 0.9))
    (fact,) = stage.show(away, bag("ground", box=HANGING, still_s=1.2))
    assert (fact.way, fact.late, fact.bearer) == ("beside", False, 1)
    assert stage.show(away, bag("ground", box=HANGING, still_s=9.0)) == []


@pytest.mark.parametrize(
    ("age_s", "still_s"),
    [(9.0, 8.0), (61.0, 5.0)],
    ids=["known only when nobody stands there", "in view for longer than one who brings it"],
)
def test_a_bag_that_nobody_has_just_put_down_lies_there_and_no_more_is_said(
    age_s: float, still_s: float
) -> None:
    stage = Stage()
    stage.show(bag("ground", box=HANGING, age_s=age_s, still_s=still_s))
    stage.show(bag("ground", box=HANGING, age_s=age_s + 1, still_s=still_s + 1))
    (fact,) = stage.facts
    assert (fact.way, fact.late, fact.box) == ("beside", True, HANGING)


def test_what_has_never_moved_was_not_put_down_even_if_somebody_has_just_lost_a_bag() -> None:
    """The bearer's bag is lost in the hand; what is then found on the ground has lain there all the time."""
    stage = Stage()
    brought(stage, "ground", box=HANGING)  # type: ignore[arg-type]
    stage.show(person(0.6), bag("ground", box=HANGING, unseen=1))
    for age_s in (0.2, 2.0, 5.0):
        old = bag("ground", track=3, box=(0.44, 0.78, 0.50, 0.90), age_s=age_s, still_s=age_s)
        stage.show(person(0.6 + age_s), old)
    assert stage.ways() == []


@pytest.mark.parametrize(("unseen", "late"), [(5, False), (11, True)])
def test_what_went_in_two_seconds_ago_is_counted_and_nobody_is_told_any_more(
    unseen: int, late: bool
) -> None:
    stage = Stage()
    stage.show(bag("ground", age_s=0.4))
    stage.show(bag("green"))
    (fact,) = stage.show(gone=(bag("green", still_s=1.0, unseen=unseen),))
    assert (fact.way, fact.bin, fact.late) == ("into", "green", late)


def test_a_bag_that_is_hardly_seen_any_more_is_told_of_when_it_is_seen_again() -> None:
    stage = Stage()
    brought(stage, "ground", box=HANGING)  # type: ignore[arg-type]
    lies = bag("ground", box=HANGING, age_s=9.0, still_s=4.0)
    assert stage.show(replace(lies, score=0.45)) == []
    (fact,) = stage.show(lies)
    assert (fact.way, fact.late, fact.box) == ("beside", False, HANGING)


def test_what_is_jostled_where_it_lies_is_not_put_down_again_but_what_is_picked_up_is() -> None:
    stage = Stage()
    brought(stage, "ground", box=HANGING)  # type: ignore[arg-type]
    stage.show(bag("ground", box=HANGING, age_s=9.0, still_s=4.0))
    nudged = (0.495, 0.66, 0.545, 0.78)
    stage.show(bag("ground", box=nudged, still_s=0.0))
    stage.show(bag("ground", box=nudged, age_s=9.0, still_s=4.0))
    assert stage.ways() == [("beside", None)]
    stage.show(person(), bag("ground", box=IN_HAND, still_s=0.0))
    stage.show(bag("ground", box=HANGING, age_s=9.0, still_s=4.0))
    assert stage.ways() == [("beside", None)]  # put back where it lay
    stage.show(person(), bag("ground", box=IN_HAND, still_s=0.0))
    stage.show(bag("ground", box=ELSEWHERE, age_s=9.0, still_s=4.0))
    assert stage.ways() == [("beside", None)] * 2
    assert stage.facts[1].lay


@pytest.mark.parametrize(
    ("still_s", "ways"),
    [(0.4, [("into", "green")]), (1.6, [])],
    ids=["who has just come brought it", "who stood there took it out"],
)
def test_a_bag_first_seen_at_a_bin_came_with_whoever_has_just_come(
    still_s: float, ways: list[tuple[str, str]]
) -> None:
    stage = Stage()
    stage.show(person(still_s), bag("green", age_s=0.2))
    stage.show(person(still_s + STEP_S), bag("green", age_s=0.4))
    for n in range(1, 4):
        stage.show(person(still_s + 1 + n * STEP_S), bag("green", age_s=1.0, unseen=n))
    assert stage.ways() == ways


def test_a_bag_that_a_new_track_goes_on_with_is_one_bag_with_one_past() -> None:
    """Raised so fast that the tracker took it for another."""
    stage = Stage()
    brought(stage, "at-green", "ground", box=HANGING)  # type: ignore[arg-type]
    lost = [bag("at-green", "ground", box=HANGING, unseen=n) for n in range(1, 9)]
    raised = [bag("green", track=3, age_s=0.2 * n, label="bag_residual") for n in range(1, 4)]
    stage.show(person(), lost[0])
    for before, now in zip(lost[1:], raised, strict=False):
        assert stage.show(person(), before, now) == []
    for n in range(1, 4):
        stage.show(person(), lost[3 + n], replace(raised[-1], unseen_s=n * STEP_S, missed=n))
    (fact,) = stage.facts
    assert (fact.way, fact.bin, fact.track, fact.origin) == ("into", "green", 3, ())
    assert fact.waste is not None
    assert fact.waste.stream == "food"  # seen for three seconds; the new track only for half of one


def test_a_new_track_at_once_where_a_bag_was_thought_to_be_in_takes_it_back() -> None:
    stage = Stage()
    brought(stage, "green")
    for n in range(1, 4):
        stage.show(person(), bag("green", unseen=n))
    stage.show(person(), bag("green", unseen=4), bag("green", track=3, age_s=0.2))
    assert stage.ways() == [("into", "green"), ("back", "green")]
    late = Stage()
    brought(late, "green")
    for n in range(1, 4):
        late.show(person(), bag("green", unseen=n))
    late.show(person(), bag("green", unseen=8), bag("green", track=3, age_s=0.2))  # a second bag
    assert late.ways() == [("into", "green")]


def test_what_the_detector_mostly_doubted_was_no_bag_and_one_poor_look_makes_none_of_one() -> None:
    def went(*scores: float) -> list[tuple[str, str | None]]:
        stage = Stage()
        for score in scores:
            stage.show(person(0.0), replace(bag("ground", age_s=0.4), latest=score))
        stage.show(person(0.6), replace(bag("green", "at-green"), latest=scores[-1]))
        for unseen in range(1, 8):
            stage.show(person(), bag("green", "at-green", unseen=unseen))
        stage.show(person(), gone=[bag("green", "at-green", unseen=8)])
        return stage.ways()

    assert went(0.6, 0.3, 0.3, 0.4) == []
    assert went(0.7, 0.6, 0.3, 0.6) == [("into", "green")]


def test_a_label_that_the_looks_do_not_agree_on_is_unknown() -> None:
    assert waste_of(classes_of(bag(share=0.9)), LIMITS) is not None
    assert waste_of(classes_of(bag(share=0.5)), LIMITS) is None


# -- laws

ZONES = st.sampled_from([(), ("ground",), ("green",), ("grey",), ("at-grey", "ground")])
LOOKS = st.lists(
    st.tuples(
        st.lists(
            st.tuples(st.integers(2, 5), ZONES, st.integers(0, 6), st.booleans()),
            max_size=4,
            unique_by=lambda row: row[0],
        ),
        st.sampled_from([0.0, 0.6, 5.0]),
    ),
    max_size=40,
)


def scene(row: tuple[list[tuple[int, tuple[str, ...], int, bool]], float]) -> list[SeenThing]:
    bags, still_s = row
    return [
        person(still_s),
        *(
            bag(*zones, track=track, unseen=unseen, missed=unseen if plain else 0)
            for track, zones, unseen, plain in bags
        ),
    ]


@settings(max_examples=60, deadline=None)
@given(LOOKS, st.randoms(use_true_random=False))
def test_a_bag_goes_in_and_comes_back_in_turn_and_the_order_of_things_does_not_matter(
    looks: list[tuple[list[tuple[int, tuple[str, ...], int, bool]], float]], chance: Random
) -> None:
    straight, shuffled = Stage(), Stage()
    for row in looks:
        things = scene(row)
        straight.show(*things)
        chance.shuffle(things)
        shuffled.show(*things)
    assert straight.facts == shuffled.facts
    for track in range(2, 6):
        turns = [
            one for one in straight.facts if one.track == track and one.way in {"into", "back"}
        ]
        assert all(one.way == ("into", "back")[n % 2] for n, one in enumerate(turns))
        assert all(a.bin == b.bin for a, b in pairwise(turns) if b.way == "back")
        assert not any(one.bin in one.origin for one in turns)


def test_many_bags_are_forgotten_the_oldest_first() -> None:
    stage = Stage()
    for n in range(0, 1200, 6):
        stage.show(*(bag(track=n + k, box=(0.1, 0.1, 0.2, 0.2)) for k in range(2, 8)))
    assert len(stage.bags) <= deposits.MOST_CARRIED
    assert max(stage.bags) == 1201
