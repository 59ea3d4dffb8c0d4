"""One thing, one number: under noise, crossings, occlusions, and looks that saw only a part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.readings import SeenThing
from edge_agent.vision.boxes import Box, Found, within
from edge_agent.vision.tracks import Changes, Numbers, Tracker, TrackLimits
from edge_agent.vision.zones import Line, Zone

SECOND = 1_000_000_000
STEP_S = 0.2
BAG: Box = (0.4, 0.6, 0.5, 0.8)
GROUND = Zone("ground", ((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)))
Script = Callable[[int], Box | None]


class Walk:
    """A tracker with a clock that goes on by STEP_S for each look."""

    def __init__(self, zones: Sequence[Zone] = (), lines: Sequence[Line] = ()) -> None:
        self.tracker = Tracker(TrackLimits(), Numbers(), zones, lines)
        self.at_ns = 0
        self.told: list[Changes] = []

    def look(
        self, *found: Found, region: Box = (0.0, 0.0, 1.0, 1.0), after_s: float = STEP_S
    ) -> Changes:
        self.at_ns += int(after_s * SECOND)
        self.told.append(self.tracker.look(self.at_ns, found, region))
        return self.told[-1]

    def gone(self) -> list[SeenThing]:
        return [one for changes in self.told for one in changes.gone]

    def new(self) -> list[int]:
        return [number for changes in self.told for number in changes.new]


def bag(box: Box = BAG, score: float = 0.9, label: str = "bag") -> Found:
    return Found(label, score, box)


def trembling(box: Box, chance: Random, by: float = 0.004) -> Box:
    x1, y1, x2, y2 = (part + chance.uniform(-by, by) for part in box)
    return within((x1, y1, x2, y2))


def at(x: float, y: float, size: float = 0.08) -> Box:
    return x, y, x + size, y + 2 * size


def test_one_look_is_not_enough_for_a_number() -> None:
    walk = Walk()
    assert walk.look(bag()).things == ()
    assert [one.track for one in walk.look(bag()).things] == [1]


def test_what_stands_still_says_for_how_long() -> None:
    walk = Walk([GROUND])
    for _ in range(50):
        changes = walk.look(bag())
    thing = changes.things[0]
    assert (thing.age_s, thing.still_s) == (49 * STEP_S, 49 * STEP_S)
    assert thing.zones == ("ground",)
    assert thing.dwell_s == (49 * STEP_S,)


def test_what_creeps_does_not_stand_still() -> None:
    walk = Walk()
    for step in range(100):
        changes = walk.look(bag(at(0.1 + 0.004 * step, 0.5)))
    assert changes.things[0].track == 1
    assert changes.things[0].still_s < 2.0


def test_a_standing_thing_outlasts_looks_that_do_not_see_it_and_keeps_its_number() -> None:
    """A cloud, headlights, a detector's bad moment: the parked van is not new afterwards."""
    walk = Walk()
    for _ in range(60):
        walk.look(bag())
    for _ in range(50):
        walk.look()  # ten seconds
    changes = walk.look(bag())
    assert [one.track for one in changes.things] == [1]
    assert walk.new() == [1]
    assert walk.gone() == []


def test_a_standing_thing_that_was_taken_away_is_gone_in_the_end() -> None:
    walk = Walk()
    for _ in range(60):
        walk.look(bag())
    for _ in range(80):
        walk.look()
    assert [(one.track, one.label) for one in walk.gone()] == [(1, "bag")]
    assert walk.tracker.things(walk.at_ns) == ()


def test_one_look_after_a_long_time_is_not_enough_to_give_up_what_stood() -> None:
    walk = Walk()
    for _ in range(60):
        walk.look(bag())
    assert walk.look(after_s=300).doubted
    walk.look(after_s=20)
    assert walk.gone() == []
    walk.look(after_s=20)
    assert [one.track for one in walk.gone()] == [1]


def test_what_is_hidden_behind_another_thing_is_not_missed() -> None:
    walk = Walk()
    van: Box = (0.3, 0.4, 0.7, 0.95)
    for _ in range(60):
        walk.look(bag())
    for _ in range(600):  # two minutes
        walk.look(Found("van", 0.9, van))
    for _ in range(3):
        changes = walk.look(bag())
    assert {one.label: one.track for one in changes.things}["bag"] == 1
    assert "bag" not in {one.label for one in walk.gone()}


