"""What a duty's word says to people: the days are the district's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract.timestamps import rfc3339
from hub.duties.kinds import DutyBook
from hub.duties.openings import says
from hub.duties.spans import day_end, day_of
from hub.store.duties import DutyRow
from tests.hub.duties.town import BOOK, GAS, local

ZONES = (
    "Asia/Shanghai",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
)
_MS = 10**6
MOMENTS = st.integers(local("1990-01-01") // _MS, local("2060-01-01") // _MS).map(lambda n: n * _MS)


def row(due_ns: int, done_ns: int) -> DutyRow:
    due = rfc3339(due_ns)
    return DutyRow(
        n=1, district="d", kind=GAS.name, object="o", lon=None, lat=None, address=None, unit=None,
        contractor=None, lot=None, first_due_at=due, register_done_at=None,
        last_done_at=rfc3339(done_ns), next_due_at=due, late_at=due, reason="overdue", tries=0,
        revisit_at=None, computed_by="-", state="waiting", wake_at=due, round=0,
    )  # fmt: skip


def said(zone: ZoneInfo, due_ns: int, done_ns: int) -> str:
    return says(DutyBook(zone, BOOK.kinds), GAS, row(due_ns, done_ns)).partition(": ")[2]


@given(st.sampled_from(ZONES), MOMENTS, MOMENTS)
@example("Asia/Shanghai", local("2026-09-30"), local("2026-09-30"))
@example("Pacific/Kiritimati", local("2026-09-30 08:00"), local("2026-09-30 08:00") - _MS)
def test_days_are_those_of_the_zone_at_any_instant(name: str, due_ns: int, done_ns: int) -> None:
    zone = ZoneInfo(name)
    last, due = day_of(zone, done_ns), day_of(zone, due_ns - 1)
    assert said(zone, due_ns, done_ns) == f"not done since {last}, was due by {due}"


@given(st.sampled_from(ZONES), MOMENTS)
def test_what_is_due_at_the_end_of_a_day_is_due_by_that_day(name: str, about_ns: int) -> None:
    zone = ZoneInfo(name)
    day = day_of(zone, about_ns)
    end = day_end(zone, day)
    assert said(zone, end, end).endswith(f"was due by {day}")


@pytest.mark.parametrize("never", [True, False])
def test_what_was_never_done_says_so(never: bool) -> None:
    due = int(datetime(2026, 9, 30, 16, tzinfo=UTC).timestamp()) * 10**9
    one = row(due, due)._replace(reason="never" if never else "refused", last_done_at=None)
    text = says(replace(BOOK), GAS, one)
    assert text.endswith(
        "never done, was due by 2026-09-30" if never else "refused, due by 2026-09-30"
    )
