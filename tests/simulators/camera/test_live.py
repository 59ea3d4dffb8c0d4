"""What the camera shows of a world, and what befalls it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from simulators.camera.actors import Mark, Walk
from simulators.camera.live import Frame, LiveCamera
from simulators.camera.mishaps import Mishap, read
from simulators.camera.table import PLACES, WEATHERS
from simulators.camera.world import World
from simulators.scenes.arrays import Bytes
from simulators.scenes.scene import Thing

SIZE = (160, 90)


def world(hour: float = 10.0) -> World:
    """The disposal point with nobody but who is put there, made of few surfaces."""
    scene = PLACES["disposal-point"].scene(1, SIZE, hour, WEATHERS["cloud"])
    return World(replace(scene, edition=-1), 60)


def opened(frame: Frame) -> Bytes:
    assert frame.jpeg is not None
    picture = cv2.imdecode(np.frombuffer(frame.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.astype(np.uint8)


def sharpness(picture: Bytes) -> float:
    return float(cv2.Laplacian(cv2.GaussianBlur(picture, (3, 3), 0), cv2.CV_32F).var())


def test_the_same_world_at_the_same_time_is_the_same_picture() -> None:
    first, second = LiveCamera(world()), LiveCamera(world())
    assert first.frame(1.0).jpeg == second.frame(1.0).jpeg
    assert first.frame(1.2).jpeg != first.frame(1.0).jpeg  # noise is never the same twice


def test_a_person_is_seen_and_labelled_where_the_pinhole_puts_them() -> None:
    there = world()
    walk = Walk(5, [Mark(0.0, -2.0, -2.5)])
    walk.go(2.0, -2.5)
    there.walks.append(walk)
    camera = LiveCamera(there)
    empty = opened(LiveCamera(world()).frame(1.6))
    for t in (0.4, 1.6, 2.4):
        frame = camera.frame(t)
        (label,) = [one for one in frame.labels if one.label == "person"]
        x, y, _ = walk.at(t)
        belt, feet = there.scene.camera.pixel(x, y, 0.9), there.scene.camera.pixel(x, y, 0.0)
        assert belt is not None
        assert feet is not None
        assert label.box[0] < belt[0] < label.box[2]
        assert label.box[1] < belt[1] < label.box[3]
        assert label.box[3] == pytest.approx(min(feet[1], SIZE[1]), abs=4)
    x1, y1, x2, y2 = (int(part) for part in label.box)
    difference = np.abs(opened(camera.frame(2.4)).astype(int) - empty).mean(2)
    assert difference[y1:y2, x1:x2].mean() > 4 * difference[: y1 - 2].mean()


def test_who_walks_behind_a_bin_is_hidden_by_it() -> None:
    there = world()
    there.put("bin", Thing("bin", 0.0, -2.0, 0.0, 3, 0.0, 1.6, 0.0, {"stream": "food"}))
    there.walks.append(Walk(5, [Mark(0.0, 0.0, -0.6), Mark(9.0, 0.0, -0.6)]))
    seen = LiveCamera(there).frame(1.0)
    there.put("bin", None)
    free = LiveCamera(there).frame(1.0)
    (hidden,) = [one.box for one in seen.labels if one.label == "person"]
    (whole,) = [one.box for one in free.labels if one.label == "person"]
    assert hidden[3] - hidden[1] < 0.7 * (whole[3] - whole[1])


def test_what_somebody_holds_has_a_label_of_its_own_until_it_is_put_down() -> None:
    there = world()
    walk = Walk(5, [Mark(0.0, 0.0, -2.2), Mark(9.0, 0.0, -2.2)])
    walk.looks = 0.0
    walk.holding.append((0.0, 4.0, "food"))
    there.walks.append(walk)
    camera = LiveCamera(there)
    labels = {one.label: one.box for one in camera.frame(1.0).labels}
    bag, bearer = labels["bag_food"], labels["person"]
    assert bag[3] - bag[1] < 0.5 * (bearer[3] - bearer[1])
    assert bearer[0] - 4 < (bag[0] + bag[2]) / 2 < bearer[2] + 4
    assert not any(one.label.startswith("bag") for one in camera.frame(5.0).labels)


def test_a_bag_behind_its_bearer_is_known_to_be_hidden() -> None:
    def hidden(way: float) -> float:
        there = world()
        walk = Walk(5, [Mark(0.0, 0.0, -2.2), Mark(9.0, 0.0, -2.2)])
        walk.looks = way
        walk.holding.append((0.0, 9.0, "food"))
        there.walks.append(walk)
        (bag,) = [one for one in LiveCamera(there).frame(1.0).labels if one.label == "bag_food"]
        return bag.hidden

    assert hidden(0.0) < 0.2
    assert hidden(3.14) > 0.5


def test_who_stands_before_a_thing_hides_a_part_of_it() -> None:
    there = world()
    there.put("bin", Thing("bin", 0.0, -0.8, 0.0, 3, 0.0, 1.0, 0.0, {"stream": "food"}))
    there.walks.append(Walk(5, [Mark(2.0, 0.0, -2.4), Mark(9.0, 0.0, -2.4)]))
    camera = LiveCamera(there)
    (free,) = [one for one in camera.frame(1.0).labels if one.label == "bin_food"]
    (behind,) = [one for one in camera.frame(3.0).labels if one.label == "bin_food"]
    assert behind.box == free.box
    assert behind.hidden > free.hidden + 0.1


def test_every_mishap_shows_as_itself() -> None:
    good = opened(LiveCamera(world()).frame(5.0))

    def at(kind: str, t: float = 5.0) -> Frame:
        mishap = Mishap(kind, 4.0, 9.0, {"turned": 30.0, "defocused": 4.0}.get(kind, 0.0))
        camera = LiveCamera(world(), (mishap,))
        for before in (3.0, 3.2, 3.4):
            camera.frame(before)
        return camera.frame(t)

    assert opened(at("covered")).mean() < 0.35 * good.mean()
    assert sharpness(opened(at("defocused"))) < 0.4 * sharpness(good)
    assert np.abs(opened(at("turned")).astype(int) - good).mean() > 12
    assert at("power").jpeg is None
    assert at("frozen", 5.0).jpeg == at("frozen", 8.0).jpeg
    assert at("looped", 4.0).jpeg == at("looped", 4.6).jpeg  # three pictures at five a second
    assert at("looped", 4.0).jpeg != at("looped", 4.2).jpeg


def test_night_is_darker_and_noisier_than_day() -> None:
    def noise(hour: float) -> float:
        camera = LiveCamera(world(hour))
        one, other = opened(camera.frame(1.0)), opened(camera.frame(1.2))
        return float((one.astype(int) - other).std())

    assert noise(23.0) > 1.5 * noise(12.0)


@pytest.mark.parametrize(
    ("words", "mishap"),
    [
        ("covered@20:5", Mishap("covered", 20, 25)),
        ("turned=-20@1.5:3", Mishap("turned", 1.5, 4.5, -20)),
        ("defocused@0:1", Mishap("defocused", 0, 1, 6.0)),
    ],
)
def test_a_mishap_is_read_from_words(words: str, mishap: Mishap) -> None:
    assert read(words) == mishap


@pytest.mark.parametrize("words", ["", "covered", "stolen@1:2", "covered@1", "covered@-1:2"])
def test_words_that_are_no_mishap_are_refused_with_what_was_expected(words: str) -> None:
    with pytest.raises(ValueError, match="expected KIND@SECONDS:DURATION"):
        read(words)


def test_a_shadow_too_thin_for_a_small_picture_darkens_nothing() -> None:
    """A passer-by at the edge of the street, 160 pixels wide, had a shadow of no row."""
    scene = PLACES["street"].scene(1, SIZE, 10.0, WEATHERS["cloud"])
    street = PLACES["street"].world(1, 60, replace(scene, edition=-1))
    street.advance(10.0)
    assert opened(LiveCamera(street).frame(10.0)).shape == (90, 160, 3)