def test_what_was_seen_before_its_bearer_all_the_time_is_not_hidden_by_them() -> None:
    """The bag went into the bin; its bearer's box still covers the place."""
    walk = Walk()
    bearer = Found("person", 0.9, (0.3, 0.3, 0.55, 0.95))
    for _ in range(10):
        walk.look(bearer, bag())
    missed = [
        one.missed for _ in range(3) for one in walk.look(bearer).things if one.label == "bag"
    ]
    assert missed == [1, 2, 3]
    for _ in range(8):
        walk.look(bearer)
    assert [one.label for one in walk.gone()] == ["bag"]


def test_what_goes_behind_another_thing_step_by_step_is_hidden_by_it() -> None:
    walk = Walk()
    for step in range(12):
        front = Found("van", 0.9, (0.9 - 0.04 * step, 0.3, 1.0, 0.95))
        walk.look(front, bag())
    for _ in range(20):
        changes = walk.look(Found("van", 0.9, (0.3, 0.3, 1.0, 0.95)))
    assert {one.label: one.missed for one in changes.things} == {"bag": 0, "van": 0}


def test_what_was_in_a_zone_and_is_not_seen_asks_for_another_look_until_it_is_lost() -> None:
    walk = Walk([GROUND])
    for _ in range(5):
        walk.look(bag(), bag(at(0.1, 0.1)))
    assert not walk.told[-1].missing
    assert len(walk.told[-1].watched) == 1  # it has come lately; the other one is in no zone
    looks = [walk.look() for _ in range(12)]
    assert all(one.missing and len(one.watched) == 1 for one in looks[:9])
    assert (looks[-1].missing, looks[-1].watched) == (False, ())


def test_what_stands_in_a_zone_is_watched_no_longer() -> None:
    walk = Walk([GROUND])
    watched = [walk.look(bag()).watched for _ in range(20)]
    assert [len(boxes) for boxes in watched] == [0, *[1] * 9, *[0] * 10]


def test_how_far_the_looks_agree_on_a_label_is_told() -> None:
    walk = Walk()
    for label in ("bag", "bag", "box", "bag"):
        changes = walk.look(bag(label=label))
    (thing,) = changes.things
    assert (thing.label, thing.label_share) == ("bag", pytest.approx(0.75, abs=0.01))


def test_what_came_to_the_place_of_another_thing_is_soon_called_by_its_own_name() -> None:
    """A bike stood there for minutes; the heap that took its place is no bike for as long."""
    tracker, labels, still = Tracker(TrackLimits(), Numbers()), list[str](), 0.0
    for second in range(0, 300, 20):
        label = "bike" if second < 200 else "heap"
        (*_, thing) = tracker.look(second * 10**9, [bag(label=label)]).things or (None,)
        labels.append("" if thing is None else thing.label)
        still = 0.0 if thing is None else thing.still_s
    assert labels[1:11] == ["bike"] * 9 + ["bike"]
    assert labels[12:] == ["heap"] * 3
    assert still <= 80.0  # it has not stood there as long as the bike had


@pytest.mark.parametrize(("stood_s", "same"), [(20.0, True), (40.0, False)])
def test_what_stood_for_long_is_not_found_again_beside_its_place(
    stood_s: float, *, same: bool
) -> None:
    """One heap is cleared between two looks, another dumped next to where it was."""
    walk = Walk()
    heap, other = bag(at(0.40, 0.5)), bag(at(0.49, 0.5))
    for _ in range(int(stood_s / 5.0) + 1):
        walk.look(heap, after_s=5.0)
    walk.look(other, after_s=20.0)
    changes = walk.look(other, after_s=5.0)
    numbers = {one.track for one in changes.things if one.unseen_s == 0}
    assert numbers == ({1} if same else {2})


def test_a_look_at_another_part_of_the_picture_says_nothing_about_it() -> None:
    walk = Walk()
    for _ in range(60):
        walk.look(bag())
    for _ in range(600):
        walk.look(region=(0.5, 0.0, 1.0, 0.5))
    assert walk.gone() == []
    assert walk.look(bag()).things[0].track == 1


def test_a_doubtful_detection_follows_a_track_and_begins_none() -> None:
    walk = Walk()
    for _ in range(10):
        walk.look(bag(score=0.3))
    assert walk.new() == []
    for _ in range(3):
        walk.look(bag())
    for _ in range(40):
        walk.look(bag(score=0.3))
    assert walk.new() == [1]
    assert walk.gone() == []


def test_a_label_is_what_most_looks_say() -> None:
    walk = Walk()
    for label in ("bag", "bag", "bin", "bag", "bag"):
        changes = walk.look(bag(label=label))
    assert [(one.track, one.label) for one in changes.things] == [(1, "bag")]


