"""Whole days judged: by hand, and by law."""

from __future__ import annotations

import pytest

from edge_agent.roles.attendance.judging import judge
from tests.edge_agent.roles.attendance.days import FENCE, LIMITS, GoldenDay, clock
from tests.edge_agent.roles.attendance.golden_days import GOLDEN_DAYS

TWO_MINUTES_NS = 120 * 10**9


@pytest.mark.parametrize("day", GOLDEN_DAYS, ids=lambda day: day.name)
def test_a_day_is_judged_as_a_person_judged_it(day: GoldenDay) -> None:
    found = judge(day.shift, day.track(), FENCE, LIMITS)
    assert (found.verdict, found.reasons) == (day.verdict, found.reasons)
    low, high = day.minutes
    assert low <= found.minutes_inside <= high
    for told, expected in ((found.first_in_ns, day.first_in), (found.last_out_ns, day.last_out)):
        if expected is not None:
            assert told is not None
            assert abs(told - clock(expected)) <= TWO_MINUTES_NS
