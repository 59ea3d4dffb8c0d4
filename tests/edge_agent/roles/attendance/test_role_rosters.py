"""A roster that is changed after shifts began, and what the role keeps of shifts."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from contract.payloads.attendance import AttendanceShift
from contract.payloads.gateway import GatewayNotice
from edge_agent.config.attendance import AttendanceConfig, WeatherAlert
from tests.edge_agent.roles.attendance.carried_days import ABSENT, HONEST, LATE
from tests.edge_agent.roles.attendance.days import MIDNIGHT_NS, Carried, clock
from tests.edge_agent.roles.attendance.desk import CONFIG, Desk, Plans, shift_of


def changed_at_noon(plan: Plans, carried: Carried = HONEST) -> Desk:
    desk = Desk(Plans(shift_of("b-1")))
    track = carried.track()
    desk.play([one for one in track if one.moment.utc_ns < clock("12:00")], "07:00", "12:00")
    desk.restart(plan)
    desk.play([one for one in track if one.moment.utc_ns >= clock("12:00")], "12:00", "18:00")
    return desk


def test_a_shift_that_is_changed_after_its_begin_stays_as_it_was() -> None:
    later = shift_of("b-1", "06:00")
    desk = changed_at_noon(Plans(msgspec.structs.replace(later, key="p-1/2026-09-22/1")))
    notices = [one for one in desk.told(GatewayNotice) if isinstance(one, GatewayNotice)]
    assert [one.kind for one in notices] == ["roster-change-held"]
    assert "p-1/2026-09-22/1" in (notices[0].detail or "")
    assert desk.verdicts() == [("b-1", "present", 0)]
    desk.restart(Plans(later))
    desk.play([], "18:00", "18:10")
    assert len(desk.told(GatewayNotice)) == 1


def test_an_amended_shift_is_judged_as_amended_and_says_so() -> None:
    desk = changed_at_noon(Plans(shift_of("b-1", "09:00", amended=True)), LATE)
    assert desk.told(GatewayNotice) == []
    (told,) = desk.told(AttendanceShift)
    assert isinstance(told, AttendanceShift)
    assert (told.verdict, told.amended, told.minutes_expected) == ("present", True, 420)


def test_an_amendment_after_the_verdict_is_a_revision() -> None:
    desk = Desk(Plans(shift_of("b-1")))
    desk.play(LATE.track(), "07:00", "18:00")
    desk.restart(Plans(shift_of("b-1", "09:00", amended=True)))
    desk.play([], "18:00", "18:10")
    assert desk.verdicts() == [("b-1", "late", 0), ("b-1", "present", 1)]


def test_a_shift_that_is_taken_out_after_its_begin_is_judged_all_the_same() -> None:
    desk = changed_at_noon(Plans(shift_of("b-2")))
    assert desk.verdicts()[0] == ("b-1", "present", 0)
    assert [one.kind for one in desk.told(GatewayNotice) if isinstance(one, GatewayNotice)] == [
        "roster-change-held",
        "roster-change-held",
    ]


def taken_out(badge: str) -> Plans:
    plan = shift_of(badge, amended=True)
    return Plans(excused=(msgspec.structs.replace(plan, breaks=((plan.start_ns, plan.end_ns),)),))


def test_an_approved_leave_after_the_verdict_takes_it_back() -> None:
    desk = Desk(Plans(shift_of("b-1")))
    desk.play(ABSENT.track(), "07:00", "18:00")
    desk.restart(taken_out("b-1"))
    desk.play([], "18:00", "18:10")
    assert desk.verdicts() == [("b-1", "absent", 0), ("b-1", "unknown", 1)]
    told = desk.told(AttendanceShift)[-1]
    assert isinstance(told, AttendanceShift)
    assert (told.amended, told.minutes_expected, told.minutes_inside) == (True, 0, 0)
    assert "approved" in told.reasons[0]
    assert desk.told(GatewayNotice) == []
    desk.restart(taken_out("b-1"))
    desk.play([], "18:10", "18:20")
    assert len(desk.verdicts()) == 2, "told once"


def test_an_approved_leave_in_mid_shift_ends_what_is_open_at_once() -> None:
    desk = changed_at_noon(taken_out("b-1"), ABSENT)
    assert desk.exceptions() == [("absent", "opened", "b-1"), ("absent", "ended", "b-1")]
    assert desk.when("absent", "ended")[0] <= 12 * 60 + 1
    assert desk.verdicts() == [("b-1", "unknown", 0)]
    assert desk.told(GatewayNotice) == []


def test_a_shift_before_this_gateway_watched_has_no_verdict() -> None:
    desk = Desk(Plans(shift_of("b-1")))
    desk.play(
        [one for one in HONEST.track() if one.moment.utc_ns > clock("09:00")], "09:00", "18:00"
    )
    assert desk.verdicts() == []


def test_what_ended_long_ago_is_forgotten() -> None:
    desk = Desk(Plans(shift_of("b-1")), replace(CONFIG, revise_hours=1.0))
    desk.play(HONEST.track(), "07:00", "18:00")
    assert list(desk.keyed) == ["p-1/2026-09-22/1"]
    desk.play([], "18:00", "20:00")
    assert desk.keyed == {}


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        AttendanceConfig(devices=())
    with pytest.raises(ValueError, match="later than begin"):
        WeatherAlert("heat", "2026-09-22T13:00:00Z", "2026-09-22T12:00:00Z")
    assert MIDNIGHT_NS
