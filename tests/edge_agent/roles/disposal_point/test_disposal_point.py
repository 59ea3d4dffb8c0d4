"""Bags go into bins, right or wrong; whoever errs is told in the same step, and is thanked by being counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.payloads.problem import Problem
from edge_agent.config.disposal_point import (
    streams_of,
)
from edge_agent.readings import Reading, SceneReading, SeenThing, Tick
from edge_agent.roles.disposal_point.disposal_point import DisposalPoint
from tests.edge_agent.roles.disposal_point.bags import (
    CAMERA,
    CONFIG,
    SPEAKER,
    Point,
    bag,
    counts,
    put,
    seen,
)
from tests.edge_agent.rules.standing.street import at


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


@pytest.mark.parametrize(("sure_to_speak", "times"), [(0.85, 2), (0.95, 0)])
def test_what_is_not_sure_enough_to_speak_of_is_counted_all_the_same(
    sure_to_speak: float, times: int
) -> None:
    """Residual by eight parts in nine."""
    point = Point(replace(CONFIG, sure_to_speak=sure_to_speak))
    point.feed(put(0, 1, "residual", "recyclable"))
    assert len(point.said) == times
    assert point.window().mixed == 1


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


def test_a_wrong_bag_that_is_missed_too_late_is_counted_and_nobody_is_told_off() -> None:
    point = Point()
    point.feed(
        [seen(0, bag(1, "paper", "ground", age_s=0.2)), seen(2, bag(1, "paper", "bin-food"))]
    )
    lost = replace(bag(1, "paper", "bin-food", still_s=1.0), unseen_s=2.4)
    point.feed([seen(5, gone=(lost,))])
    assert point.said == []
    assert counts(point.window()) == {("food", "paper"): 1}


def put_beside(t: float, track: int) -> list[Reading]:
    """Brought here, down for four seconds, then the track is lost while somebody stands before it."""
    down = [
        seen(t + n, bag(track, "food", "ground", age_s=n, still_s=max(0.0, n - 2)))
        for n in range(8)
    ]
    return [*down, seen(t + 8, gone=(bag(track, "food", "ground", age_s=8.0, still_s=6.0),))]


def test_a_bag_that_lies_beside_is_told_of_once_however_many_tracks_it_has() -> None:
    point = Point()
    point.feed([*put_beside(0, 1), *put_beside(20, 2), *put_beside(40, 3)])
    assert point.said == [(6, "beside")]


def test_where_a_bag_has_been_put_right_the_next_one_is_news() -> None:
    point = Point()
    point.feed(put_beside(0, 1))
    point.feed(put(20, 1, "food", "food"))
    point.feed(put_beside(40, 3))
    assert point.said == [(6, "beside"), (46, "beside")]


def test_where_full_looks_saw_nothing_any_more_the_next_one_is_news() -> None:
    point = Point()
    point.feed(put_beside(0, 1))
    point.feed(SceneReading("cam-2", at(t), (), (), full=True) for t in (20, 40, 60))
    point.feed(put_beside(80, 2))
    assert point.said == [(6, "beside"), (86, "beside")]


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
