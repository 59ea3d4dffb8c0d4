"""One day's stays against its plan."""

from __future__ import annotations

import pytest

from edge_agent.rules.verdict import Day, day, expected_ns, overlap_ns, verdict
from tests.edge_agent.roles.attendance.days import LIMITS, NS, clock, planned

SHIFT = planned()  # 08:00 to 17:00, break 12:00 to 13:00


def one_day(*stays: tuple[str, str]) -> Day:
    return day([(clock(begin), clock(end)) for begin, end in stays], SHIFT, LIMITS)


@pytest.mark.parametrize(
    ("stays", "told", "minutes"),
    [
        ((("07:50", "17:10"),), "present", 480),
        ((("08:05", "16:55"),), "present", 470),
        ((("08:05:01", "17:00"),), "late", 474),
        ((("08:00", "16:54:59"),), "left-early", 474),
        ((("08:10", "16:00"),), "late", 410),
        ((("07:50", "12:00"), ("13:00", "17:10")), "present", 480),
        ((("07:50", "12:00"),), "left-early", 240),
        ((("08:00", "09:12"),), "left-early", 72),  # 15 % of 480
        ((("08:00", "09:11:59"),), "absent", 71),
        ((("12:00", "13:00"),), "absent", 0),  # in the break only
        ((("06:00", "07:59"), ("17:01", "18:00")), "absent", 0),  # around it only
        ((), "absent", 0),
    ],
)
def test_a_reading_of_a_day(stays: tuple[tuple[str, str], ...], told: str, minutes: int) -> None:
    found = one_day(*stays)
    assert (found.verdict, found.inside_ns // (60 * NS)) == (told, minutes)


def test_first_in_and_last_out_are_those_of_stays_that_touch_the_shift() -> None:
    found = one_day(("05:00", "06:00"), ("07:50", "12:00"), ("13:00", "17:10"), ("18:00", "19:00"))
    assert (found.first_in_ns, found.last_out_ns) == (clock("07:50"), clock("17:10"))


def test_two_readings_that_differ_are_unknown() -> None:
    present, late = one_day(("08:00", "17:00")), one_day(("09:00", "17:00"))
    assert verdict(present, present) == "present"
    assert verdict(late, late) == "late"
    assert verdict(late, present) == "unknown"


def test_expected_time_and_overlap() -> None:
    assert expected_ns(SHIFT) == 8 * 3600 * NS
    assert overlap_ns([(0, 10), (20, 30)], [(5, 25), (28, 40)]) == 5 + 5 + 2
