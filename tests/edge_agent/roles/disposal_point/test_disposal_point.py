"""Bags go into bins, right or wrong; whoever errs is told in the same step, and is thanked by being counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from contract.payloads.base import Payload
from contract.payloads.problem import Problem
from contract.payloads.waste import WasteDeposit
from edge_agent.config.devices.camera import CameraConfig, ZoneConfig
from edge_agent.config.devices.speaker import PromptConfig, SpeakerConfig
from edge_agent.config.disposal_point import (
    BinConfig,
    DisposalPointConfig,
    PromptRuleConfig,
    streams_of,
)
from edge_agent.ports import Say
from edge_agent.readings import LineStatus, Reading, SceneReading, SeenThing, Tick
from edge_agent.roles.disposal_point.disposal_point import DisposalPoint
from edge_agent.roles.disposal_point.state import decode_state
from tests.edge_agent.rules.standing.street import SQUARE, at

STREAMS = ("recyclable", "food", "residual")
CAMERA = CameraConfig(
    id="cam-2",
    source="file:point.mp4",
    zones=tuple(ZoneConfig(name, SQUARE) for name in ("ground", *(f"bin-{s}" for s in STREAMS))),
)
SPEAKER = SpeakerConfig(
    "sp-1",
    "dfplayer",
    tuple(
        PromptConfig(name, track=n + 1)
        for n, name in enumerate(("wrong-zh", "wrong-en", "food", "beside", "closed"))
    ),
    link="serial:/dev/ttyUSB0?baud=9600",
    cool_down_s=5,
)
PROMPTS = (
    PromptRuleConfig("wrong", ("wrong-zh", "wrong-en")),
    PromptRuleConfig("wrong", ("food",), stream="food"),
    PromptRuleConfig("beside", ("beside",)),
    PromptRuleConfig("closed", ("closed",)),
)
CONFIG = DisposalPointConfig(
    point="dp-12",
    camera="cam-2",
    bins=tuple(BinConfig(f"bin-{stream}", stream) for stream in STREAMS),
    bags=("bag",),
    ground=("ground",),
    speaker="sp-1",
    prompts=PROMPTS,
    window_min=5,
    least_bags=10,
    last_bags=20,
)
SURE = {
    "paper": (("paper", 0.5), ("cardboard", 0.4)),
    "food": (("food", 0.9),),
    "residual": (("residual", 0.8), ("plastic", 0.1)),
    "?": (("paper", 0.35), ("residual", 0.35)),
}


def bag(
    track: int,
    waste: str,
    *zones: str,
    age_s: float = 3.0,
    still_s: float = 0.0,
    dwell_s: float = 0.5,
) -> SeenThing:
    return SeenThing(
        "bag", 0.8, (0.4, 0.5, 0.5, 0.6), track, age_s, still_s, zones, SURE[waste],
        tuple(dwell_s for _ in zones),
    )  # fmt: skip


def seen(t: float, *things: SeenThing, gone: tuple[SeenThing, ...] = ()) -> SceneReading:
    return SceneReading("cam-2", at(t), things, gone)


def put(t: float, track: int, waste: str, into: str, origin: str = "ground") -> list[Reading]:
    """A bag is carried from elsewhere to a bin, and is seen no more there."""
    zones = (origin,) if origin else ()
    return [
        seen(t, bag(track, waste, *zones, age_s=0.2)),
        seen(t + 2, bag(track, waste, f"bin-{into}")),
        seen(t + 5, gone=(bag(track, waste, f"bin-{into}", still_s=1.0),)),
    ]


class Point:
    """A role and what it said and told."""

    def __init__(
        self, config: DisposalPointConfig = CONFIG, speaker: SpeakerConfig = SPEAKER
    ) -> None:
        self.config, self.speaker = config, speaker
        self.role = DisposalPoint(config, CAMERA, speaker)
        self.told: list[Payload] = []
        self.said: list[tuple[float, str]] = []
        self.state: bytes | None = None

    def feed(self, readings: Iterable[Reading]) -> None:
        for reading in readings:
            step = self.role.step(reading)
            self.told += [one.payload for one in step.conclusions]
            self.state = step.state or self.state
            for one in step.orders:
                if isinstance(one.order, Say):
                    assert one.device == "sp-1"
                    self.said.append(((reading.moment.mono_ns - 10**9) / 1e9, one.order.prompt))

    def restart(self) -> None:
        assert self.state is not None
        self.role = DisposalPoint(self.config, CAMERA, self.speaker)
        self.role.restore(self.state)

    def window(self, t: float = 400.0) -> WasteDeposit:
        self.feed([Tick(at(t))])
        (found,) = [one for one in self.told if isinstance(one, WasteDeposit)]
        return found

    def problems(self) -> list[tuple[str, str]]:
        return [(one.phase, one.class_code) for one in self.told if isinstance(one, Problem)]


def counts(window: WasteDeposit) -> dict[tuple[str, str], int]:
    return {(one.stream, one.waste_class): one.n for one in window.counts}


def test_bags_are_counted_by_the_bin_they_went_into_and_what_they_are() -> None:
    point = Point()
    point.feed(put(0, 1, "paper", "recyclable"))
    point.feed(put(10, 2, "food", "food"))
    point.feed(put(20, 3, "food", "residual"))
    point.feed(put(30, 4, "?", "food"))
    window = point.window()
    assert counts(window) == {
        ("recyclable", "paper"): 1,
        ("food", "food"): 1,
        ("residual", "food"): 1,
        ("food", "unknown"): 1,
    }
    assert (window.point, window.correct, window.mixed) == ("dp-12", 2, 1)
    assert (window.window.start, window.window.end) == (
        "2026-09-21T14:10:00.000Z",
        "2026-09-21T14:15:00.000Z",
    )


def test_a_wrong_bag_is_told_in_the_step_of_its_deposit_in_every_language() -> None:
    point = Point()
    point.feed(put(0, 1, "paper", "residual"))
    assert point.said == [(5, "wrong-zh"), (5, "wrong-en")]


def test_what_belongs_elsewhere_is_said_where_there_is_a_prompt_for_it() -> None:
    point = Point()
    point.feed(put(0, 1, "food", "residual"))
    assert point.said == [(5, "food")]


@pytest.mark.parametrize("waste", ["paper", "?"])
def test_nobody_is_told_off_who_put_it_right_or_of_whose_bag_nothing_is_known(waste: str) -> None:
    point = Point()
    point.feed(put(0, 1, waste, "recyclable"))
    assert point.said == []


def test_what_lies_in_a_bin_and_is_seen_now_and_then_is_no_deposit() -> None:
    point = Point()
    for n in range(20):
        lies = bag(n + 1, "paper", "bin-residual", age_s=2, still_s=2)
        point.feed([seen(10 * n, lies), seen(10 * n + 5, gone=(lies,))])
    point.feed([Tick(at(400))])
    assert (point.told, point.said) == ([], [])


def test_a_bag_that_is_carried_past_or_out_of_view_is_no_deposit() -> None:
    point = Point()
    point.feed(
        [
            seen(0, bag(1, "paper", age_s=0.1)),
            seen(1, bag(1, "paper", "bin-food")),
            seen(2, bag(1, "paper", "ground")),
            seen(5, gone=(bag(1, "paper", "ground"),)),
        ]
    )
    point.feed([Tick(at(400))])
    assert point.told == []


def test_a_bag_that_is_taken_out_again_and_put_right_is_a_correction() -> None:
    point = Point()
    point.feed(put(0, 1, "paper", "residual"))
    point.feed(
        [
            seen(12, bag(2, "?", "bin-residual", age_s=0.1)),
            seen(14, bag(2, "?", "bin-recyclable")),
            seen(17, gone=(bag(2, "?", "bin-recyclable"),)),
        ]
    )
    window = point.window()
    assert counts(window) == {("recyclable", "paper"): 1}
    assert (window.correct, window.mixed) == (1, 0)
    assert (window.prompts, window.corrected_after_prompt) == (1, 1)


def test_the_next_person_with_a_bag_for_that_bin_corrects_nothing() -> None:
    point = Point()
    point.feed(put(0, 1, "paper", "residual"))
    point.feed(put(12, 2, "paper", "recyclable"))
    window = point.window()
    assert (window.correct, window.mixed, window.corrected_after_prompt) == (1, 1, 0)


def test_a_correction_that_comes_too_late_is_a_deposit_like_any_other() -> None:
    point = Point()
    point.feed(put(0, 1, "paper", "residual"))
    point.feed(put(80, 2, "paper", "recyclable", origin="bin-residual"))
    window = point.window()
    assert (window.correct, window.mixed, window.corrected_after_prompt) == (1, 1, 0)


def test_a_bag_put_down_beside_is_told_once_and_picked_up_again_is_a_correction() -> None:
    point = Point()
    point.feed([seen(0, bag(1, "food", "ground", age_s=0.2))])
    point.feed(seen(t, bag(1, "food", "ground", age_s=t, still_s=t - 2)) for t in range(2, 30))
    assert point.said == [(6, "beside")]
    point.feed([seen(31, bag(1, "food", "ground", age_s=31, still_s=0.1))])
    point.feed([seen(33, bag(1, "food", "bin-food", age_s=33))])
    point.feed([seen(36, gone=(bag(1, "food", "bin-food", age_s=33),))])
    window = point.window()
    assert counts(window) == {("food", "food"): 1}
    assert (window.prompts, window.corrected_after_prompt) == (1, 1)


def test_a_bag_that_lay_there_when_the_camera_came_is_nobodys_now() -> None:
    point = Point()
    point.feed(seen(t, bag(1, "food", "ground", age_s=t, still_s=t)) for t in range(60))
    assert point.said == []


def test_a_bag_held_at_the_wrong_bin_is_told_before_it_is_in_if_the_file_says_so() -> None:
    early = Point(replace(CONFIG, approach_s=0.6))
    early.feed([seen(0, bag(1, "paper", "ground", age_s=0.1))])
    early.feed([seen(2, bag(1, "paper", "bin-food", still_s=0.7, dwell_s=0.7))])
    assert early.said == [(2, "wrong-zh"), (2, "wrong-en")]
    early.feed([seen(3, bag(1, "paper", "bin-recyclable", still_s=0.7, dwell_s=0.7))])
    early.feed([seen(6, gone=(bag(1, "paper", "bin-recyclable"),))])
    assert (early.window().correct, early.window().corrected_after_prompt) == (1, 1)
    obstinate = Point(replace(CONFIG, approach_s=0.6))
    obstinate.feed([seen(0, bag(1, "paper", "ground", age_s=0.1))])
    obstinate.feed([seen(2, bag(1, "paper", "bin-food", still_s=0.7, dwell_s=0.7))])
    obstinate.feed([seen(9, gone=(bag(1, "paper", "bin-food"),))])
    assert len(obstinate.said) == 2, "told once"
    assert (obstinate.window().mixed, obstinate.window().prompts) == (1, 1)


def test_the_voice_cools_down_also_across_a_restart_and_keeps_quiet_at_night() -> None:
    point = Point()
    point.feed(put(0, 1, "paper", "residual"))
    point.restart()
    point.feed(put(2, 1, "paper", "residual"))
    assert len(point.said) == 2
    point.feed(put(8, 2, "paper", "residual"))
    assert len(point.said) == 4
    night = Point(speaker=replace(SPEAKER, quiet=("22:00-06:30",)))
    night.feed(put(0, 1, "paper", "residual"))
    assert night.said == []
    assert (night.window().prompts, night.window().mixed) == (0, 1)


def test_without_a_speaker_it_counts() -> None:
    point = Point(replace(CONFIG, speaker=None, prompts=()))
    point.role = DisposalPoint(point.config, CAMERA)
    point.feed(put(0, 1, "paper", "residual"))
    assert (point.window().mixed, point.window().prompts) == (1, 0)


def test_waste_brought_outside_hours_is_one_problem_until_the_point_opens() -> None:
    point = Point(replace(CONFIG, hours=("23:00-23:30",)))
    point.feed(put(0, 1, "paper", "recyclable"))
    point.feed(put(20, 2, "food", "residual"))
    assert point.said == [(5, "closed"), (25, "closed")], "who comes too late is told only that"
    opens_s = (23 * 60 - 22 * 60 - 13) * 60 - 20
    point.feed(Tick(at(t)) for t in range(30, opens_s + 60, 10))
    point.feed(put(opens_s + 100, 3, "food", "food"))
    assert point.problems() == [("opened", "E0501"), ("ended", "E0501")]
    opened = next(one for one in point.told if isinstance(one, Problem))
    assert (opened.catalogue, opened.place.zone, opened.sightings) == ("edile-local", "dp-12", 1)


def test_too_many_wrong_bags_are_waste_that_is_not_sorted_until_they_are_few() -> None:
    point = Point(replace(CONFIG, update_min=600))
    for n in range(12):
        point.feed(put(20 * n, n + 1, "paper", "residual" if n % 2 else "recyclable"))
    assert point.problems() == [("opened", "06041")]
    (opened,) = [one for one in point.told if isinstance(one, Problem)]
    assert opened.detail == "50% of the last 10 bags were put wrong"
    for n in range(12, 40):
        point.feed(put(20 * n, n + 1, "paper", "recyclable"))
    assert point.problems() == [("opened", "06041"), ("ended", "06041")]


def test_an_overflowing_bin_and_bags_left_beside_are_problems() -> None:
    point = Point()
    full = SeenThing("overflowing_bin", 0.9, (0.1, 0.3, 0.2, 0.6), 7, 99, 99, ("apron", "bin-food"))
    left = bag(8, "residual", "ground", age_s=999, still_s=999)
    for n in range(30):
        point.feed([replace(seen(20 * n, full, left), full=True)])
    assert sorted(point.problems()) == [("opened", "06010"), ("opened", "06042")]
    zones = {one.class_code: one.place.zone for one in point.told if isinstance(one, Problem)}
    assert zones == {"06042": "bin-food", "06010": "ground"}


def test_counts_and_the_open_prompt_survive_a_restart() -> None:
    point = Point()
    point.feed(put(0, 1, "paper", "residual"))
    point.restart()
    point.feed(put(12, 1, "paper", "recyclable", origin="bin-residual"))
    window = point.window()
    assert (window.correct, window.mixed, window.corrected_after_prompt) == (1, 0, 1)


def test_the_numbers_of_bags_mean_nothing_after_a_restart() -> None:
    point = Point()
    point.feed(put(0, 1, "paper", "residual"))
    point.restart()
    point.feed(put(12, 1, "paper", "recyclable"))
    window = point.window()
    assert (window.correct, window.mixed, window.corrected_after_prompt) == (1, 1, 0)


def test_bags_that_were_all_put_right_in_the_end_are_sorted() -> None:
    point = Point()
    for n in range(12):
        point.feed(put(40 * n, 2 * n + 1, "paper", "residual"))
        point.feed(put(40 * n + 12, 2 * n + 2, "paper", "recyclable", origin="bin-residual"))
    assert point.problems() == []


def held(t: float, n: int, track: int = 1, waste: str = "paper") -> SceneReading:
    """Somebody stands at the residual bin; for `n` looks there has been no bag."""
    thing = replace(
        bag(track, waste, "bin-residual", age_s=4.0), unseen_s=round(0.2 * n, 1), missed=n
    )
    return seen(t, PERSON, thing)


PERSON = SeenThing("person", 0.9, (0.4, 0.2, 0.5, 0.9), 90, 9.0, 5.0, ("ground",))


def put_by(t: float, track: int, waste: str, into: str, blanks: list[int]) -> list[Reading]:
    """Held at a bin by somebody who stands there: not seen for so many looks each time, then for good. One
    person for each bag."""
    who = replace(PERSON, track=1000 + track)
    out: list[Reading] = [seen(t, who, bag(track, waste, "ground", age_s=0.4))]
    t, there = t + 2, bag(track, waste, f"bin-{into}", age_s=4.0)
    for n in (*blanks, 3):
        out.append(seen(t, who, there))
        for look in range(1, n + 1):
            t += 0.2
            out.append(seen(t, who, replace(there, unseen_s=round(0.2 * look, 1), missed=look)))
        t += 0.2
    return [*out, seen(t + 2, who, gone=(there,))]


def vanishes(t: float, looks: int = 3) -> list[Reading]:
    came = [seen(t - 2, PERSON, bag(1, "paper", "ground", age_s=0.4)), held(t, 0)]
    return [*came, *(held(t + 0.2 * n, n) for n in range(1, looks + 1))]


def test_the_voice_does_not_wait_until_the_camera_has_given_the_bag_up() -> None:
    point = Point()
    point.feed(vanishes(5.0))
    assert point.said == [(5.6, "wrong-zh"), (5.6, "wrong-en")]
    point.feed([seen(7.2, PERSON, gone=(bag(1, "paper", "bin-residual"),))])
    assert counts(point.window()) == {("residual", "paper"): 1}
    assert len(point.said) == 2


def test_a_bag_in_view_again_is_taken_off_the_counts_and_nobody_is_told_twice() -> None:
    point = Point()
    point.feed(vanishes(5.0))
    point.feed([held(5.8, 0)])
    assert point.state is not None
    tally = decode_state(point.state).tally
    assert tally is not None
    assert (tally.mixed, sum(tally.counts.values())) == (0, 0)
    assert decode_state(point.state).recent == []
    point.feed([held(30.0 + 0.2 * n, n) for n in range(1, 4)])
    window = point.window()
    assert counts(window) == {("residual", "paper"): 1}
    assert (window.mixed, window.prompts) == (1, 1)
    assert len(point.said) == 2


def test_a_bag_that_was_not_in_and_then_goes_where_it_belongs_is_a_correction() -> None:
    point = Point()
    point.feed(put(0, 4, "paper", "residual"))  # another one, that stays
    point.feed(vanishes(25.0))
    point.feed([held(25.8, 0), *put(28, 1, "paper", "recyclable")[1:]])
    window = point.window()
    assert counts(window) == {("recyclable", "paper"): 1, ("residual", "paper"): 1}
    assert (window.correct, window.mixed, window.corrected_after_prompt) == (1, 1, 1)


def test_the_same_person_who_brings_it_where_it_belongs_has_corrected_it_however_it_came_out() -> (
    None
):
    """The way from one bin to the other was hidden from the camera."""
    point = Point()
    point.feed(vanishes(5.0))
    elsewhere = replace(bag(7, "paper", "bin-recyclable", age_s=0.3))
    arrived = replace(PERSON, still_s=0.3)
    point.feed([seen(14, arrived, elsewhere)])
    for n in range(1, 4):
        missing = replace(elsewhere, unseen_s=round(0.2 * n, 1), missed=n)
        point.feed([seen(15 + 0.2 * n, PERSON, missing)])
    window = point.window()
    assert (window.correct, window.mixed, window.corrected_after_prompt) == (1, 0, 1)
    assert counts(window) == {("recyclable", "paper"): 1}


def test_a_camera_that_was_lost_says_nothing_of_the_bags_before() -> None:
    point = Point()
    point.feed(put(0, 1, "paper", "residual")[:2])
    point.feed([LineStatus("cam-2", at(3), 0, 0, 0, 0, connected=False)])
    point.feed([seen(5, gone=(bag(1, "paper", "bin-residual"),))])
    point.feed([Tick(at(400))])
    assert point.told == []


def test_the_table_that_ships_knows_the_classes_of_the_classifier_and_no_other_city() -> None:
    streams = streams_of(None)
    assert streams["glass"] == streams["metal"] == "recyclable"
    assert (streams["battery"], streams["food"], streams["residual"]) == (
        "hazardous",
        "food",
        "residual",
    )
    with pytest.raises(ValueError, match="city: one of"):
        streams_of("atlantis")
    assert replace(CONFIG, streams={"glass": "residual"}).stream_of_class["glass"] == "residual"
