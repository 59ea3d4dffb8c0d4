"""The role and the people: what raises nothing, what is told again, what is found about badges, what is kept."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from contract.payloads.attendance import AttendanceException, AttendanceShift
from edge_agent.config.attendance import WeatherAlert
from edge_agent.config.proxy_limits import ProxyLimits
from edge_agent.roles.attendance.suspicions import Suspicions
from tests.edge_agent.roles.attendance.carried_days import ABSENT, DAY, HONEST, MORNING
from tests.edge_agent.roles.attendance.days import NS, Carried, clock, fix
from tests.edge_agent.roles.attendance.desk import CONFIG, Desk, Plans, shift_of


def test_idle_is_off_unless_somebody_asks_for_it() -> None:
    still = Carried(DAY, wander_m=0.0, noise_m=1.0)
    off, on = (
        Desk(Plans(shift_of("b-1"))),
        Desk(Plans(shift_of("b-1")), replace(CONFIG, idle_after_s=3600.0)),
    )
    off.play(still.track(), "07:00", "18:00")
    on.play(still.track(), "07:00", "18:00")
    assert off.exceptions() == []
    assert on.exceptions()[0] == ("idle", "opened", "b-1")


def test_heat_sends_people_inside_and_raises_nothing() -> None:
    heat = WeatherAlert("heat", "2026-09-22T13:00:00+08:00", "2026-09-22T17:00:00+08:00")
    home = Carried((*MORNING, ("13:00", "work"), ("13:10", "home"), ("17:20", "home")))
    without, with_ = (
        Desk(Plans(shift_of("b-1"))),
        Desk(Plans(shift_of("b-1")), replace(CONFIG, alerts=(heat,))),
    )
    without.play(home.track(), "07:00", "18:00")
    with_.play(home.track(), "07:00", "18:00")
    assert without.verdicts() == [("b-1", "left-early", 0)]
    assert with_.verdicts() == [("b-1", "present", 0)]
    assert with_.exceptions() == []


def test_a_spot_check_asks_for_a_look_and_accuses_nobody() -> None:
    desk = Desk(Plans(shift_of("b-1")), replace(CONFIG, spot_check_share=1.0))
    desk.play(HONEST.track(), "07:00", "18:00")
    assert desk.exceptions() == [("spot-check", "opened", "b-1"), ("spot-check", "ended", "b-1")]
    told = desk.told(AttendanceShift)[0]
    assert isinstance(told, AttendanceShift)
    assert told.spot_checked
    assert told.verdict == "present"


def test_a_heat_alert_that_comes_after_the_verdict_excuses_all_the_same() -> None:
    home = Carried((*MORNING, ("13:00", "work"), ("13:10", "home"), ("17:20", "home")))
    desk = Desk(Plans(shift_of("b-1")))
    desk.play(home.track(), "07:00", "18:00")
    heat = WeatherAlert("heat", "2026-09-22T13:00:00+08:00", "2026-09-22T17:00:00+08:00")
    desk.config = replace(CONFIG, alerts=(heat,))
    desk.restart()
    desk.play([], "18:00", "18:10")
    assert desk.verdicts() == [("b-1", "left-early", 0), ("b-1", "present", 1)]


def test_nobody_is_sent_to_look_in_a_break() -> None:
    desk = Desk(Plans(shift_of("b-1", breaks=((clock("08:30"), clock("16:55")),))))
    desk.config = replace(CONFIG, spot_check_share=1.0)
    desk.role = desk._made()
    desk.play(HONEST.track(), "07:00", "18:00")
    assert all(minute < 8 * 60 + 30 or minute >= 16 * 60 + 55 for minute in desk.when("spot-check"))


def test_a_rest_area_that_nobody_drew_makes_nobody_unknown() -> None:
    desk = Desk(Plans(shift_of("b-1")), replace(CONFIG, rest_areas=("a-9",)))
    desk.play(ABSENT.track(), "07:00", "18:00")
    assert desk.verdicts() == [("b-1", "absent", 0)]


def test_more_reports_that_say_the_same_are_no_revision() -> None:
    desk = Desk(Plans(shift_of("b-1")))
    track = HONEST.track()
    late = [
        replace(one, live=False, moment=one.moment._replace(utc_ns=clock("18:00")))
        for one in track[100:130:3]
    ]
    kept = [one for place, one in enumerate(track) if not (100 <= place < 130 and place % 3 == 1)]
    desk.play([*kept, *late], "07:00", "19:00")
    assert desk.verdicts() == [("b-1", "present", 0)]


def test_a_verdict_outlives_the_track_that_it_was_made_from() -> None:
    desk = Desk(Plans(shift_of("b-1")))
    desk.play(HONEST.track(), "07:00", "18:00")
    desk.kept = [one for one in desk.kept if (one.at_ns or 0) > clock("12:00")]
    straggler = fix(clock("16:00") + 5 * NS, came_ns=clock("18:30"), live=False)
    desk.play([straggler], "18:00", "19:00")
    assert desk.verdicts() == [("b-1", "present", 0)]


# -- badges that are not with their people


@pytest.mark.parametrize("restarts", [False, True])
def test_yesterdays_way_sent_again_with_fresh_times_is_told(restarts: bool) -> None:
    tomorrow = shift_of("b-1", "32:00", "41:00", key="p-1/2026-09-23/1", breaks=())
    desk = Desk(Plans(shift_of("b-1"), tomorrow), suspicions=Suspicions(ProxyLimits()))
    day = HONEST.track()
    desk.play(day, "07:00", "18:00")
    assert desk.exceptions() == []
    if restarts:
        desk.suspicions = Suspicions(ProxyLimits())
        desk.restart()
    again = [
        replace(
            one,
            at_ns=(one.at_ns or 0) + 24 * 3600 * NS,
            moment=one.moment._replace(utc_ns=one.moment.utc_ns + 24 * 3600 * NS),
        )
        for one in day
    ]
    desk.play(again, "31:00", "42:00")
    assert desk.exceptions("replayed-track") == [
        ("replayed-track", "opened", "b-1"),
        ("replayed-track", "ended", "b-1"),
    ]
    told = desk.told(AttendanceException)[0]
    assert isinstance(told, AttendanceException)
    assert told.evidence
    assert told.detail


def test_two_badges_in_one_pocket_are_one_exception_that_names_both() -> None:
    pocket = [Carried(DAY, badge=f"b-{n}", wander_m=25.0, seed=n) for n in (1, 2)]
    apart = Carried(DAY, badge="b-3", seed=3)
    desk = Desk(
        Plans(*(shift_of(f"b-{n}") for n in (1, 2, 3))), suspicions=Suspicions(ProxyLimits())
    )
    way = {one.at_ns: (one.lon, one.lat) for one in replace(pocket[0], noise_m=0.0).track()}
    noise = random.Random(5)
    tracks = [
        replace(
            one,
            lon=(way[one.at_ns][0] or 0.0) + noise.gauss(0, 3e-5),
            lat=(way[one.at_ns][1] or 0.0) + noise.gauss(0, 3e-5),
        )
        for carried in pocket
        for one in carried.track()
    ]
    desk.play([*tracks, *apart.track()], "07:00", "18:00")
    told = [one for one in desk.exceptions("proxy-suspected") if one[1] == "opened"]
    assert told == [("proxy-suspected", "opened", "b-1+b-2")]


# -- privacy


def test_only_what_was_sent_around_a_shift_may_be_kept() -> None:
    desk = Desk(Plans(shift_of("b-1")))
    role = desk.role
    kept = {
        text: role.may_keep(fix(clock(text)))
        for text in ("03:00", "07:44", "07:46", "12:30", "17:14", "17:16", "23:00")
    }
    assert kept == {
        **dict.fromkeys(("03:00", "07:44", "17:16", "23:00"), False),
        **dict.fromkeys(("07:46", "12:30", "17:14"), True),
    }
    assert role.may_keep(fix(clock("03:00"), badge="truck-9")) is None
