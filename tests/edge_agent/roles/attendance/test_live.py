"""Watches of badges, and what those hear who look for badges that go together."""

from __future__ import annotations

import pytest

from contract.rosters.shift import BadgeSpan, PlannedShift
from edge_agent.roles.attendance.live import Live
from tests.edge_agent.roles.attendance.days import FENCE, HALF_M, clock, fix
from tests.edge_agent.roles.attendance.desk import CONFIG, shift_of


class Heard:
    """Companions that write down what they are told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    def begin(self, badge: str, plan: PlannedShift) -> None:
        self.calls.append(("begin", badge))

    def end(self, badge: str) -> None:
        self.calls.append(("end", badge))

    def add(self, badge: str, *_: object) -> None:
        self.calls.append(("add", badge))


def test_a_shift_that_begins_forgets_nothing_of_the_time_before_it() -> None:
    """Watched from a quarter of an hour before, and once more when it begins: the way to work shows
    who came together."""
    heard = Heard()
    live = Live(CONFIG, FENCE, heard)
    first = live.begin(shift_of("b-1"))
    live.take(fix(clock("07:50")))
    assert live.begin(shift_of("b-1")) is first
    assert heard.calls == [("begin", "b-1"), ("add", "b-1")]


def test_an_amended_shift_keeps_the_badges_that_stay() -> None:
    heard = Heard()
    live = Live(CONFIG, FENCE, heard)
    watch = live.begin(shift_of("b-1"))
    live.take(fix(clock("08:10")))
    swap = (
        BadgeSpan("b-1", clock("08:00"), clock("12:00")),
        BadgeSpan("b-2", clock("12:00"), clock("17:00")),
    )
    assert live.begin(shift_of("b-1", badges=swap)) is watch
    live.take(fix(clock("12:10"), badge="b-2"))
    assert ("end", "b-1") not in heard.calls
    assert watch.last_ns == clock("12:10")
    live.end(watch)
    assert heard.calls[-2:] == [("end", "b-1"), ("end", "b-2")]
    assert live.plans() == {}


def test_a_report_of_a_badge_that_somebody_else_wears_by_then_is_not_looked_at() -> None:
    live = Live(CONFIG, FENCE, None)
    spans = (BadgeSpan("b-1", clock("08:00"), clock("12:00")),)
    watch = live.begin(shift_of("b-1", badges=spans))
    live.take(fix(clock("13:00")))
    assert watch.last_ns == 0
    assert watch.heard_ns > 0


@pytest.mark.parametrize("resumed", [False, True])
def test_a_fix_dated_in_the_future_does_not_blind_the_watch(resumed: bool) -> None:
    """A watch takes no fix that is older than its last: one that claims tomorrow would make it deaf to
    all that is true until then."""
    heard = Heard()
    live = Live(CONFIG, FENCE, heard)
    watch = live.begin(shift_of("b-1"))
    gone = HALF_M + 200.0
    reports = [
        fix(clock("08:10")),
        fix(clock("16:00"), came_ns=clock("08:11")),
        *(fix(clock(f"09:{minute:02}"), gone) for minute in range(0, 30, 2)),
    ]
    if resumed:
        live.resume(watch, reports)
    else:
        for one in reports:
            live.take(one)
    assert watch.last_ns == clock("09:28")
    assert watch.outside_ns == clock("09:00")
    assert heard.calls.count(("add", "b-1")) == len(reports) - 1