def test_lines_are_told_once_with_the_look_that_saw_the_crossing() -> None:
    walk = Walk(lines=[Line("gate", (0.5, 1.0), (0.5, 0.0))])
    for step in range(40):
        walk.look(bag(at(0.2 + 0.015 * step, 0.5)))
    assert [one.crossed for told in walk.told for one in told.things if one.crossed] == [
        ("gate:out",)
    ]


def test_zones_of_another_view_are_left_and_entered_again() -> None:
    walk = Walk([GROUND])
    for _ in range(3):
        walk.look(bag())
    walk.tracker.leave_zones()
    assert walk.look(bag()).things[0].zones == ()
    walk.tracker.leave_zones([GROUND])
    assert walk.look(bag()).entered == (1,)


def test_what_a_classifier_said_of_a_thing_is_averaged_and_kept() -> None:
    walk = Walk()
    for _ in range(3):
        walk.look(bag())
    assert walk.tracker.unclassified(("bag",), 5) == [(1, walk.told[-1].things[0].box)]
    assert walk.tracker.unclassified(("person",), 5) == []
    walk.tracker.classify(1, [("paper", 0.8), ("glass", 0.2)])
    walk.tracker.classify(1, [("glass", 0.4), ("paper", 0.6)])
    classes = dict(walk.look(bag()).things[0].classes)
    assert {name: round(score, 3) for name, score in classes.items()} == {
        "paper": 0.7,
        "glass": 0.3,
    }


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    speed=st.floats(0.005, 0.03),
    apart=st.floats(0.0, 0.2),
    lost=st.integers(0, 3),
)
def test_two_that_cross_keep_their_numbers(
    seed: int, speed: float, apart: float, lost: int
) -> None:
    """They walk towards each other; around the meeting the farther one is not seen for `lost` looks."""
    chance, walk = Random(seed), Walk()
    steps = int(0.8 / speed)
    meeting = steps // 2
    for step in range(steps):
        right = trembling(at(0.05 + speed * step, 0.4 + apart), chance)
        left = trembling(at(0.87 - speed * step, 0.4), chance)
        hidden = abs(step - meeting) * 2 < lost
        found = [bag(right, label="person")] + ([] if hidden else [bag(left, label="cart")])
        chance.shuffle(found)
        changes = walk.look(*found)
    assert {one.label: one.track for one in changes.things} == dict(
        sorted({one.label: one.track for one in walk.told[2].things}.items())
    )
    assert len(walk.new()) == 2


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    places=st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 2)), min_size=1, max_size=6, unique=True
    ),
    sight=st.floats(0.6, 1.0),
)
def test_things_that_stand_have_one_number_each_however_badly_they_are_seen(
    seed: int, places: list[tuple[int, int]], sight: float
) -> None:
    chance, walk = Random(seed), Walk()
    boxes = [at(0.05 + 0.15 * x, 0.1 + 0.28 * y) for x, y in places]
    for look in range(80):
        seen = [box for box in boxes if look < 12 or chance.random() < sight]
        walk.look(*(bag(trembling(box, chance)) for box in seen), after_s=0.5)
    assert walk.gone() == []
    assert len(walk.new()) == len(boxes)


BOXES = st.tuples(st.floats(0.0, 0.9), st.floats(0.0, 0.8), st.floats(0.01, 0.3)).map(
    lambda place: within(at(*place))
)
LOOKS = st.lists(
    st.tuples(
        st.lists(
            st.builds(Found, st.sampled_from(["bag", "bin"]), st.floats(0, 1), BOXES), max_size=5
        ),
        st.sampled_from([0.0, 0.1, 1.0, 30.0, 4000.0]),
        st.sampled_from([(0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 0.5, 0.5)]),
    ),
    max_size=30,
)


@settings(max_examples=80, deadline=None)
@given(LOOKS)
def test_numbers_rise_and_are_never_given_again_whatever_is_seen(
    looks: list[tuple[list[Found], float, Box]],
) -> None:
    walk = Walk([GROUND])
    for found, after_s, region in looks:
        walk.look(*found, region=region, after_s=after_s)
    given_out = walk.new()
    assert all(first < second for first, second in pairwise(given_out))
    over = [one.track for one in walk.gone()]
    assert len(set(over)) == len(over)
    for told in walk.told:
        numbers = [one.track for one in told.things]
        assert len(set(numbers)) == len(numbers)
        assert all(0.0 <= part <= 1.0 for one in told.things for part in one.box)
        assert all(one.still_s <= one.age_s for one in told.things)
