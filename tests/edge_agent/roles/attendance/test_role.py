"""The role from reports to events: verdicts, revisions, exceptions at once, restarts, changed rosters."""

from __future__ import annotations

import random
from dataclasses import replace

import msgspec
import pytest

from contract.payloads.attendance import AttendanceException, AttendanceShift
from contract.payloads.gateway import GatewayNotice
from edge_agent.config.attendance import AttendanceConfig, WeatherAlert
from edge_agent.config.proxy_limits import ProxyLimits
from edge_agent.roles.attendance.suspicions import Suspicions
from tests.edge_agent.roles.attendance.days import MIDNIGHT_NS, NS, Carried, clock, fix
from tests.edge_agent.roles.attendance.desk import CONFIG, Desk, Plans, shift_of

MORNING = (("07:30", "home"), ("07:50", "work"))
DAY = (*MORNING, ("17:05", "work"), ("17:20", "home"))
HONEST = Carried(DAY)
ABSENT = Carried((("07:30", "home"), ("17:20", "home")))


def test_an_honest_day_gives_one_verdict_and_no_exception() -> None:
    desk = Desk(Plans(shift_of("b-1")))
    desk.play(HONEST.track(), "07:00", "18:00")
    assert desk.verdicts() == [("b-1", "present", 0)]
    assert desk.exceptions() == []
    (told,) = desk.told(AttendanceShift)
    assert isinstance(told, AttendanceShift)
    assert (told.shift, told.minutes_expected, told.fences) == ("p-1/2026-09-22/1", 480, {"a-1": 3})
    assert told.minutes_inside >= 478
    at_ns = next(at for at, one in desk.conclusions if isinstance(one.payload, AttendanceShift))
    assert clock("17:15") <= at_ns <= clock("17:16")


def test_an_absence_is_told_at_once_and_again_as_the_verdict() -> None:
    desk = Desk(Plans(shift_of("b-1")))
    desk.play(ABSENT.track(), "07:00", "18:00")
    assert desk.exceptions() == [("absent", "opened", "b-1"), ("absent", "ended", "b-1")]
    assert 8 * 60 + 30 <= desk.when("absent")[0] <= 8 * 60 + 32
    assert desk.verdicts() == [("b-1", "absent", 0)]


def test_who_comes_an_hour_late_ends_the_absence() -> None:
    desk = Desk(Plans(shift_of("b-1")))
    desk.play(LATE.track(), "07:00", "18:00")
    assert desk.exceptions() == [("absent", "opened", "b-1"), ("absent", "ended", "b-1")]
    assert desk.when("absent", "ended")[0] <= 9 * 60 + 5
    assert desk.verdicts() == [("b-1", "late", 0)]


def test_leaving_is_told_after_a_while_and_coming_back_ends_it() -> None:
    legs = (("11:00", "work"), ("11:05", "home"), ("11:40", "home"), ("11:45", "work"))
    away = Carried((*MORNING, *legs, ("17:20", "work")))
    desk = Desk(Plans(shift_of("b-1")))
    desk.play(away.track(), "07:00", "18:00")
    assert desk.exceptions() == [("left-area", "opened", "b-1"), ("left-area", "ended", "b-1")]
    assert 11 * 60 + 8 <= desk.when("left-area")[0] <= 11 * 60 + 14


def test_lunch_at_home_raises_nothing() -> None:
    legs = (("12:01", "work"), ("12:05", "home"), ("12:52", "home"), ("12:57", "work"))
    desk = Desk(Plans(shift_of("b-1")))
    desk.play(Carried((*MORNING, *legs, ("17:20", "work"))).track(), "07:00", "18:00")
    assert desk.exceptions() == []
    assert desk.verdicts() == [("b-1", "present", 0)]


def test_a_drift_in_a_street_canyon_is_not_leaving() -> None:
    drift = Carried(DAY, offset=(("10:00", "10:06", 200.0),))
    desk = Desk(Plans(shift_of("b-1")))
    desk.play(drift.track(), "07:00", "18:00")
    assert desk.exceptions() == []


def test_a_badge_that_falls_silent_is_silent_and_never_absent() -> None:
    desk = Desk(Plans(shift_of("b-1")))
    desk.play(Carried(DAY, silent=(("07:30", "17:20"),)).track(), "07:00", "18:00")
    assert desk.exceptions() == [
        ("badge-silent", "opened", "b-1"),
        ("badge-silent", "ended", "b-1"),
    ]
    assert desk.verdicts() == [("b-1", "unknown", 0)]


def test_when_most_are_silent_it_is_not_the_badges() -> None:
    badges = [f"b-{n}" for n in range(12)]
    desk = Desk(Plans(*map(shift_of, badges)), tick_s=30)
    one = Carried(DAY, badge="b-0", every_s=60)
    desk.play(one.track(), "07:00", "10:00")
    assert desk.exceptions("badge-silent") == []


def test_a_blind_spot_that_comes_after_the_verdict_revises_it() -> None:
    blind = Carried((*DAY, ("19:00", "home")), blind=(("07:30", "17:20"),))
    desk = Desk(Plans(shift_of("b-1")))
    desk.play(blind.track(), "07:00", "19:30")
    assert desk.verdicts() == [("b-1", "unknown", 0), ("b-1", "present", 1)]
    first, second = (one for one in desk.told(AttendanceShift) if isinstance(one, AttendanceShift))
    assert (first.shift, first.minutes_inside) == (second.shift, 0)
    assert second.minutes_inside > 470


