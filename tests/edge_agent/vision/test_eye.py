"""From frames to words: what one camera says of a drawn street."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from edge_agent.config.devices.camera import (
    CameraConfig,
    ClipConfig,
    MaskConfig,
    PresetConfig,
    PtzConfig,
    ViewConfig,
    ZoneConfig,
)
from edge_agent.vision.boxes import WHOLE, Box
from edge_agent.vision.eye import Eye
from edge_agent.vision.frames import Frame, Image, decoded
from edge_agent.vision.looking import Models, find
from edge_agent.vision.tracks import Numbers
from edge_agent.vision.view_state import ViewWatch
from edge_agent.vision.words import Heard, Looked, Opened, Seen, View
from tests.edge_agent.vision.street import HIGH, WIDE, Colours, grey, street

SECOND = 1_000_000_000
STEP = SECOND // 5
BAG: Box = (0.4, 0.7, 0.5, 0.85)
PERSON: Box = (0.7, 0.4, 0.78, 0.8)
PAVEMENT = ZoneConfig("pavement", ((0.0, 0.6), (1.0, 0.6), (1.0, 1.0), (0.0, 1.0)))
CONFIG = CameraConfig(
    id="cam-1",
    source="folder:x",
    zones=(PAVEMENT,),
    look_every_s=20.0,
    clip=ClipConfig(before_s=4.0, after_s=0.0),
)
Thing = tuple[str, Box]


class Watchman:
    """An eye with a clock that goes on by a fifth of a second for each picture. `late`: the detector
    comes to its job only so many pictures later."""

    def __init__(self, config: CameraConfig = CONFIG, references: Sequence[Image] = ()) -> None:
        self.detector, self.words, self.room = Colours(), list[Heard](), True
        self.eye = Eye(
            config,
            Models(self.detector),
            self._say,
            numbers=Numbers(),
            watch_of=lambda _: ViewWatch(config.view, references),
        )
        self.at_ns, self.count, self.jobs = 0, 0, 0

    def _say(self, word: Heard) -> bool:
        if self.room:
            self.words.append(word)
        return self.room

    def show(self, pictures: int, *things: Thing, every_s: float = 0.2, **how: float) -> None:
        for _ in range(pictures):
            self.count += 1
            self.at_ns += int(every_s * SECOND) - STEP
            self.frame(street(things, seed=self.count, **how))  # type: ignore[arg-type]

    def frame(self, picture: Image) -> None:
        self.at_ns += STEP
        job = self.eye.take(Frame(self.at_ns, pixels=picture))
        if job is not None:
            self.jobs += 1
            job()

    def seen(self) -> list[Seen]:
        return [one for one in self.words if isinstance(one, Seen)]

    def looked(self) -> list[Looked]:
        return [one for one in self.words if isinstance(one, Looked)]


def test_the_first_word_is_how_large_the_upright_picture_is_and_what_looks_at_it() -> None:
    man = Watchman(replace(CONFIG, rotate=90))
    man.show(1)
    assert man.words[0] == Opened(
        camera="cam-1", width=HIGH, height=WIDE, model=("colours", "00" * 32)
    )


def test_a_quiet_street_costs_no_looks_but_the_timed_ones() -> None:
    man = Watchman()
    man.show(60, every_s=1.0)
    assert man.jobs == 1 + 1 + 2  # at once, when it was calm, and each twenty seconds
    assert man.eye.quiet == 60 - man.jobs
    assert all(one.full for one in man.seen())


def test_what_moves_is_looked_at_in_its_part_of_the_picture_only() -> None:
    man = Watchman()
    man.show(20)
    man.detector.asked.clear()
    man.show(10, ("bag", BAG))
    sizes = {(high, wide) for high, wide, _ in man.detector.asked}
    assert (HIGH // 2, WIDE // 2) in sizes
    things = man.seen()[-1].things
    assert [(one.label, one.zones) for one in things] == [("bag", ("pavement",))]
    assert things[0].box == pytest.approx(BAG, abs=0.01)


def test_a_standing_thing_is_told_once_and_again_when_it_is_gone() -> None:
    man = Watchman()
    man.show(20)
    man.show(20, ("bag", BAG))
    man.show(20, ("bag", BAG), every_s=2.0)
    man.show(30, every_s=3.0)
    new = {thing.track for one in man.seen() for thing in one.things}
    gone = [thing.track for one in man.seen() for thing in one.gone]
    assert new == {1}
    assert gone == [1]


def test_headlights_do_not_make_it_new() -> None:
    man = Watchman()
    man.show(20, ("bag", BAG))
    for _ in range(3):
        man.show(10, ("bag", BAG), light=1.8)
        man.show(20, ("bag", BAG))
    assert {thing.track for one in man.seen() for thing in one.things} == {1}
    assert [thing for one in man.seen() for thing in one.gone] == []


def test_pictures_of_what_is_new_cover_persons_wherever_they_stand() -> None:
    """This one is neither asked for nor in the part of the picture that was looked at."""
    by_the_wall: Box = (0.02, 0.05, 0.1, 0.4)
    man = Watchman(replace(CONFIG, labels=("bag",)))
    man.show(40, ("person", by_the_wall))
    man.words.clear()
    man.show(10, ("person", by_the_wall), ("bag", BAG))
    (picture,) = [one.picture for one in man.seen() if one.picture is not None]
    original, masked = decoded(picture.original, 1), decoded(picture.masked, 1)
    assert original is not None
    assert masked is not None
    edge = (slice(int(0.1 * HIGH), int(0.35 * HIGH)), slice(int(0.085 * WIDE), int(0.115 * WIDE)))
    changed = np.abs(original[edge].astype(int) - masked[edge].astype(int)).mean()
    assert changed > 20
    far = (slice(int(0.9 * HIGH), HIGH), slice(int(0.8 * WIDE), WIDE))
    assert np.abs(original[far].astype(int) - masked[far].astype(int)).mean() < 5


def test_what_the_edge_of_a_part_cuts_is_left_to_a_look_that_sees_all_of_it() -> None:
    picture = street([("bag", (0.45, 0.7, 0.55, 0.85)), ("bin", (0.6, 0.5, 0.7, 0.7))], noise=0)
    found = find(Colours(), picture, (0.5, 0.25, 1.0, 0.95))
    assert [one.label for one in found] == ["bin"]
    assert found[0].box == pytest.approx((0.6, 0.5, 0.7, 0.7), abs=0.01)
    assert len(find(Colours(), picture, WHOLE)) == 2
    assert len(find(Colours(), picture, (0.0, 0.25, 0.56, 0.95))) == 1


def test_what_found_no_room_is_told_with_the_next_word() -> None:
    man = Watchman()
    man.show(20)
    man.room = False
    man.show(5, ("bag", BAG))
    man.room = True
    man.show(5, ("bag", BAG))
    assert [one.track for one in man.seen()[-1].things] == [1]


def test_a_look_that_was_asked_for_takes_three_fresh_frames_and_says_only_what_is_there_now() -> (
    None
):
    man = Watchman()
    man.show(100, ("bag", BAG))
    man.eye.ask("look-1", None, man.at_ns)
    man.show(3, ("person", PERSON))
    answer = man.looked()[0]
    assert (answer.look, answer.done) == ("look-1", True)
    assert [one.label for one in answer.things] == ["person"]
    assert answer.picture is not None
    assert man.detector.asked[-1][:2] == (HIGH, WIDE)


def test_a_look_at_a_part_of_the_picture_leaves_out_what_lies_elsewhere() -> None:
    left = PresetConfig("left", box=(0.0, 0.0, 0.6, 1.0), labels=("bag",))
    man = Watchman(replace(CONFIG, presets=(left,)))
    man.show(20)
    man.eye.ask("look-1", "left", man.at_ns)
    man.show(3, ("bag", BAG), ("person", PERSON), ("bin", (0.1, 0.6, 0.2, 0.9)))
    assert [one.label for one in man.looked()[0].things] == ["bag"]


@pytest.mark.parametrize(
    ("picture", "light", "reason"), [(90, 1.0, "covered"), (2, 1.0, "covered"), (2, 0.3, "dark")]
)
def test_a_look_through_a_covered_or_dark_camera_says_that_it_could_not_look(
    picture: int, light: float, reason: str
) -> None:
    man = Watchman(references=[grey(noise=0)])
    man.show(20, light=light)
    man.eye.ask("look-1", None, man.at_ns)
    man.frame(np.full((HIGH, WIDE, 3), picture, np.uint8))
    assert [(one.done, one.reason) for one in man.looked()] == [(False, reason)]
    views = [one.state for one in man.words if isinstance(one, View)]
    assert views[-1] == reason


def test_a_look_that_gets_no_frame_is_answered_in_time() -> None:
    man = Watchman()
    man.show(2)
    man.eye.ask("look-1", None, man.at_ns)
    man.eye.tick(man.at_ns + 5 * SECOND)
    assert man.looked() == []
    man.eye.tick(man.at_ns + 12 * SECOND)
    assert [(one.done, one.reason) for one in man.looked()] == [(False, "no picture")]
    man.eye.ask("look-2", None, man.at_ns)
    man.eye.end(man.at_ns, "unreachable")
    assert [(one.look, one.reason) for one in man.looked()[1:]] == [("look-2", "unreachable")]


def test_a_camera_that_was_turned_has_no_zones_until_it_is_turned_back() -> None:
    man = Watchman(references=[grey(noise=0)])
    man.show(40, ("bag", BAG))
    assert man.seen()[-1].things[0].zones == ("pavement",)
    man.show(30, ("bag", BAG), every_s=1.0, shift=120)
    assert [one.state for one in man.words if isinstance(one, View)] == ["good", "turned"]
    man.show(20, ("bag", BAG), ("bin", (0.1, 0.7, 0.2, 0.9)), shift=120)
    assert all(thing.zones == () for thing in man.seen()[-1].things)
    man.show(30, ("bag", BAG), every_s=1.0)
    assert [one.state for one in man.words if isinstance(one, View)] == ["good", "turned", "good"]
    man.show(10, ("bag", BAG), ("person", PERSON))
    assert {thing.zones for thing in man.seen()[-1].things} == {("pavement",)}


def test_masks_and_the_border_of_a_fisheye_hide_no_turn_and_no_lamp() -> None:
    sky = MaskConfig("sky", ((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5)))
    for more in ({"masks": (sky,)}, {"circle": (0.5, 0.28, 0.26)}):
        man = Watchman(replace(CONFIG, zones=(), **more))
        man.show(40)
        looks = len(man.detector.asked)
        man.show(1, light=1.5)
        assert len(man.detector.asked) == looks
        man.show(30, every_s=1.0, shift=120)
        states = [one.state for one in man.words if isinstance(one, View)]
        assert states == ["good", "turned"]


def test_positions_of_a_head_are_kept_apart_and_nothing_is_judged_on_the_way() -> None:
    presets = (PresetConfig("home", token="1"), PresetConfig("shops", token="2"))
    ptz = PtzConfig(url="http://10.0.0.7/onvif", home="home")
    shops = ZoneConfig("shop-front", PAVEMENT.points, preset="shops")
    man = Watchman(replace(CONFIG, presets=presets, ptz=ptz, zones=(PAVEMENT, shops)))
    man.show(20, ("bag", BAG))
    assert man.seen()[-1].preset == "home"
    man.eye.ask("too early", "shops", man.at_ns)
    assert [(one.done, one.reason) for one in man.looked()] == [(False, "elsewhere")]
    man.eye.stand("shops", moving=True)
    before = man.jobs
    man.show(5, shift=70)
    assert man.jobs == before
    man.eye.stand("shops", moving=False)
    man.eye.ask("look-1", "shops", man.at_ns)
    man.show(4, ("bin", (0.1, 0.7, 0.2, 0.9)), shift=200)
    answer = man.looked()[-1]
    assert [(one.label, one.track, one.zones) for one in answer.things] == [
        ("bin", 2, ("shop-front",))
    ]
    man.eye.stand("home", moving=False)
    man.show(40, ("bag", BAG))
    assert [(one.label, one.track) for one in man.seen()[-1].things] == [("bag", 1)]


def test_on_a_patrol_car_every_frame_is_looked_at_and_says_where() -> None:
    man = Watchman(replace(CONFIG, moving=True))
    for step in range(10):
        man.at_ns += STEP
        picture = street(
            [("bag", (0.2 + step * 0.02, 0.7, 0.3 + step * 0.02, 0.85))], shift=step * 12
        )
        job = man.eye.take(Frame(man.at_ns, pixels=picture, place=(113.2, 23.1)))
        assert job is not None
        job()
    assert {(one.lon, one.lat) for one in man.seen()} == {(113.2, 23.1)}
    assert {thing.track for one in man.seen() for thing in one.things} == {1}
    assert not any(isinstance(one, View) for one in man.words)


def test_the_ring_holds_the_last_seconds_as_captured() -> None:
    man = Watchman()
    man.show(60)
    frames = man.eye.ring.between(0, man.at_ns)
    assert len(frames) == 19  # two a second for four seconds and five for the cut, both ends
    assert all(data.startswith(b"\xff\xd8") for _, data in frames)


def test_what_is_no_picture_is_counted_and_nothing_else_happens() -> None:
    man = Watchman()
    assert man.eye.take(Frame(1, jpeg=b"\xff\xd8\xff nonsense")) is None
    assert man.eye.counts().refused == 1
    assert man.words == []


def test_after_a_break_what_stood_there_still_has_its_number() -> None:
    man = Watchman()
    man.show(40, ("bag", BAG))
    man.at_ns += 600 * SECOND
    man.eye.begin_again()
    man.show(20, ("bag", BAG))
    assert {thing.track for one in man.seen() for thing in one.things} == {1}
    assert sum(isinstance(one, Opened) for one in man.words) == 2


def test_the_view_that_a_person_accepts_is_the_reference_and_zones_are_back() -> None:
    man = Watchman(replace(CONFIG, view=ViewConfig(settle_s=1.0)), references=[grey(noise=0)])
    man.show(12, ("bag", BAG), shift=120, every_s=2.0)
    assert man.seen()[-1].things[0].zones == ()
    view = man.eye.view_of(None, man.at_ns)
    assert not isinstance(view, str)
    man.eye.refer(None, view)
    man.show(12, ("bag", BAG), shift=120, every_s=2.0)
    assert [one.state for one in man.words if isinstance(one, View)] == ["turned", "good"]
    assert man.seen()[-1].things[0].zones == ("pavement",)
    assert man.eye.learned() == {}  # it was on disk before


def test_a_view_in_which_nothing_can_be_seen_is_not_accepted() -> None:
    man = Watchman(references=[grey(noise=0)])
    assert man.eye.view_of(None, 0) == "no picture"
    for level, reason in ((90, "the view is covered: "), (2, "the view is dark: ")):
        man.frame(np.full((HIGH, WIDE, 3), level, np.uint8))
        assert str(man.eye.view_of(None, man.at_ns)).startswith(reason)
    man.show(5)
    assert man.eye.view_of("elsewhere", man.at_ns) == "it does not stand there"
    assert man.eye.view_of(None, man.at_ns + 60 * SECOND) == "no picture"
    man.eye.stand(None, moving=True)
    assert man.eye.view_of(None, man.at_ns) == "it does not stand there"


def test_a_frozen_view_is_not_accepted() -> None:
    man = Watchman(replace(CONFIG, view=ViewConfig(frozen_s=1.0)), references=[grey(noise=0)])
    man.show(5)
    still = street(noise=0)
    for _ in range(20):
        man.frame(still)
    assert man.eye.view_of(None, man.at_ns) == "the view is frozen"


def test_regions_are_never_smaller_than_what_a_model_was_trained_for() -> None:
    from edge_agent.vision.eye import _region  # noqa: PLC0415

    for box in ((0.0, 0.0, 0.1, 0.1), (0.9, 0.9, 1.0, 1.0), (0.4, 0.4, 0.5, 0.5)):
        x1, y1, x2, y2 = _region([box])
        assert x2 - x1 == pytest.approx(0.5)
        assert y2 - y1 == pytest.approx(0.5)
        assert min(x1, y1) >= -1e-9
        assert max(x2, y2) <= 1.0 + 1e-9
    assert _region([(0.0, 0.0, 0.9, 0.9)]) == WHOLE


def test_what_has_just_gone_from_a_zone_is_looked_for_in_every_picture_and_told_at_once() -> None:
    """It came for a second and went: the picture is again what it was, and nothing moves."""
    man = Watchman()
    man.show(20)
    man.show(6, ("bag", BAG))
    told, jobs = len(man.seen()), man.jobs
    man.show(4)
    assert man.jobs == jobs + 4
    assert [one.things[0].missed for one in man.seen()[told:]] == [1, 2, 3, 4]
    man.show(20)
    assert [one.track for word in man.seen() for one in word.gone] == [1]
    jobs = man.jobs
    man.show(10)
    assert man.jobs == jobs


@pytest.mark.parametrize(
    ("input_size", "shown"), [((320, 320), (HIGH, WIDE)), ((WIDE + 1, 320), (2 * HIGH, 2 * WIDE))]
)
def test_a_whole_picture_is_shown_at_half_its_size_to_a_detector_that_needs_no_more(
    input_size: tuple[int, int], shown: tuple[int, int]
) -> None:
    man = Watchman(replace(CONFIG, look_every_s=0.1))
    man.detector.input_size = input_size
    large = cv2.resize(street([("bag", BAG)], noise=0), (2 * WIDE, 2 * HIGH))
    for _ in range(3):
        man.frame(np.asarray(large, np.uint8))
    assert {one[:2] for one in man.detector.asked} == {shown}
    seen = next(one for one in man.seen() if one.things)
    assert seen.things[0].box == pytest.approx(BAG, abs=0.01)
    assert seen.picture is not None
    masked = decoded(seen.picture.masked, cv2.IMREAD_COLOR)
    assert masked is not None
    assert masked.shape[:2] == (2 * HIGH, 2 * WIDE)
