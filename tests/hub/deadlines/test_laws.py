"""What holds of every clock: more is later, sums add up, pauses shift exactly; DST where there is any."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hub.deadlines import OrderClock, Pause, due, merged, remaining, worked_ns
from hub.deadlines.calendars import Calendar
from hub.deadlines.clocks import Unit, clock_of
from tests.hub.deadlines.offices import (
    GUANGZHOU,
    HOUR,
    MADRID,
    MADRID_OFFICE,
    NIGHTS,
    SHORT_FRIDAYS,
    local,
    wall,
)

FIRST, LAST = local("2024-01-01 00:00"), local("2026-11-01 00:00")
DAY = 24 * HOUR
UNITS = st.sampled_from(["urgent-hour", "working-hour", "working-day", "calendar-day"])
CALENDARS = st.sampled_from([GUANGZHOU, SHORT_FRIDAYS, MADRID_OFFICE, NIGHTS])
CHINESE = st.sampled_from([GUANGZHOU, SHORT_FRIDAYS])
STARTS = st.one_of(
    st.integers(FIRST, LAST),
    st.integers(0, 1000).map(lambda n: FIRST + n * DAY),  # midnight in Shanghai
    st.integers(0, 24_000).map(lambda n: FIRST + n * HOUR),
    # around both changes of the clock in Madrid, 2026
    st.integers(0, 200).map(lambda n: local("2026-03-28 12:00", MADRID) + n * HOUR // 4),
    st.integers(0, 200).map(lambda n: local("2026-10-24 12:00", MADRID) + n * HOUR // 4),
)
AMOUNTS = st.one_of(st.integers(0, 40), st.sampled_from([0.1, 0.25, 0.5, 1.5, 2.75]))


def _due(start: int, amount: float, unit: Unit, calendar: Calendar, *pauses: Pause) -> int:
    found = due(start, amount, unit, calendar, pauses).due_ns
    assert found is not None
    return found


@given(STARTS, STARTS, AMOUNTS, UNITS, CALENDARS)
def test_who_begins_later_is_not_due_earlier(
    one: int, other: int, amount: float, unit: Unit, calendar: Calendar
) -> None:
    early, late = sorted((one, other))
    assert _due(early, amount, unit, calendar) <= _due(late, amount, unit, calendar)


@given(STARTS, AMOUNTS, AMOUNTS, UNITS, CALENDARS)
def test_more_time_is_never_due_earlier(
    start: int, one: float, other: float, unit: Unit, calendar: Calendar
) -> None:
    less, more = sorted((one, other))
    assert start <= _due(start, less, unit, calendar) <= _due(start, more, unit, calendar)


@given(STARTS, AMOUNTS, AMOUNTS, UNITS, CHINESE)
def test_two_stretches_are_one_of_their_sum(
    start: int, first: float, second: float, unit: Unit, calendar: Calendar
) -> None:
    """To the nanosecond, but for days of different length: half of a day is rounded up once each."""
    total = float(Fraction(str(first)) + Fraction(str(second)))
    twice = _due(_due(start, first, unit, calendar), second, unit, calendar)
    once = _due(start, total, unit, calendar)
    if (
        unit == "working-day"
    ):  # a nanosecond left over may fall behind the close, at the next opening
        assert once <= twice
        assert worked_ns(once, twice, calendar) <= 4
    else:
        assert once == twice


@given(STARTS, st.integers(1, 30), st.integers(1, 30), CALENDARS)
def test_hours_add_up_over_every_change_of_the_clock(
    start: int, first: int, second: int, calendar: Calendar
) -> None:
    for unit in ("urgent-hour", "working-hour"):
        twice = _due(_due(start, first, unit, calendar), second, unit, calendar)
        assert twice == _due(start, first + second, unit, calendar)


@given(STARTS, AMOUNTS, UNITS, CALENDARS)
def test_a_clock_moves_between_start_and_due_by_just_the_amount(
    start: int, amount: float, unit: Unit, calendar: Calendar
) -> None:
    clock = clock_of(unit, calendar)
    end = _due(start, amount, unit, calendar)
    wanted = Fraction(str(amount)) * clock.unit_ticks
    moved = clock.between(start, end)
    if unit == "calendar-day" and calendar.zone is MADRID:
        assert wanted <= moved <= wanted + HOUR  # the hour that does not exist
    elif unit == "working-day":
        assert wanted <= moved <= wanted + Fraction(1, HOUR)
    else:
        assert moved == wanted
    if end > start:
        assert clock.between(start, end - 1) < wanted  # the earliest such moment


PAUSES = st.lists(
    st.tuples(st.integers(0, 30 * DAY), st.integers(0, 20 * DAY)).map(
        lambda pair: (pair[0], pair[0] + pair[1])
    ),
    max_size=4,
)


@given(STARTS, st.integers(1, 20), UNITS, CHINESE, PAUSES)
def test_the_clock_moves_by_the_amount_outside_of_pauses(
    start: int, amount: int, unit: Unit, calendar: Calendar, spans: list[tuple[int, int]]
) -> None:
    """Checked without the code under test: every instant between the cuts is paused or not."""
    pauses = [Pause(begin_ns=start + b, end_ns=start + e, reason="shelved") for b, e in spans]
    end = _due(start, amount, unit, calendar, *pauses)
    clock = clock_of(unit, calendar)
    cuts = sorted({start, end, *(min(max(start + n, start), end) for span in spans for n in span)})
    moved = sum(
        clock.between(a, b)
        for a, b in pairwise(cuts)
        if not any(start + x <= a < start + y for x, y in spans)
    )
    wanted = Fraction(amount) * clock.unit_ticks
    assert wanted <= moved <= wanted + (Fraction(1, HOUR) if unit == "working-day" else 0)


@given(STARTS, st.integers(1, 20), UNITS, CHINESE, st.integers(0, 5 * DAY), st.integers(0, 9 * DAY))
def test_a_pause_costs_just_the_time_it_took(
    start: int, amount: int, unit: Unit, calendar: Calendar, after: int, length: int
) -> None:
    clock = clock_of(unit, calendar)
    plain = _due(start, amount, unit, calendar)
    pause = Pause(
        begin_ns=start + after, end_ns=start + after + length, reason="waiting-for-access"
    )
    assume(pause.begin_ns < plain)
    later = _due(start, amount, unit, calendar, pause)
    taken = clock.between(pause.begin_ns, start + after + length)
    tolerance = Fraction(2, HOUR) if unit == "working-day" else 0
    assert abs(clock.between(plain, later) - taken) <= tolerance


@given(STARTS, STARTS, STARTS, CALENDARS)
def test_worked_time_is_cut_anywhere_without_loss(
    a: int, b: int, c: int, calendar: Calendar
) -> None:
    begin, middle, end = sorted((a, b, c))
    whole = worked_ns(begin, end, calendar)
    assert worked_ns(begin, middle, calendar) + worked_ns(middle, end, calendar) == whole
    assert 0 <= whole <= end - begin


@given(STARTS, st.integers(1, 20), UNITS, CHINESE, PAUSES, st.integers(0, 60 * DAY))
def test_what_is_left_now_is_due_from_now(
    start: int,
    amount: int,
    unit: Unit,
    calendar: Calendar,
    spans: list[tuple[int, int]],
    later: int,
) -> None:
    pauses = [Pause(begin_ns=start + b, end_ns=start + e, reason="extension") for b, e in spans]
    end = _due(start, amount, unit, calendar, *pauses)
    found = remaining(start, amount, unit, calendar, pauses, now_ns=start + later)
    assert found.overdue == (start + later > end)
    assert found.share_used == pytest.approx(1 - found.left / amount, abs=1e-9)
    if start + later <= end:
        assert found.left > -1e-9
    else:
        assert found.left <= 0


CLOCKS = st.builds(
    lambda start, spans: OrderClock(
        start_ns=start,
        pauses=tuple(
            Pause(begin_ns=start + b, end_ns=start + e, reason="shelved") for b, e in spans
        ),
    ),
    st.integers(FIRST, FIRST + 40 * DAY),
    PAUSES,
)


@given(CLOCKS, CLOCKS, st.integers(1, 20), UNITS)
def test_merging_never_puts_a_due_time_off(
    one: OrderClock, other: OrderClock, amount: int, unit: Unit
) -> None:
    clock = merged(one, other)
    assert clock == merged(other, one) or one.start_ns == other.start_ns
    ends = [
        _due(order.start_ns, amount, unit, GUANGZHOU, *order.pauses)
        for order in (clock, one, other)
    ]
    assert clock.start_ns == min(one.start_ns, other.start_ns)
    assert ends[0] <= min(ends[1:])


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-03-28 12:00", 1, "2026-03-29 12:00"),  # 23 hours later
        ("2026-03-28 02:30", 1, "2026-03-29 03:00"),  # 02:30 does not exist
        ("2026-03-28 02:30", 2, "2026-03-30 02:30"),
        ("2026-10-24 12:00", 1, "2026-10-25 12:00"),  # 25 hours later
        ("2026-10-24 02:30", 1, "2026-10-25 02:30"),
    ],
)
def test_a_calendar_day_goes_to_the_same_time_of_day_over_a_change(
    start: str, days: int, end: str
) -> None:
    found = due(local(start, MADRID), days, "calendar-day", MADRID_OFFICE)
    assert wall(found.due_ns, MADRID) == end


def test_the_doubled_hour_moves_no_calendar_day() -> None:
    first = local("2026-10-25 02:30", MADRID)
    ends = [_due(first + n * HOUR // 2, 1, "calendar-day", MADRID_OFFICE) for n in range(4)]
    assert [wall(end, MADRID) for end in ends] == [
        "2026-10-26 02:30",
        "2026-10-26 03:00",
        "2026-10-26 03:00",
        "2026-10-26 03:00",
    ]


def test_a_night_shift_works_seven_hours_in_spring_and_nine_in_autumn() -> None:
    spring, autumn = local("2026-03-28 22:00", MADRID), local("2026-10-24 22:00", MADRID)
    plain = local("2026-06-10 22:00", MADRID)
    nights = [
        worked_ns(begin, local(end, MADRID), NIGHTS) // HOUR
        for begin, end in (
            (spring, "2026-03-29 06:00"),
            (autumn, "2026-10-25 06:00"),
            (plain, "2026-06-11 06:00"),
        )
    ]
    assert nights == [7, 9, 8]


def test_china_has_no_change_of_the_clock() -> None:
    for month in range(1, 11):
        start = local(f"2026-{month:02d}-20 09:00")
        assert _due(start, 30, "calendar-day", GUANGZHOU) == start + 30 * DAY
