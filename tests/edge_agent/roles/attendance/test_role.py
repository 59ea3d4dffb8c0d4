"""The role from reports to events: verdicts, revisions, exceptions at once, restarts, calls for help."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.payloads.attendance import AttendanceException, AttendanceShift
from tests.edge_agent.roles.attendance.carried_days import ABSENT, DAY, HONEST, LATE, MORNING
from tests.edge_agent.roles.attendance.days import NS, Carried, clock, fix
from tests.edge_agent.roles.attendance.desk import CONFIG, Desk, Plans, shift_of


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
