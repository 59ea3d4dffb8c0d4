"""Edges of a day, pauses, stages, and what is stored with an order."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from hub.deadlines import (
    Calendar,
    Computed,
    OrderClock,
    Pause,
    Stage,
    due,
    due_stages,
    keep_first,
    merged,
    remaining,
    worked_ns,
)
from hub.deadlines.calendars import SpecialDay, alarms, with_official
from tests.hub.deadlines.offices import (
    FIVE_DAYS,
    GUANGZHOU,
    HOUR,
    OFF,
    OFFICE,
    SHANGHAI,
    SHORT_FRIDAYS,
    WEEKS_ONLY,
    YEARS,
    local,
    wall,
    week,
)


def _pause(begin: str, end: str | None, reason: str = "shelved") -> Pause:
    return Pause(begin_ns=local(begin), end_ns=None if end is None else local(end), reason=reason)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-17 09:00", 3, "2026-11-17 12:00"),  # to the stroke of lunch, not to its end
        ("2026-11-17 09:00", 4, "2026-11-17 15:30"),
        ("2026-11-17 12:00", 1, "2026-11-17 15:30"),  # the first moment of lunch is lunch
        ("2026-11-17 13:00", 1, "2026-11-17 15:30"),
        ("2026-11-17 06:00", 1, "2026-11-17 09:30"),
        ("2026-11-17 18:00", 1, "2026-11-18 09:30"),
        ("2026-11-17 23:59", 1, "2026-11-18 09:30"),
        ("2026-11-18 00:00", 1, "2026-11-18 09:30"),
        ("2026-11-20 17:00", 1, "2026-11-20 18:00"),  # Friday
        ("2026-11-20 17:00", 2, "2026-11-23 09:30"),
        ("2026-11-21 10:00", 7, "2026-11-23 18:00"),  # Saturday
        ("2026-11-20 17:00", 0.5, "2026-11-20 17:30"),
    ],
)
def test_working_hours_at_the_edges_of_a_day(start: str, hours: float, end: str) -> None:
    assert wall(due(local(start), hours, "working-hour", GUANGZHOU).due_ns) == end


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-17 10:00", 1, "2026-11-18 10:00"),
        ("2026-11-17 06:00", 1, "2026-11-17 18:00"),  # the whole of that day
        ("2026-11-21 10:00", 1, "2026-11-23 18:00"),  # Saturday: the whole of Monday
        ("2026-11-17 13:00", 1, "2026-11-18 12:00"),  # half, and half
        ("2026-11-17 10:00", 0.5, "2026-11-17 16:00"),
    ],
)
def test_working_days_end_where_the_same_share_of_a_day_is_done(
    start: str, days: float, end: str
) -> None:
    assert wall(due(local(start), days, "working-day", GUANGZHOU).due_ns) == end


def test_a_short_day_is_a_whole_working_day() -> None:
    """Half of Thursday is done at 12:00; half of a Friday of 3.5 hours at 10:15."""
    assert wall(due(local("2026-11-19 12:00"), 1, "working-day", SHORT_FRIDAYS).due_ns) == (
        "2026-11-20 10:15"
    )


def test_a_make_up_workday_has_the_hours_of_the_weekday_it_works_as() -> None:
    made_up = {date(2026, 11, 21): SpecialDay("workday", "own", "notice 1", works_as=4)}
    calendar = Calendar("short", SHANGHAI, SHORT_FRIDAYS.weeks, days=made_up)
    saturday = (local("2026-11-21 00:00"), local("2026-11-22 00:00"))
    assert worked_ns(*saturday, calendar) == 3.5 * HOUR
    assert worked_ns(*saturday, SHORT_FRIDAYS) == 0


def test_summer_hours_hold_from_their_first_day() -> None:
    summer = week(*[((480, 720), (900, 1080))] * 5, OFF, OFF, since=date(2026, 6, 1))
    calendar = Calendar("seasons", SHANGHAI, (FIVE_DAYS, summer))
    friday = local("2026-05-29 17:30")
    assert wall(due(friday, 1, "working-hour", calendar).due_ns) == "2026-06-01 08:30"


def test_a_pause_stops_the_clock_and_an_open_one_has_no_end() -> None:
    start = local("2026-11-17 10:00")
    shelved = _pause("2026-11-17 11:00", "2026-11-19 11:00")
    assert wall(due(start, 3, "working-hour", GUANGZHOU, [shelved]).due_ns) == "2026-11-19 15:30"
    standing = _pause("2026-11-17 11:00", None, "waiting-for-access")
    found = due(start, 3, "working-hour", GUANGZHOU, [standing])
    assert (found.due_ns, found.at) == (None, None)
    left = remaining(
        start, 3, "working-hour", GUANGZHOU, [standing], now_ns=local("2026-12-20 10:00")
    )
    assert (left.left, left.standing, left.overdue) == (2.0, True, False)


def test_a_pause_behind_the_due_time_saves_nobody() -> None:
    start, late = local("2026-11-17 10:00"), _pause("2026-11-17 13:00", None)
    found = due(start, 2, "working-hour", GUANGZHOU, [late])
    assert wall(found.due_ns) == "2026-11-17 12:00"


def test_an_order_is_overdue_after_its_moment_not_at_it() -> None:
    start, end = local("2026-11-17 10:00"), local("2026-11-17 12:00")
    states = [
        remaining(start, 2, "working-hour", GUANGZHOU, now_ns=now)
        for now in (end - 1, end, end + 1)
    ]
    assert [one.overdue for one in states] == [False, False, True]
    assert states[1].share_used == 1.0
    half = remaining(start, 2, "working-hour", GUANGZHOU, now_ns=local("2026-11-17 11:00"))
    assert (half.left, half.share_used, half.standing) == (1.0, 0.5, False)
    late = remaining(start, 2, "working-hour", GUANGZHOU, now_ns=local("2026-11-17 15:00"))
    assert (late.left, late.share_used) == (-0.5, 1.25)


def test_pauses_that_overlap_are_counted_once_and_early_ones_from_the_start() -> None:
    start = local("2026-11-17 10:00")
    pauses = [
        _pause("2026-11-16 00:00", "2026-11-17 11:00"),
        _pause("2026-11-17 10:30", "2026-11-17 11:30", "extension"),
        _pause("2026-11-17 11:00", "2026-11-17 11:15"),
        _pause("2026-11-10 00:00", "2026-11-11 00:00"),
    ]
    assert wall(due(start, 1, "urgent-hour", pauses=pauses).due_ns) == "2026-11-17 12:30"


def test_a_pause_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        _pause("2026-11-17 11:00", "2026-11-17 10:00")


def test_a_merged_clock_starts_first_and_stands_where_all_stood() -> None:
    """One order was shelved from Tuesday to Friday; the other was opened on Wednesday and ran."""
    early = OrderClock(
        start_ns=local("2026-11-16 10:00"), pauses=(_pause("2026-11-17 10:00", "2026-11-20 10:00"),)
    )
    late = OrderClock(start_ns=local("2026-11-18 10:00"))
    found = merged(early, late)
    assert found.start_ns == early.start_ns
    assert [(wall(one.begin_ns), wall(one.end_ns)) for one in found.pauses] == [
        ("2026-11-17 10:00", "2026-11-18 10:00")
    ]


def test_what_happens_again_resets_no_moment() -> None:
    moments = keep_first({}, "dispatched", 100)
    assert keep_first(moments, "dispatched", 900) == {"dispatched": 100}
    assert keep_first(moments, "dispatched", 50) == {"dispatched": 50}


def test_stages_run_from_their_moments_and_wait_for_them() -> None:
    stages = [
        Stage(name="accept", amount=0.5, unit="urgent-hour"),
        Stage(name="arrive", amount=2, unit="working-hour", since="accept"),
        Stage(name="resolve", amount=1, unit="working-day", since="dispatched"),
    ]
    opened = local("2026-11-20 17:00")
    moments = {"opened": opened, "dispatched": opened}
    found = due_stages(stages, moments, GUANGZHOU)
    assert {name: wall(one.due_ns) for name, one in found.items()} == {
        "accept": "2026-11-20 17:30",
        "resolve": "2026-11-23 17:00",
    }
    again = due_stages(stages, keep_first(moments, "accept", opened + HOUR // 4), GUANGZHOU)
    assert wall(again["arrive"].due_ns) == "2026-11-23 09:45"


def test_what_is_computed_survives_json_and_names_its_rules() -> None:
    found = due(local("2026-11-17 10:00"), 2, "working-hour", GUANGZHOU)
    assert (found.rule, found.calendar) == ("working-hour/1", GUANGZHOU.version)
    assert found.at == "2026-11-17T04:00:00.000Z"
    assert msgspec.json.decode(msgspec.json.encode(found), type=Computed) == found
    assert due(0, 1, "urgent-hour", GUANGZHOU).calendar is None


def test_a_calendar_that_answers_differently_has_another_version() -> None:
    same = with_official(WEEKS_ONLY, YEARS, {})
    renamed = Calendar("office", SHANGHAI, (FIVE_DAYS,), GUANGZHOU.days, GUANGZHOU.years)
    fewer = with_official(WEEKS_ONLY, YEARS[:2], {})
    own = with_official(WEEKS_ONLY, YEARS, {date(2026, 3, 12): SpecialDay("holiday", "a", "b")})
    digests = [one.version.split("@")[1] for one in (same, renamed, fewer, own, GUANGZHOU)]
    assert digests[0] == digests[1] == digests[4]
    assert len(set(digests)) == 3


def test_a_units_own_day_stands_above_the_official_year() -> None:
    own = {date(2026, 10, 1): SpecialDay("workday", "on duty", "notice 2", works_as=3)}
    calendar = with_official(WEEKS_ONLY, YEARS, own)
    assert calendar.hours_of(date(2026, 10, 1)) == OFFICE
    assert calendar.hours_of(date(2026, 10, 2)) == OFF


def test_calendars_that_end_soon_alarm_the_soonest_first() -> None:
    until = Calendar("pilot", SHANGHAI, (FIVE_DAYS,), until=date(2026, 12, 1))
    rows = alarms([GUANGZHOU, WEEKS_ONLY, until], date(2026, 11, 21), days=45)
    assert [(row.calendar, row.known_until, row.days_left) for row in rows] == [
        ("pilot", date(2026, 12, 1), 10),
        ("office", date(2027, 1, 1), 41),
    ]
    assert alarms([GUANGZHOU], date(2026, 11, 21), days=41) == []
    assert alarms([GUANGZHOU], date(2027, 3, 1))[0].days_left == 0


def test_what_no_calendar_could_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="working hours"):
        Calendar("shut", SHANGHAI, (week(*[OFF] * 7),))
    with pytest.raises(ValueError, match="in order"):
        Calendar("twice", SHANGHAI, (FIVE_DAYS, FIVE_DAYS))
    sunday = {date(2026, 10, 1): SpecialDay("workday", "a", "b", works_as=6)}
    with pytest.raises(ValueError, match="works as sun"):
        Calendar("sunday", SHANGHAI, (FIVE_DAYS,), sunday)
    with pytest.raises(ValueError, match="expected the calendar"):
        due(0, 1, "working-day")
    with pytest.raises(ValueError, match="0 or more"):
        due(0, -1, "urgent-hour")


def test_before_the_first_week_and_from_until_on_nothing_is_known() -> None:
    pilot = Calendar("pilot", SHANGHAI, (FIVE_DAYS,), until=date(2026, 12, 1))
    flags = [
        due(local(start), 1, "working-hour", pilot).beyond_known
        for start in ("2023-12-29 10:00", "2026-11-30 10:00", "2026-11-30 17:30")
    ]
    assert flags == [True, False, True]
