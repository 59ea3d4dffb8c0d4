"""When something is due again: by hand, and by law."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.duties.spans import Span, day_after, day_end, day_of, due_after, later, span_of
from tests.hub.duties.town import SHANGHAI, local

MADRID = ZoneInfo("Europe/Madrid")
SPANS = st.builds(Span, st.integers(1, 60), st.sampled_from(["days", "weeks", "months", "years"]))
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("day", "span", "then"),
    [
        ("2026-01-31", "1 month", "2026-02-28"),
        ("2028-01-31", "1 month", "2028-02-29"),
        ("2026-02-28", "1 month", "2026-03-28"),  # a short month is not made up for
        ("2026-03-31", "1 month", "2026-04-30"),
        ("2026-08-31", "6 months", "2027-02-28"),
        ("2026-12-15", "1 month", "2027-01-15"),
        ("2024-02-29", "1 year", "2025-02-28"),
        ("2024-02-29", "4 years", "2028-02-29"),
        ("2026-11-21", "12 months", "2027-11-21"),
        ("2026-12-28", "1 week", "2027-01-04"),
        ("2026-02-27", "2 days", "2026-03-01"),
    ],
)
def test_days_worked_out_by_hand(day: str, span: str, then: str) -> None:
    assert day_after(date.fromisoformat(day), span_of(span)) == date.fromisoformat(then)


def test_a_day_is_over_at_the_districts_midnight_not_at_utcs() -> None:
    late_evening = local("2026-01-31 23:30")
    assert due_after(SHANGHAI, late_evening, span_of("1 month")) == local("2026-03-01")
    assert due_after(SHANGHAI, late_evening + 3600 * 10**9, span_of("1 month")) == local(
        "2026-03-02"
    )


def test_hours_are_exact_where_clocks_change() -> None:
    before = local("2026-03-28 20:00", MADRID)
    assert due_after(MADRID, before, span_of("12 hours")) == local("2026-03-29 09:00", MADRID)
    assert due_after(MADRID, before, span_of("1 day")) == local("2026-03-30", MADRID)


def test_a_grace_counts_from_the_last_day() -> None:
    due = due_after(SHANGHAI, local("2026-01-31 09:00"), span_of("1 month"))
    assert later(SHANGHAI, due, span_of("1 day")) == local("2026-03-02")
    assert later(SHANGHAI, due, span_of("1 month")) == local("2026-03-29")
    assert later(SHANGHAI, due, span_of("6 hours")) == local("2026-03-01 06:00")


@settings(deadline=None)
@given(DAYS, SPANS)
def test_it_is_due_on_a_later_day_of_at_most_the_same_number(day: date, span: Span) -> None:
    then = day_after(day, span)
    assert then > day
    if span.unit in {"months", "years"}:
        months = span.amount * (12 if span.unit == "years" else 1)
        assert (then.year - day.year) * 12 + then.month - day.month == months
        assert then.day == day.day or (then.day < day.day and (then + timedelta(1)).day == 1)


@settings(deadline=None)
@given(DAYS, DAYS, SPANS)
def test_who_did_it_later_is_never_due_earlier(one: date, other: date, span: Span) -> None:
    early, late = sorted((one, other))
    assert day_after(early, span) <= day_after(late, span)


@settings(deadline=None)
@given(DAYS, st.sampled_from([SHANGHAI, MADRID, ZoneInfo("America/Havana")]))
def test_the_last_instant_before_the_end_is_still_that_day(day: date, zone: ZoneInfo) -> None:
    end = day_end(zone, day)
    assert day_of(zone, end - 1) == day
    assert day_of(zone, end) == day + timedelta(1)


@pytest.mark.parametrize(
    "text", ["", "12", "month", "0 days", "-1 day", "1.5 days", "12  months", "99 years", "1 moon"]
)
def test_what_is_no_span_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        span_of(text)


def test_spans_read_as_they_are_written() -> None:
    assert [str(span_of(text)) for text in ("1 day", "12 months", "2 weeks")] == [
        "1 day",
        "12 months",
        "2 weeks",
    ]
