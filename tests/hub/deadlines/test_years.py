"""A year's CSV: what is read, what is refused with its line, what a reviewer is shown."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.deadlines.calendars import SpecialDay
from hub.deadlines.faults import CalendarRefused
from hub.deadlines.years import HEADER, read_year, review
from tests.hub.deadlines.offices import PUBLISHED, official

HEAD = ",".join(HEADER) + "\n"


def _refused(content: str | bytes, name: str = "cn-2026.csv") -> list[str]:
    with pytest.raises(CalendarRefused) as refused:
        read_year(name, content.encode() if isinstance(content, str) else content)
    return [str(fault) for fault in refused.value.faults]


def test_days_are_read_with_the_weekday_they_work_as() -> None:
    rows = HEAD + "2026-01-01,holiday,元旦,notice,\n\n2026-01-04, workday ,元旦,notice,fri\n"
    assert read_year("cn-2026.csv", rows.encode("utf-8-sig")).days == {
        date(2026, 1, 1): SpecialDay("holiday", "元旦", "notice"),
        date(2026, 1, 4): SpecialDay("workday", "元旦", "notice", 4),
    }
    short = "date,kind,name,source\r\n2026-01-04,workday,元旦,notice\r\n"
    assert read_year("cn-2026.csv", short.encode()).days[date(2026, 1, 4)].works_as == 0


@pytest.mark.parametrize(
    ("row", "expectation"),
    [
        ("2026-1-1,holiday,a,b,", "date '2026-1-1': expected YYYY-MM-DD"),
        ("2026-02-30,holiday,a,b,", "date '2026-02-30': expected a day that exists"),
        (
            "2025-12-31,holiday,a,b,",
            "date 2025-12-31: expected a day of 2026, as the file's name says",
        ),
        ("2026-01-01,off,a,b,", "kind 'off': expected holiday or workday"),
        ("2026-01-01,holiday,,b,", "expected a name and a source: who published it"),
        ("2026-01-01,holiday,a,,", "expected a name and a source: who published it"),
        ("2026-01-01,holiday,a,b,mon", "works_as 'mon': expected nothing on a holiday"),
        ("2026-01-04,workday,a,b,monday", "works_as 'monday': expected one of mon, tue"),
        ("2026-01-04,workday", "2 cells: expected date, kind, name, source, works_as"),
        ("2026-01-03,holiday,a,b,", "2026-01-03 again: expected each date once"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line_and_what_was_expected(
    row: str, expectation: str
) -> None:
    faults = _refused(HEAD + "2026-01-03,holiday,a,b,\n" + row + "\n")
    assert len(faults) == 1
    assert faults[0].startswith(f"cn-2026.csv:3: {expectation}")


def test_every_fault_is_named_at_once_in_order() -> None:
    faults = _refused(HEAD + "x,holiday,a,b,\n2026-01-02,holiday,a,b,\n2026-01-03,y,a,b,\n")
    assert [fault.split(":")[1] for fault in faults] == ["2", "4"]


def test_a_wrong_file_is_refused() -> None:
    assert "expected a name like cn-2026.csv" in _refused(HEAD, "2026.csv")[0]
    assert "cn-2026.csv:1: expected the header date," in _refused("a,b\n")[0]
    assert "cn-2026.csv:2: expected UTF-8" in _refused(HEAD.encode() + "元旦".encode("gbk"))[0]
    assert "expected at least one holiday" in _refused(HEAD)[0]
    assert "expected CSV" in _refused(HEAD + '2026-01-01,"a"b,c,d,\n')[0]
    assert "expected at most" in _refused(b"x" * 300_000)[0]


@given(st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray((PUBLISHED / "cn-2026.csv").read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = set(read_year("cn-2026.csv", bytes(content)).days)
    except CalendarRefused:
        found = {date(2026, 1, 1)}
    assert {day.year for day in found} == {2026}


def test_a_reviewer_sees_breaks_with_the_weekends_around_them_and_make_up_days() -> None:
    lines = review(official(2024)).lines
    assert "2024-06-08 sat to 2024-06-10 mon  3 days off  端午节" in lines
    assert "2024-01-01 mon to 2024-01-01 mon  1 day off  元旦" in lines
    assert "2024-05-11 sat  works as mon  劳动节" in lines
    assert len(lines) == 7 + 8


def test_what_is_unusual_is_asked_about() -> None:
    rows = "".join(f"2026-{month:02d}-05,workday,a,b,\n" for month in range(1, 13))
    doubts = review(read_year("cn-2026.csv", (HEAD + rows).encode())).doubts
    assert "2026-01-05 is a mon: a workday without being made one" in doubts
    assert "1 January is no holiday" in doubts
    assert any("are all holidays listed?" in doubt for doubt in doubts)
