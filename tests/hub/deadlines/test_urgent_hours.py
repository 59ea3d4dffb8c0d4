"""Due times around the clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.timestamps import parse_rfc3339, rfc3339
from hub.deadlines import due


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-09-21T14:13:20.000Z", 4, "2026-09-21T18:13:20.000Z"),
        ("2026-12-31T22:00:00.000Z", 4, "2027-01-01T02:00:00.000Z"),
        ("2028-02-28T12:00:00.000Z", 24, "2028-02-29T12:00:00.000Z"),
        ("2026-10-01T00:00:00.000Z", 0, "2026-10-01T00:00:00.000Z"),
    ],
)
def test_urgent_hours_run_through_night_new_year_and_leap_day(
    start: str, hours: int, end: str
) -> None:
    found = due(start, amount=hours, unit="urgent-hour")
    assert (found.at, found.rule) == (end, "urgent-hour/1")


MS = st.integers(0, 4_000_000_000_000)
HOURS = st.integers(0, 10_000)


@given(MS, HOURS, HOURS)
def test_hours_add_up_and_more_of_them_end_later(start_ms: int, first: int, second: int) -> None:
    start = rfc3339(start_ms * 10**6)
    once = due(start, amount=first + second, unit="urgent-hour").at
    twice = due(
        due(start, amount=first, unit="urgent-hour").at, amount=second, unit="urgent-hour"
    ).at
    assert once == twice
    assert parse_rfc3339(once) - parse_rfc3339(start) == (first + second) * 3600 * 10**9
