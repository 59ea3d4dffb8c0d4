"""A camera that is turned, covered, defocused, dark, frozen or looped is found; weather is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from edge_agent.config.devices.camera import CameraConfig, MaskConfig, ViewConfig
from edge_agent.vision.frames import Frame, Image, Shape
from edge_agent.vision.view_features import features
from edge_agent.vision.view_state import ViewWatch, judge
from tests.edge_agent.vision.street import NOISE, grey, street

LIMITS = ViewConfig()
STEP_NS = 200_000_000
REFERENCE = grey(noise=2.0, seed=99)


def blurred(picture: Image, sigma: float) -> Image:
    return cv2.GaussianBlur(picture, (0, 0), sigma)  # type: ignore[return-value]


def noisy(picture: Image, seed: int = 3) -> Image:
    at = seed * 37 % 500_000
    noise = 1.5 * NOISE[at : at + picture.size].reshape(picture.shape)
    return np.clip(picture.astype(np.float32) + noise, 0, 255).astype(np.uint8)


VAN = ("bin", (0.3, 0.35, 0.6, 0.9))
CASES = {
    "the same view": (noisy(REFERENCE), "good"),
    "dusk": (grey(light=0.45, seed=5), "good"),
    "sun": (grey(light=1.6, seed=5), "good"),
    "a noisy evening": (grey(light=0.5, noise=10.0, seed=5), "good"),
    "a dim night under lamps": (grey(light=0.13, noise=0.4, seed=5), "good"),
    "a van before it": (grey([VAN], seed=5), "good"),
    "a mast that sways": (grey(shift=3, seed=5), "good"),
    "rain": (noisy(blurred(REFERENCE, 0.8)), "good"),
    "night": (grey(light=0.03, noise=1.0, seed=5), "dark"),
    "a bag over it": (noisy(np.full_like(REFERENCE, 90)), "covered"),
    "a hand before it": (noisy(blurred(np.roll(REFERENCE, 130, axis=1), 25.0)), "covered"),
    "a cloth that lets light through": (
        noisy((blurred(REFERENCE, 12.0) // 4 + 60).astype(np.uint8)),
        "covered",
    ),
    "out of focus": (noisy(blurred(REFERENCE, 5.0)), "defocused"),
    "turned a little": (grey(shift=60, seed=5), "turned"),
    "turned to the right": (grey(shift=200, seed=5), "turned"),
    "turned upside down": (REFERENCE[::-1, ::-1].copy(), "turned"),
}


@pytest.mark.parametrize("case", CASES)
def test_one_picture_is_judged_against_the_reference(case: str) -> None:
    picture, state = CASES[case]
    assert judge(picture, [features(REFERENCE)], LIMITS).state == state


MASKED: dict[str, dict[str, Any]] = {
    "a mask": {"masks": (MaskConfig("sky", ((0.3, 0.0), (0.65, 0.0), (0.65, 0.2), (0.3, 0.2))),)},
    "windows": {
        "masks": tuple(
            MaskConfig(f"w-{n}", ((x, 0.03), (x + 0.1, 0.03), (x + 0.1, 0.33), (x, 0.33)))
            for n, x in enumerate((0.05, 0.2, 0.35, 0.5, 0.65, 0.8))
        )
    },
    "a fisheye": {"circle": (0.5, 0.28, 0.26)},
    "a camera on its side": {"circle": (0.5, 0.28, 0.5), "rotate": 90},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("masks", MASKED)
def test_what_is_masked_has_no_part_in_it(case: str, masks: str) -> None:
    picture, state = CASES[case]
    shape = Shape(CameraConfig(id="cam-1", source="v4l2:x", **MASKED[masks]))
    reference, now = (shape.grey(Frame(0, pixels=one)) for one in (REFERENCE, picture))
    assert reference is not None
    assert now is not None
    seen = shape.seen(now)
    found = judge(now, [features(reference, seen)], LIMITS, seen).state
    assert found == state or {found, state} == {
        "covered",
        "defocused",
    }  # what covers is out of focus


def test_a_camera_that_is_masked_all_over_is_judged_all_the_same() -> None:
    watched = ViewWatch(LIMITS, [REFERENCE])
    nothing = np.zeros_like(REFERENCE)
    assert watched.take(REFERENCE, STEP_NS, now=True, seen=nothing) is not None


def fronts(shift: int, seed: int = 0) -> Image:
    """A row of shops, all cornices and kerbs, with a door here and there."""
    picture = np.full((180, 320), 120, np.uint8)
    for number, y in enumerate(range(6, 180, 12)):
        picture[y : y + 5] = (60, 190)[number % 2]
    for number, x in enumerate((20, 61, 90, 143, 170, 222, 251, 300)):
        picture[40:150, x : x + 6 + number % 3] = 25
    return noisy(np.roll(picture, shift, axis=1), seed)


@pytest.mark.parametrize("pixels", [-150, -60, 15, 30, 100])
def test_a_pan_along_cornices_that_stay_where_they_are_is_a_turn(pixels: int) -> None:
    known = [features(fronts(0))]
    assert judge(fronts(0, 9), known, LIMITS).state == "good"
    assert judge(fronts(pixels, 9), known, LIMITS).state == "turned"


def test_what_surely_has_not_moved_needs_half_as_much_in_place() -> None:
    market = noisy(REFERENCE, 4)
    market[:, :160] = noisy(np.roll(REFERENCE[::-1, ::-1], 90, axis=1), 6)[:, :160]
    strict = replace(LIMITS, turned_below=1.0)  # 0.7 of it are in place
    assert judge(market, [features(REFERENCE)], strict).state == "good"
    assert judge(fronts(15, 9), [features(fronts(0))], strict).state == "turned"


def test_a_turn_is_told_with_its_direction() -> None:
    assert (
        "moved by about +9%" in judge(grey(shift=60, seed=5), [features(REFERENCE)], LIMITS).detail
    )


def test_without_a_reference_only_what_is_plain_is_said() -> None:
    assert judge(grey(), [], LIMITS).state == "good"
    assert judge(noisy(np.full_like(REFERENCE, 90)), [], LIMITS).state == "covered"


def test_a_test_that_was_switched_off_says_nothing() -> None:
    off = replace(LIMITS, dark_below=0.0, turned_below=0.0)
    assert judge(grey(shift=200, seed=5), [features(REFERENCE)], off).state == "good"
    assert judge(np.full_like(REFERENCE, 3), [], off).state == "covered"


class Watched:
    """A watch fed with pictures that go on by STEP_NS."""

    def __init__(self, *references: Image, limits: ViewConfig = LIMITS) -> None:
        self.watch, self.at_ns, self.states = ViewWatch(limits, references), 0, list[str]()

    def show(self, *pictures: Image) -> None:
        for picture in pictures:
            self.at_ns += STEP_NS
            verdict = self.watch.take(picture, self.at_ns)
            if verdict is not None:
                self.states.append(verdict.state)

    @property
    def news(self) -> list[str]:
        """After the first word, which is always said."""
        return self.states[1:]


def seconds(picture: Image, count: int, first: int = 0) -> list[Image]:
    return [noisy(picture, first + number) for number in range(count * 5)]


def test_what_lasts_is_told_once_and_so_is_its_end() -> None:
    watched = Watched(REFERENCE)
    watched.show(*seconds(REFERENCE, 8))
    watched.show(*seconds(np.full_like(REFERENCE, 90), 20, 1000))
    watched.show(*seconds(REFERENCE, 20, 2000))
    assert watched.news == ["covered", "good"]


def test_the_state_is_told_once_even_if_it_is_good() -> None:
    watched = Watched(REFERENCE)
    watched.show(*seconds(REFERENCE, 20))
    assert watched.states == ["good"]


def test_a_lorry_that_passes_close_by_is_not_told() -> None:
    watched = Watched(REFERENCE)
    watched.show(*seconds(REFERENCE, 8))
    watched.show(*seconds(np.full_like(REFERENCE, 90), 3, 1000))
    watched.show(*seconds(REFERENCE, 20, 2000))
    assert watched.news == []


NIGHT = grey(light=0.03, noise=1.0, seed=5)


def test_a_lens_that_is_capped_is_covered_and_not_night() -> None:
    for cap in (np.full_like(REFERENCE, 0), np.full_like(REFERENCE, 5), NIGHT):
        watched = Watched(REFERENCE)
        watched.show(*seconds(REFERENCE, 20), *[cap] * 500, *seconds(REFERENCE, 20, 3000))
        assert watched.states == ["good", "covered", "good"]


def test_dusk_is_night_and_so_are_lamps_that_go_out_where_gw_toml_says_so() -> None:
    dusk = [grey(light=light, noise=1.0, seed=5) for light in (0.3, 0.2, 0.15, 0.08, 0.03)]
    watched = Watched(REFERENCE)
    watched.show(*seconds(REFERENCE, 20))
    for light in dusk:
        watched.show(*seconds(light, 60))
    assert watched.states == ["good", "dark"]
    hall = Watched(REFERENCE, limits=replace(LIMITS, lamps=True))
    hall.show(*seconds(REFERENCE, 20), *seconds(NIGHT, 20))
    assert hall.states == ["good", "dark"]


def test_a_camera_that_was_away_and_comes_back_in_the_dark_sees_night() -> None:
    watched = Watched(REFERENCE)
    watched.show(*seconds(REFERENCE, 20))
    watched.at_ns += 600_000_000_000
    watched.show(*seconds(NIGHT, 20))
    assert watched.states == ["good", "dark"]


def test_what_is_dark_for_longer_than_any_night_is_covered() -> None:
    watch, at_ns = ViewWatch(LIMITS, [REFERENCE]), 0
    states = []
    for minute in range(19 * 60):
        at_ns = minute * 60_000_000_000
        verdict = watch.take(NIGHT if minute % 2 else noisy(NIGHT, minute), at_ns)
        states += [] if verdict is None else [(verdict.state, minute // 60)]
    assert states == [("dark", 0), ("covered", 18)]


def test_a_look_that_was_asked_for_is_judged_at_once() -> None:
    watch = ViewWatch(LIMITS, [REFERENCE])
    verdict = watch.take(noisy(np.full_like(REFERENCE, 90)), STEP_NS, now=True)
    assert verdict is not None
    assert verdict.state == watch.state == "covered"


def test_the_first_good_view_that_lasts_is_the_reference_and_another_light_adds_one() -> None:
    watched = Watched()
    watched.show(*seconds(REFERENCE, 12))
    assert len(watched.watch.references) == 1
    assert watched.watch.learned
    watched.show(*[grey(light=0.45, seed=number) for number in range(60)])
    assert len(watched.watch.references) == 2
    watched.show(*seconds(np.roll(REFERENCE, 100, axis=1), 20))
    assert watched.news == ["turned"]
    assert len(watched.watch.references) == 2


def test_the_same_picture_all_the_time_is_frozen_and_a_living_one_ends_it() -> None:
    watched = Watched(REFERENCE)
    watched.show(*seconds(REFERENCE, 8))
    watched.show(*[REFERENCE] * 200)
    assert watched.news == ["frozen"]
    watched.show(*seconds(REFERENCE, 20, 500))
    assert watched.news == ["frozen", "good"]


def test_a_recording_that_is_played_again_and_again_is_looped() -> None:
    watched = Watched(REFERENCE)
    recording = seconds(REFERENCE, 8)
    watched.show(*recording)
    assert watched.news == []
    watched.show(*recording, *recording)
    assert watched.news == ["looped"]
    watched.show(*seconds(REFERENCE, 20, 900))
    assert watched.news == ["looped", "good"]


def test_a_lost_frame_does_not_hide_the_loop() -> None:
    watched = Watched(REFERENCE)
    recording = seconds(REFERENCE, 8)
    watched.show(*recording, *recording)
    watched.show(*recording[:15], noisy(REFERENCE, 7777), *recording[16:])
    assert watched.news == ["looped"]


def test_the_memory_for_loops_is_bounded() -> None:
    watched = Watched(REFERENCE, limits=replace(LIMITS, loop_s=20.0))
    watched.show(*seconds(REFERENCE, 60))
    assert len(watched.watch._repeats._seen) <= 101


def test_the_drawn_street_is_a_picture_with_enough_to_see() -> None:
    assert street().std() > 20
