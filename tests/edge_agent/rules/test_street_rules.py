"""Hours of the day, scheduled looks, sorting, and what becomes of bags."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.readings import Moment, SceneReading, SeenThing
from edge_agent.rules import day_hours, look_schedule
from edge_agent.rules.deposits import step as deposits
from edge_agent.rules.deposits.words import (
    Carried,
    DepositLimits,
    Fact,
    Waste,
    classes_of,
    waste_of,
)
from edge_agent.rules.look_schedule import Planned
from edge_agent.rules.sorting import SortingLimits, judge, wrong_share

DAY_NS = 86_400 * 10**9
LIMITS = DepositLimits(
    bags=frozenset({"bag"}),
    bins=frozenset({"a", "b"}),
    ground=frozenset(),
    streams={"paper": "dry", "card": "dry", "peel": "wet"},
)


def clock(hour: float, state: str = "ntp") -> Moment:
    return Moment("boot", 0, 20_000 * DAY_NS + round(hour * 3600e9), state)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hour", "hours", "zone_min", "expected"),
    [
        (10, ((9 * 60, 11 * 60),), 0, True),
        (11, ((9 * 60, 11 * 60),), 0, False),
        (23.5, ((22 * 60, 6 * 60),), 0, True),
        (5.9, ((22 * 60, 6 * 60),), 0, True),
        (6, ((22 * 60, 6 * 60),), 0, False),
        (2, ((9 * 60, 11 * 60),), 480, True),
        (20, ((3 * 60, 5 * 60),), 480, True),
        (3, (), 0, True),
    ],
)
def test_hours_are_of_the_local_day_and_may_go_over_midnight(
    hour: float, hours: day_hours.Hours, zone_min: int, *, expected: bool
) -> None:
    assert day_hours.within(clock(hour), hours, zone_min) is expected


def test_without_a_clock_nobody_can_say_unless_it_is_always() -> None:
    assert day_hours.within(clock(10, "unset"), ((0, 60),), 0) is None
    assert day_hours.within(clock(10, "unset"), (), 0) is True


@given(st.lists(st.sampled_from(["seen", "not", "dark", "no answer", "elsewhere"]), max_size=40))
def test_every_look_has_one_result_and_faults_are_told_in_pairs(results: list[str]) -> None:
    one, told = Planned(), list[str]()
    for n, result in enumerate(results):
        look_schedule.ask(one, f"l{n}", clock(0))
        if result in {"seen", "not"}:
            told += ["back"] if look_schedule.done(one, seen=result == "seen") else []
        else:
            told += ["fault"] if look_schedule.missed(one, result) else []
    assert one.seen + one.not_seen + one.could_not_look == len(results)
    assert one.look is None
    assert told == ["fault", "back"] * (len(told) // 2) + ["fault"] * (len(told) % 2)


@given(st.lists(st.booleans(), max_size=60), st.booleans())
def test_sorting_is_never_bad_and_good_at_once_and_needs_enough_bags(
    recent: list[bool],
    on: bool,
) -> None:
    limits = SortingLimits(0.4, 0.2, 10, 40)
    change = judge(recent, on=on, limits=limits)
    if len(recent) < 10:
        assert change is None
    if change == "began":
        assert not on
        assert wrong_share(recent) >= 0.4
    if change == "ended":
        assert on
        assert wrong_share(recent) <= 0.2


def bag(track: int, *zones: str, age_s: float = 5.0, still_s: float = 0.0) -> SeenThing:
    classes = (("paper", 0.4), ("card", 0.3), ("peel", 0.3))
    return SeenThing(
        "bag", 0.9, (0, 0, 0.1, 0.1), track, age_s, still_s, zones, classes, (1.0,) * len(zones)
    )


def scene(*things: SeenThing, gone: tuple[SeenThing, ...] = ()) -> SceneReading:
    return SceneReading("cam", clock(0), things, gone)


def test_classes_of_one_stream_are_added_up_and_two_streams_are_not() -> None:
    assert waste_of(classes_of(bag(1)), LIMITS) == Waste("paper", "dry")
    unsure = replace(bag(1), classes=(("paper", 0.5), ("peel", 0.45)))
    assert waste_of(classes_of(unsure), LIMITS) is None
    assert waste_of(classes_of(replace(bag(1), classes=())), LIMITS) is None
    by_label = replace(bag(1), label="peel", classes=())
    assert waste_of(classes_of(by_label), LIMITS) == Waste("peel", "wet")


def test_what_a_bag_was_taken_for_on_its_way_holds_when_it_goes_in() -> None:
    """It was dry by seven parts in ten: counted as such, and nobody is told off for it."""
    bags: dict[int, Carried] = {}
    deposits.step(bags, scene(bag(1)), LIMITS)
    last = replace(bag(1, "b"), classes=(("peel", 0.3),))
    assert deposits.step(bags, scene(gone=(last,)), LIMITS) == [
        Fact("into", 1, "b", Waste("paper", "dry"), late=True)
    ]
    assert bags == {}


def test_where_zones_overlap_the_longer_stay_counts() -> None:
    bags: dict[int, Carried] = {}
    deposits.step(bags, scene(bag(1)), LIMITS)
    both = replace(bag(1, "a", "b"), dwell_s=(0.2, 1.5))
    (fact,) = deposits.step(bags, scene(gone=(both,)), LIMITS)
    assert fact.bin == "b"


steps = st.lists(
    st.tuples(
        st.integers(1, 4), st.sampled_from([(), ("a",), ("b",), ("a", "b")]), st.booleans(),
        st.sampled_from([0.0, 5.0]),
    ),
    max_size=30,
)  # fmt: skip


@given(steps, st.randoms(use_true_random=False))
def test_no_bag_goes_into_two_bins_nor_into_the_one_it_came_from(
    script: list[tuple[int, tuple[str, ...], bool, float]],
    chance: Random,
) -> None:
    bags: dict[int, Carried] = {}
    origin: dict[int, tuple[str, ...]] = {}
    for track, zones, over, still_s in script:
        origin.setdefault(track, zones)
        thing = bag(track, *zones, still_s=still_s)
        others = [bag(9, age_s=1), bag(8, "a", age_s=1)]
        chance.shuffle(others)
        reading = scene(*others, gone=(thing,)) if over else scene(thing, *others)
        facts = [one for one in deposits.step(bags, reading, LIMITS) if one.track == track]
        assert len(facts) <= 1
        for fact in facts:
            if fact.way == "into":
                assert over
                assert fact.bin in zones
                assert fact.bin not in origin[track]
        if over:
            origin.pop(track)
