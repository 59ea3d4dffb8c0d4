"""Two glances at a picture: where things are, and how far is believed what one of them alone saw."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.vision.boxes import Box, Found
from edge_agent.vision.eye import Eye
from edge_agent.vision.frames import Frame, Image
from edge_agent.vision.glances import agreed, glances
from edge_agent.vision.looking import Models
from edge_agent.vision.tracks import Numbers
from edge_agent.vision.view_state import ViewWatch
from edge_agent.vision.words import Heard, Seen
from tests.edge_agent.vision.street import HIGH, WIDE, Colours, street

BAG: Box = (0.1, 0.7, 0.2, 0.85)
PERSON: Box = (0.7, 0.4, 0.78, 0.8)
CONFIG = CameraConfig(id="cam-1", source="folder:x")
SECOND = 1_000_000_000


class OneEyed(Colours):
    """Sees nothing in the left half of what it is shown, and of persons is not sure."""

    def find(self, image: Image) -> list[Found]:
        seen = [one for one in super().find(image) if one.box[0] >= 0.5]
        return [replace(one, score=0.3) if one.label == "person" else one for one in seen]


def eye(config: CameraConfig, detector: Colours, words: list[Heard]) -> Eye:
    def say(word: Heard) -> bool:
        words.append(word)
        return True

    return Eye(
        config, Models(detector), say, numbers=Numbers(), watch_of=lambda _: ViewWatch(config.view)
    )  # fmt: skip


def shown(config: CameraConfig, detector: Colours, pictures: int = 4) -> list[Seen]:
    """A street with a bag and a person, each picture due for a full look."""
    words = list[Heard]()
    watching = eye(config, detector, words)
    for number in range(pictures):
        picture = street((("bag", BAG), ("person", PERSON)), seed=number)
        job = watching.take(Frame(number * 25 * SECOND, pixels=picture))
        assert job is not None
        job()
    return [one for one in words if isinstance(one, Seen)]


def test_the_second_glance_is_at_the_mirror_image_and_its_boxes_are_turned_back() -> None:
    picture = street((("bag", BAG), ("person", PERSON)), noise=0.0)
    as_it_is, mirrored = glances(Colours(), picture, 2)
    assert [one.label for one in as_it_is] == [one.label for one in mirrored] == ["bag", "person"]
    for one, other in zip(as_it_is, mirrored, strict=True):
        assert other.box == pytest.approx(one.box, abs=2 / WIDE)
    assert as_it_is[0].box == pytest.approx(BAG, abs=2 / HIGH)


def test_what_one_glance_alone_saw_is_half_believed() -> None:
    picture = street((("bag", BAG),), noise=0.0)
    assert agreed(glances(OneEyed(), picture, 1)) == []
    (found,) = agreed(glances(OneEyed(), picture, 2))
    assert (found.label, found.score) == ("bag", pytest.approx(0.45))
    assert found.box == pytest.approx(BAG, abs=2 / HIGH)


def test_what_both_saw_has_the_mean_and_each_is_taken_once() -> None:
    first = [Found("bag", 0.8, (0.1, 0.1, 0.3, 0.3)), Found("bag", 0.6, (0.12, 0.1, 0.32, 0.3))]
    second = [Found("bag", 0.4, (0.1, 0.1, 0.3, 0.32)), Found("bin", 0.9, (0.1, 0.1, 0.3, 0.3))]
    assert agreed([first, second]) == [
        Found("bag", pytest.approx(0.6), pytest.approx((0.1, 0.1, 0.3, 0.31))),
        Found("bin", 0.45, (0.1, 0.1, 0.3, 0.3)),
        Found("bag", 0.3, (0.12, 0.1, 0.32, 0.3)),
    ]


@given(st.data())
def test_glances_that_agree_change_nothing_and_their_order_does_not_matter(
    data: st.DataObject,
) -> None:
    """Of things that lie apart, so that no two of them can be taken for each other."""
    places = data.draw(st.lists(st.integers(0, 9), unique=True, max_size=6))
    scores = st.floats(0.1, 1.0)
    first = [Found("bag", data.draw(scores), (at / 10, 0.2, at / 10 + 0.08, 0.3)) for at in places]
    second = [replace(one, score=data.draw(scores)) for one in first if data.draw(st.booleans())]
    for one, same in zip(agreed([first, first]), _by_score(first), strict=True):
        assert (one.label, one.score) == (same.label, pytest.approx(same.score))
        assert one.box == pytest.approx(same.box)
    assert _marks(agreed([first, second])) == _marks(agreed([second, first]))


def _by_score(found: list[Found]) -> list[Found]:
    return sorted(found, key=lambda one: -one.score)


def _marks(found: list[Found]) -> list[tuple[float, float]]:
    return sorted((round(one.box[0], 6), round(one.score, 6)) for one in found)


@pytest.mark.parametrize(
    ("config", "times"),
    [
        (CONFIG, 2),
        (replace(CONFIG, glances=1), 1),
        (replace(CONFIG, moving=True), 1),
    ],
)
def test_a_full_look_glances_twice_a_car_that_only_looks_fully_once(
    config: CameraConfig, times: int
) -> None:
    detector = Colours()
    shown(replace(config, bystanders="none"), detector, pictures=3)
    assert detector.asked == [(HIGH, WIDE, 3)] * 3 * times


def test_what_one_glance_alone_is_sure_of_becomes_no_thing() -> None:
    picture_both = shown(CONFIG, Colours())
    assert {one.label for one in picture_both[-1].things} == {"bag", "person"}
    assert [word.things for word in shown(CONFIG, OneEyed()) if word.things] == []


def test_a_person_that_one_glance_suspects_is_covered_all_the_same() -> None:
    """Half of 0.3 is less than what is covered; what a glance saw of a passer-by counts whole."""
    config = replace(CONFIG, labels=("bag",))
    uncovered = masked(replace(config, bystanders="none"))
    assert masked(config) == masked(replace(config, glances=1)) != uncovered


def masked(config: CameraConfig) -> bytes:
    pictures = [one.picture for one in shown(config, SurelyBags()) if one.picture is not None]
    return pictures[0].masked


class SurelyBags(OneEyed):
    """Sees bags everywhere."""

    def find(self, image: Image) -> list[Found]:
        bags = [one for one in Colours.find(self, image) if one.label == "bag"]
        return [*bags, *(one for one in super().find(image) if one.label == "person")]
