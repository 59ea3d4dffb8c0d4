"""Every look of the schedule is made, or is told to have been missed; and whoever asks gets an answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from contract.payloads.camera import CameraLooks, LookCount
from contract.payloads.gateway import GatewayNotice
from contract.payloads.relook import RelookResult
from edge_agent.config.camera_places import CameraPlaceConfig
from edge_agent.config.street_classes import REFERENCE
from edge_agent.config.streetscape import ScheduledLookConfig, StreetscapeConfig
from edge_agent.ports import Conclusion, DeviceOrder, Look
from edge_agent.readings import LineStatus, LookAsked, Reading, SeenThing, Tick, ViewReading
from edge_agent.roles.streetscape.state import decode_state
from edge_agent.roles.streetscape.streetscape import Streetscape
from edge_agent.rules.look_schedule import Planned
from tests.edge_agent.rules.standing.street import (
    CAMERA,
    START_NS,
    at,
    every,
    looked,
    news,
    picture,
    problems,
    scene,
    thing,
)

LOCAL_HOUR = 22 + 13 / 60  # what the street's clock shows at 0 s, +08:00
EVERY = StreetscapeConfig(
    cameras=("cam-1",),
    schedule=(ScheduledLookConfig("cam-1", "left-half", every_min=10),),
    retry_min=2,
    answer_s=30,
)
HEAP = thing()


def role(config: StreetscapeConfig = EVERY) -> Streetscape:
    return Streetscape(config, {"cam-1": CAMERA})


class Street:
    """A role with a camera that obeys, or not, one second after the other."""

    def __init__(self, one: Streetscape) -> None:
        self.role, self.told, self.orders = one, list[Conclusion](), list[DeviceOrder]()
        self.times, self.windows = list[float](), list[CameraLooks]()
        self.state: bytes | None = None

    def feed(self, reading: Reading) -> None:
        step = self.role.step(reading)
        self.told += news(step.conclusions)
        self.windows += [
            one.payload for one in step.conclusions if isinstance(one.payload, CameraLooks)
        ]
        self.orders += step.orders
        self.times += [reading.moment.mono_ns / 1e9 - 1] * len(step.orders)
        self.state = step.state or self.state

    def tick(self, begin: int, end: int, *, answers: str | None = "done") -> None:
        """`answers`: done, why not, or None for nothing at all."""
        for t in range(begin, end):
            known = len(self.orders)
            self.feed(Tick(at(t)))
            for one in self.orders[known:]:
                if answers is not None and isinstance(one.order, Look):
                    why = None if answers == "done" else answers
                    look, preset = one.order.look, one.order.preset
                    self.feed(looked(t + 0.5, look, preset=preset, reason=why))

    def planned(self) -> Planned:
        assert self.state is not None
        (one,) = decode_state(self.state).schedule.values()
        return one

    def notices(self) -> list[tuple[str, str | None]]:
        return [
            (one.payload.kind, one.payload.detail)
            for one in self.told
            if isinstance(one.payload, GatewayNotice)
        ]


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


def test_every_hour_says_what_became_of_the_looks() -> None:
    street = Street(role())
    street.tick(0, 1700)
    street.feed(scene(1700, HEAP))
    street.tick(1701, 2500, answers="cannot turn: the camera did not answer")
    street.tick(2500, 2900, answers=None)
    (hour,) = street.windows
    assert hour.camera == "cam-1"
    assert (hour.window.start, hour.window.end) == (
        "2026-09-21T14:00:00.000Z",
        "2026-09-21T15:00:00.000Z",
    )
    (line,) = hour.looks
    assert line == LookCount(
        every_min=10,
        preset="left-half",
        not_seen=3,
        could_not_look=9,
        reasons={"cannot turn: the camera did not answer": 6, "no answer": 3},
        last="could-not-look",
        last_at="2026-09-21T14:59:50.000Z",
    )
    assert hour.full_looks == 1


def test_what_was_seen_is_told_as_seen_and_by_each_line_for_itself() -> None:
    schedule = (
        ScheduledLookConfig("cam-1", "left-half", every_min=10),
        ScheduledLookConfig("cam-1", "walls", every_min=30, hours=("22:00-23:00",)),
    )
    street = Street(role(replace(EVERY, schedule=schedule)))
    for t in range(2900):
        known = len(street.orders)
        street.feed(Tick(at(t)))
        for one in street.orders[known:]:
            assert isinstance(one.order, Look)
            things = (HEAP,) if one.order.preset == "left-half" and t > 1000 else ()
            street.feed(looked(t + 0.5, one.order.look, *things, preset=one.order.preset))
    (hour,) = street.windows
    assert [(one.preset, one.hours, one.seen, one.not_seen) for one in hour.looks] == [
        ("left-half", (), 3, 2),
        ("walls", ("22:00-23:00",), 0, 2),
    ]
    assert [one.last for one in hour.looks] == ["seen", "not-seen"]


def test_an_hour_without_any_look_tells_nothing() -> None:
    street = Street(role(replace(EVERY, schedule=())))
    street.tick(0, 4 * 3600)
    assert street.windows == []


def test_a_window_and_its_counts_survive_a_restart() -> None:
    street = Street(role())
    street.tick(0, 1300)
    assert street.state is not None
    again = Street(role())
    again.role.restore(street.state)
    again.tick(1300, 2900)
    (hour,) = again.windows
    assert hour.looks[0].not_seen == 5


def test_a_look_of_a_camera_that_does_not_see_is_not_one_by_itself() -> None:
    street = Street(role())
    street.feed(ViewReading("cam-1", at(1), "covered"))
    street.feed(scene(2, HEAP))
    street.feed(ViewReading("cam-1", at(3), "good"))
    street.feed(scene(4, HEAP))
    street.feed(scene(5, HEAP, full=False))
    street.tick(6, 2900)
    assert street.windows[0].full_looks == 1


def test_a_look_at_a_time_that_nobody_knew_has_none() -> None:
    street = Street(role())
    for t in range(0, 3700, 10):
        moment = at(t, clock="unset")._replace(utc_ns=t * 10**9)
        known = len(street.orders)
        street.feed(Tick(moment))
        for one in street.orders[known:]:
            assert isinstance(one.order, Look)
            street.feed(replace(looked(t, one.order.look), moment=moment))
    (line,) = street.windows[0].looks
    assert (line.not_seen, line.last, line.last_at) == (6, "not-seen", None)


def test_a_window_that_began_without_the_time_goes_on_when_it_is_known() -> None:
    street = Street(role())
    for t in range(700):
        moment = at(t, clock="unset")._replace(utc_ns=t * 10**9)
        known = len(street.orders)
        street.feed(Tick(moment))
        for one in street.orders[known:]:
            assert isinstance(one.order, Look)
            answer = looked(t, one.order.look, preset=one.order.preset)
            street.feed(replace(answer, moment=moment))
    street.tick(700, 900, answers=None)
    street.tick(900, 2900, answers=None)
    (hour,) = street.windows
    assert hour.window.start == "2026-09-21T14:00:00.000Z"
    assert hour.looks[0].not_seen == 2
    assert hour.looks[0].last_at == "2026-09-21T14:59:50.000Z"


def test_reasons_do_not_pile_up() -> None:
    street = Street(role(replace(EVERY, retry_min=0.5)))
    for t in range(2800):
        known = len(street.orders)
        street.feed(Tick(at(t)))
        for one in street.orders[known:]:
            assert isinstance(one.order, Look)
            street.feed(looked(t + 0.5, one.order.look, reason=f"cannot turn: {t} " + "x" * 200))
    street.feed(Tick(at(2900)))
    (line,) = street.windows[0].looks
    assert len(line.reasons) == 8
    assert sum(line.reasons.values()) == line.could_not_look > 50
    assert max(map(len, line.reasons)) == 80


@pytest.mark.parametrize("minutes", [7, 50, 100])
def test_windows_meet_the_day(minutes: int) -> None:
    with pytest.raises(ValueError, match="divide the day"):
        replace(EVERY, looks_window_min=minutes)


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


def opened() -> tuple[Streetscape, str]:
    one = role(StreetscapeConfig(cameras=("cam-1",)))
    told = [each for reading in every(20, 0, 60, [HEAP]) for each in one.step(reading).conclusions]
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
