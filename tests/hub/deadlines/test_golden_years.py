"""Years against the State Council's notices, typed by hand: 国办发明电〔2023〕7号 (2023-10-25, wikisource
zh "国务院办公厅关于2024年部分节假日安排的通知"), 国办发明电〔2024〕12号 (2024-11-12, Xinhua by gmw.cn), and the
notice of 2025-11-04 for 2026 (Xinhua by gmw.cn). The notice for 2027 had not been published on 2026-11-21.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hub.deadlines import Pause, due
from hub.deadlines.years import review
from tests.hub.deadlines.offices import GUANGZHOU, PUBLISHED, local, official, wall

# year: (holidays as the notice's spans, make-up workdays, statutory days off of the year)
NOTICES = {
    2024: (
        "1.1-1.1 2.10-2.17 4.4-4.6 5.1-5.5 6.10-6.10 9.15-9.17 10.1-10.7",
        "2.4 2.18 4.7 4.28 5.11 9.14 9.29 10.12",
        11,
    ),
    2025: (
        "1.1-1.1 1.28-2.4 4.4-4.6 5.1-5.5 5.31-6.2 10.1-10.8",
        "1.26 2.8 4.27 9.28 10.11",
        13,
    ),
    2026: (
        "1.1-1.3 2.15-2.23 4.4-4.6 5.1-5.5 6.19-6.21 9.25-9.27 10.1-10.7",
        "1.4 2.14 2.28 5.9 9.20 10.10",
        13,
    ),
}


def _day(year: int, text: str) -> date:
    month, day = text.split(".")
    return date(year, int(month), int(day))


@pytest.mark.parametrize("year", NOTICES)
def test_a_published_year_is_as_its_notice_says(year: int) -> None:
    spans, work, _ = NOTICES[year]
    off = set()
    for span in spans.split():
        first, last = (_day(year, text) for text in span.split("-"))
        off |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
    days = official(year).days
    assert {day for day, one in days.items() if one.kind == "holiday"} == off
    made_up = {_day(year, text) for text in work.split()}
    assert {day for day, one in days.items() if one.kind == "workday"} == made_up


@pytest.mark.parametrize("year", NOTICES)
def test_moving_days_off_about_neither_makes_nor_takes_any(year: int) -> None:
    """The regulation on public holidays (全国年节及纪念日放假办法): 11 days, from 2025 on 13; each is a
    weekday or made up for, so the year has its weekdays less these."""
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    weekdays = sum(day.weekday() < 5 for day in days if day.year == year)
    found = review(official(year))
    assert found.workdays == weekdays - NOTICES[year][2]
    assert found.doubts == ()


def test_next_year_is_not_published_so_none_is_made_up() -> None:
    assert sorted(path.name for path in PUBLISHED.iterdir()) == [
        "cn-2024.csv",
        "cn-2025.csv",
        "cn-2026.csv",
    ]
    assert GUANGZHOU.known_until(date(2026, 11, 21)) == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        # 2024: Spring Festival, Sunday the 4th and the 18th work
        ("2024-02-09 16:00", 1, "2024-02-18 16:00"),
        ("2024-02-02 10:00", 1, "2024-02-04 10:00"),
        # 2024: the Saturday before Mid-Autumn works, then three days off
        ("2024-09-13 10:00", 2, "2024-09-18 10:00"),
        # 2025: eight days of October, the Sunday before and the Saturday after work
        ("2025-09-26 09:00", 4, "2025-10-09 09:00"),
        ("2025-10-09 09:00", 2, "2025-10-11 09:00"),
        # 2025: Qingming begins on a Friday, nothing is made up for
        ("2025-04-03 17:00", 1, "2025-04-07 17:00"),
        # 2026: New Year, Sunday the 4th works
        ("2025-12-31 11:00", 1, "2026-01-04 11:00"),
        # 2026: nine days of Spring Festival between two working Saturdays
        ("2026-02-13 15:00", 2, "2026-02-24 15:00"),
        ("2026-02-27 15:00", 1, "2026-02-28 15:00"),
        # 2026: the worked example of docs/deadlines.md
        ("2026-09-30 16:00", 3, "2026-10-10 16:00"),
    ],
)
def test_working_days_over_long_holidays(start: str, days: int, end: str) -> None:
    found = due(local(start), days, "working-day", GUANGZHOU)
    assert (wall(found.due_ns), found.beyond_known) == (end, False)


@pytest.mark.parametrize(
    ("unit", "amount", "end"),
    [
        ("urgent-hour", 4, "2026-09-30 20:00"),
        ("working-hour", 2, "2026-09-30 18:00"),
        ("working-hour", 4, "2026-10-08 10:30"),
        ("working-hour", 7, "2026-10-08 16:00"),
        ("working-day", 1, "2026-10-08 16:00"),
        ("working-day", 3, "2026-10-10 16:00"),
        ("working-day", 4, "2026-10-12 16:00"),
        ("calendar-day", 3, "2026-10-03 16:00"),
    ],
)
def test_the_holiday_week_of_the_docs(unit: str, amount: int, end: str) -> None:
    """A Wednesday, 16:00; Thursday to Wednesday off; Saturday the 10th works."""
    found = due(local("2026-09-30 16:00"), amount, unit, GUANGZHOU)
    assert wall(found.due_ns) == end


def test_shelving_costs_the_work_in_it_and_a_holiday_costs_nothing() -> None:
    start = local("2026-09-30 16:00")
    week, break_ = (
        Pause(begin_ns=local(begin), end_ns=local(end), reason="shelved")
        for begin, end in (
            ("2026-10-08 09:30", "2026-10-09 09:30"),
            ("2026-10-02 00:00", "2026-10-05 09:00"),
        )
    )
    ends = [due(start, 3, "working-day", GUANGZHOU, [one]).due_ns for one in (week, break_)]
    assert [wall(end) for end in ends] == ["2026-10-12 16:00", "2026-10-10 16:00"]


def test_a_time_beyond_the_published_years_is_computed_by_weekday_and_flagged() -> None:
    last = due(local("2026-12-30 10:00"), 1, "working-day", GUANGZHOU)
    assert (wall(last.due_ns), last.beyond_known) == ("2026-12-31 10:00", False)
    new_year = due(local("2026-12-31 10:00"), 1, "working-day", GUANGZHOU)
    assert (wall(new_year.due_ns), new_year.beyond_known) == ("2027-01-01 10:00", True)
