"""Every hour says what became of the looks, also when there was nothing to see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.payloads.camera import LookCount
from edge_agent.config.streetscape import ScheduledLookConfig
from edge_agent.ports import Look
from edge_agent.readings import Tick, ViewReading
from tests.edge_agent.roles.streetscape.timed import EVERY, HEAP, Street, role
from tests.edge_agent.rules.standing.street import at, looked, scene


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
