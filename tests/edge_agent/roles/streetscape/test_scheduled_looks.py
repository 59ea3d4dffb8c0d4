"""Every look of the schedule is made, or is told to have been missed; and whoever asks gets an answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from contract.payloads.relook import RelookResult
from edge_agent.config.camera_places import CameraPlaceConfig
from edge_agent.config.street_classes import REFERENCE
from edge_agent.config.streetscape import ScheduledLookConfig, StreetscapeConfig
from edge_agent.ports import Conclusion, DeviceOrder, Look
from edge_agent.readings import LineStatus, LookAsked, SeenThing, Tick
from edge_agent.roles.streetscape.streetscape import Streetscape
from tests.edge_agent.roles.streetscape.timed import EVERY, HEAP, Street, role
from tests.edge_agent.rules.standing.street import (
    START_NS,
    at,
    every,
    looked,
    picture,
    problems,
    scene,
    thing,
)

LOCAL_HOUR = 22 + 13 / 60  # what the street's clock shows at 0 s, +08:00


def test_a_preset_is_looked_at_as_often_as_the_file_says() -> None:
    street = Street(role())
    street.tick(0, 3600)
    assert street.times == [0, 600, 1200, 1800, 2400, 3000]
    assert {
        (one.device, one.order.preset) for one in street.orders if isinstance(one.order, Look)
    } == {("cam-1", "left-half")}
    assert (street.planned().not_seen, street.planned().could_not_look) == (6, 0)
    assert street.told == []


def test_each_result_is_counted_as_what_it_is() -> None:
    street = Street(role())
    street.feed(Tick(at(0)))
    order = street.orders[0].order
    assert isinstance(order, Look)
    street.feed(looked(1, order.look, HEAP, preset="left-half"))
    street.tick(2, 601, answers="dark")
    assert (street.planned().seen, street.planned().not_seen) == (1, 0)
    assert (street.planned().could_not_look, street.planned().last) == (1, "could-not-look")


def test_only_within_its_hours_and_not_by_a_clock_that_nobody_set() -> None:
    hours = ScheduledLookConfig("cam-1", every_min=10, hours=("22:30-23:00",))
    street = Street(role(replace(EVERY, schedule=(hours,))))
    street.tick(0, 7200)
    begins = round((22.5 - LOCAL_HOUR) * 3600)
    assert street.times[0] == pytest.approx(begins, abs=21)
    assert len(street.times) == 3
    assert START_NS // 10**9 % 86_400 == 14 * 3600 + 13 * 60 + 20
    unset = role(replace(EVERY, schedule=(hours,)))
    for t in range(0, 7200, 10):
        assert unset.step(Tick(at(t, clock="unset"))).orders == ()


def test_one_look_at_a_time_for_each_camera() -> None:
    schedule = (
        ScheduledLookConfig("cam-1", "left-half"),
        ScheduledLookConfig("cam-1", "walls"),
    )
    one = role(replace(EVERY, schedule=schedule))
    (first,) = one.step(Tick(at(0))).orders
    assert one.step(Tick(at(1))).orders == ()
    assert isinstance(first.order, Look)
    one.step(looked(2, first.order.look, preset="left-half"))
    (second,) = one.step(Tick(at(3))).orders
    assert isinstance(second.order, Look)
    assert second.order.preset == "walls"


def test_a_look_without_an_answer_is_missed_told_once_tried_again_sooner_and_told_when_it_is_back() -> (
    None
):
    street = Street(role())
    street.tick(0, 500, answers=None)
    assert street.times == [0, 120, 240, 360, 480]
    street.tick(500, 700)
    assert street.notices() == [
        ("view-lost", "missed its look at preset left-half: no answer"),
        ("view-back", "looks at preset left-half again"),
    ]


def test_what_the_cameras_own_state_tells_is_not_told_twice() -> None:
    for reason in ("covered", "turned", "dark"):
        street = Street(role())
        street.tick(0, 700, answers=reason)
        assert street.notices() == []
        assert street.planned().could_not_look == 6


def test_a_camera_that_is_lost_has_missed_its_look() -> None:
    street = Street(role())
    street.feed(Tick(at(0)))
    street.feed(LineStatus("cam-1", at(1), 0, 0, 0, 0, connected=False))
    assert (street.planned().reason, street.planned().could_not_look) == ("unreachable", 1)
    street.tick(2, 300, answers=None)
    assert len(street.orders) == 1, "whoever is away is not asked"
    assert street.planned().could_not_look == 3
    street.feed(LineStatus("cam-1", at(300), 0, 0, 0, 0))
    street.tick(301, 500)
    assert street.planned().not_seen == 1
    assert street.notices() == []


def test_a_look_under_way_in_a_restart_is_missed_and_made_again() -> None:
    street = Street(role())
    street.feed(Tick(at(0)))
    assert street.state is not None
    again = Street(role())
    again.role.restore(street.state)
    again.tick(10, 400)
    assert again.times[0] == 120
    names = [
        one.order.look for one in (*street.orders, *again.orders) if isinstance(one.order, Look)
    ]
    assert len(set(names)) == len(names)


def test_stands_of_two_presets_open_by_looks_alone() -> None:
    one = role()
    told = [
        each
        for n in range(3)
        for each in one.step(looked(600.0 * n, "x", HEAP, preset="left-half")).conclusions
    ]
    (opened,) = problems(told)
    assert (opened.place.preset, opened.sightings) == ("left-half", 2)


# -- second looks


def opened(what: SeenThing = HEAP) -> tuple[Streetscape, str]:
    one = role(StreetscapeConfig(cameras=("cam-1",)))
    told = [each for reading in every(20, 0, 60, [what]) for each in one.step(reading).conclusions]
    return one, problems(told)[0].problem_id


def asked(t: float, problem_id: str | None = None, **place: float) -> LookAsked:
    return LookAsked(
        at(t), "order-7", "06010", "gbt47678-2026", problem_id=problem_id,
        lon=place.get("lon"), lat=place.get("lat"),
    )  # fmt: skip


def results(conclusions: Iterable[Conclusion]) -> list[tuple[str, float]]:
    found = [one.payload for one in conclusions if isinstance(one.payload, RelookResult)]
    assert all(one.case == "order-7" for one in found)
    return [(one.verdict, one.confidence) for one in found]


def test_a_second_look_is_a_fresh_one_and_answers_with_its_photos() -> None:
    one, problem = opened()
    question = asked(100, problem)
    assert one.takes(question)
    step = one.step(question)
    assert step.orders == (DeviceOrder("cam-1", Look("order-7")),)
    assert step.conclusions == ()
    (told,) = one.step(looked(103, "order-7", HEAP, picture=picture(103))).conclusions[:1]
    assert isinstance(told.payload, RelookResult)
    assert told.subject == "work-order/order-7"
    assert results([told]) == [("still-there", 0.8)]
    assert len(told.payload.photos) == 2
    assert [one.sealed for one in told.evidence] == [False, False, True]


@pytest.mark.parametrize(
    ("things", "expected"),
    [
        ((), ("gone", 0.96)),
        ((thing(x=0.7),), ("gone", 0.96)),
        ((thing(x=0.33, score=0.6),), ("still-there", 0.6)),
        ((thing("rubble_heap"),), ("gone", 0.96)),
        ((thing("vehicle", 0.25, y=0.5, size=0.3),), ("cannot-tell", 0.0)),
    ],
)
def test_what_the_look_shows_at_that_place_is_the_answer(
    things: tuple[SeenThing, ...], expected: tuple[str, float]
) -> None:
    one, problem = opened()
    one.step(asked(100, problem))
    assert results(one.step(looked(103, "order-7", *things)).conclusions) == [expected]


def test_an_emptied_bin_that_looks_a_little_like_a_full_one_is_gone() -> None:
    one, problem = opened(thing("overflowing_bin", score=0.7))
    one.step(asked(100, problem))
    emptied = looked(103, "order-7", thing("overflowing_bin", score=0.38))
    assert results(one.step(emptied).conclusions) == [("gone", 0.91)]


def test_a_look_that_could_not_be_made_cannot_tell_at_once() -> None:
    one, problem = opened()
    one.step(asked(100, problem))
    step = one.step(looked(103, "order-7", reason="covered", picture=picture(103)))
    assert results(step.conclusions) == [("cannot-tell", 0.0)]
    one.step(asked(110, problem))
    lost = LineStatus("cam-1", at(111), 0, 0, 0, 0, connected=False)
    assert results(one.step(lost).conclusions) == [("cannot-tell", 0.0)]
    assert results(one.step(asked(112, problem)).conclusions) == [("cannot-tell", 0.0)]


def test_a_look_that_nobody_answers_cannot_tell_after_a_while_also_after_a_restart() -> None:
    one, problem = opened()
    state = one.step(asked(100, problem)).state
    assert state is not None
    again = role(StreetscapeConfig(cameras=("cam-1",)))
    again.restore(state)
    told = [each for t in range(101, 300) for each in again.step(Tick(at(t))).conclusions]
    assert results(told) == [("cannot-tell", 0.0)]


def test_a_problem_that_has_ended_is_still_known() -> None:
    one, problem = opened()
    for reading in every(20, 60, 200, []):
        one.step(reading)
    question = asked(300, problem)
    assert one.takes(question)
    one.step(question)
    assert results(one.step(looked(303, "order-7", HEAP)).conclusions) == [("still-there", 0.8)]


def test_a_place_that_a_camera_sees_is_looked_at_for_whoever_reported_it() -> None:
    place = CameraPlaceConfig("cam-1", 113.3, 23.1, error_m=10, preset="left-half", zone="yard")
    config = StreetscapeConfig(cameras=("cam-1",), places=(place,))
    one = role(config)
    assert not one.takes(asked(0, lon=113.301, lat=23.1)), "a hundred metres away"
    assert not one.takes(replace(asked(0, lon=113.3, lat=23.1), class_code="99999"))
    assert not one.takes(asked(0)), "nowhere"
    question = asked(0, lon=113.30005, lat=23.10005)
    assert one.takes(question)
    (order,) = one.step(question).orders
    assert order == DeviceOrder("cam-1", Look("order-7", "left-half"))
    elsewhere, there = thing(), thing(zones=("yard",))
    state = one.step(Tick(at(1)))
    assert state.conclusions == ()
    assert results(one.step(looked(2, "order-7", elsewhere, preset="left-half")).conclusions) == [
        ("gone", 0.5)
    ], "never seen before: a person had better look"
    one.step(question)
    told = one.step(looked(4, "order-7", there, preset="left-half")).conclusions
    assert results(told) == [("still-there", 0.8)]


def test_it_takes_no_question_about_what_it_never_saw() -> None:
    one, problem = opened()
    assert not one.takes(asked(100, "cam-9-XYZ-p1"))
    assert {each.class_code for each in REFERENCE} >= {"06010", "06011", "06042", "07001", "09001"}
    assert one.step(scene(101)).orders == ()
    assert problem