def test_reports_that_come_after_the_stated_time_change_nothing() -> None:
    blind = Carried((*DAY, ("23:30", "home")), blind=(("07:30", "17:20"),))
    desk = Desk(Plans(shift_of("b-1")), replace(CONFIG, revise_hours=6.0))
    desk.play(blind.track(), "07:00", "24:30")
    assert desk.verdicts() == [("b-1", "unknown", 0)]


def test_duplicates_and_late_copies_tell_nothing_again() -> None:
    desk = Desk(Plans(shift_of("b-1")))
    track = HONEST.track()
    again = [replace(one, moment=one.moment._replace(utc_ns=clock("18:00"))) for one in track[::7]]
    desk.play([*track, *track, *again], "07:00", "19:00")
    assert desk.verdicts() == [("b-1", "present", 0)]


@pytest.mark.parametrize("cuts", [("09:13",), ("07:59", "08:01", "12:30", "17:01", "17:14")])
def test_power_cuts_change_neither_verdict_nor_exceptions(cuts: tuple[str, ...]) -> None:
    legs = (("11:00", "work"), ("11:05", "home"), ("11:40", "home"), ("11:45", "work"))
    track = Carried((*MORNING, *legs, ("17:20", "work"))).track()
    whole, cut = Desk(Plans(shift_of("b-1"))), Desk(Plans(shift_of("b-1")))
    whole.play(track, "07:00", "18:00")
    begin = "07:00"
    for at in (*cuts, "18:00"):
        span = [one for one in track if clock(begin) <= one.moment.utc_ns < clock(at)]
        cut.play(span, begin, at)
        cut.restart()
        begin = at
    assert cut.verdicts() == whole.verdicts() == [("b-1", "present", 0)]
    assert cut.exceptions() == whole.exceptions()


def test_what_was_kept_while_nobody_listened_still_revises_a_verdict() -> None:
    """The power went between the batch's acknowledgement and the role."""
    desk = Desk(Plans(shift_of("b-1")))
    desk.play([one for one in HONEST.track() if one.at_ns == one.at_ns][:30], "07:00", "18:00")
    assert desk.verdicts()[-1][1:] == ("unknown", 0)
    late = [one for one in HONEST.track() if (one.at_ns or 0) > clock("07:41")]
    desk.kept += [replace(one, ordinal=1000 + n, live=False) for n, one in enumerate(late)]
    desk.restart()
    desk.play([], "18:00", "18:30")
    assert desk.verdicts()[-1] == ("b-1", "present", 1)


def test_a_gateway_whose_clock_is_a_day_ahead_concludes_nothing() -> None:
    badges = [f"b-{n}" for n in range(6)]
    desk = Desk(Plans(*map(shift_of, badges)), ahead_ns=26 * 3600 * NS, tick_s=20)
    tracks = [
        Carried(DAY, badge=badge, every_s=60, seed=n).track() for n, badge in enumerate(badges)
    ]
    both = [one for track in tracks for one in track]
    desk.play([one for one in both if one.moment.utc_ns < clock("10:00")], "07:30", "10:00")
    assert desk.conclusions == []
    desk.ahead_ns = 0
    desk.play([one for one in both if one.moment.utc_ns >= clock("10:00")], "10:00", "18:00")
    assert [told[1:] for told in desk.verdicts()] == [] or all(
        verdict == "present" for _, verdict, _ in desk.verdicts()
    )
    assert desk.exceptions("absent", "left-area", "badge-silent") == []


def test_nothing_is_concluded_while_the_clock_is_unset() -> None:
    desk = Desk(Plans(shift_of("b-1")), state="unset")
    desk.play(ABSENT.track(), "07:00", "18:00")
    assert desk.conclusions == []


# -- calls


def test_a_call_for_help_is_heard_off_shift_and_its_place_is_not_kept() -> None:
    desk = Desk(Plans(shift_of("b-1")))
    calls = [fix(clock("03:00") + n * 20 * NS, flags=("sos",)) for n in range(4)]
    later = [fix(clock("03:10") + n * 20 * NS) for n in range(4)]
    desk.play([*calls, *later], "02:59", "03:15")
    assert desk.exceptions() == [("sos", "opened", "b-1"), ("sos", "ended", "b-1")]
    assert desk.kept == []
    first = desk.told(AttendanceException)[0]
    assert isinstance(first, AttendanceException)
    assert first.detail is not None
    assert "lon 113.3" in first.detail


def test_an_empty_battery_is_told_once_until_it_was_charged() -> None:
    desk = Desk(Plans(shift_of("b-1")))
    levels = [40, 15, 14, 16, 20, 24, 60, 10]
    desk.play(
        [fix(clock("08:10") + n * 60 * NS, battery=float(level)) for n, level in enumerate(levels)],
        "08:00",
        "08:30",
    )
    told = [one[:2] for one in desk.exceptions("low-battery")]
    assert told == [("low-battery", phase) for phase in ("opened", "ended", "opened")]


# -- fairness


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


# -- changed rosters


LATE = Carried((("07:30", "home"), ("08:55", "home"), ("09:00", "work"), ("17:20", "work")))


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
