"""An order's clocks and what happens by itself, from its policy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.deadlines import Pause, Stage
from hub.dispatching import timing
from hub.policies.policy import Expiry, Policy, Step, Text, Texts
from tests.fakes.clock import START_UTC_NS
from tests.hub.detections import at

HOUR = 3600 * 10**9
_TEXTS = Texts(zh=Text(title="试"), en=Text(title="Trial"))
RESOLVE = Stage(name="resolve", amount=4, unit="urgent-hour")
ACCEPT = Stage(name="accept", amount=0.5, unit="urgent-hour", since="dispatched")
STEPS = (
    Step(name="half", do="remind", to="owner", share=0.5),
    Step(name="late", do="escalate", to="parent", after=2),
    Step(name="nobody", do="escalate", to="district", of="accept", after=0),
)
POLICY = Policy(name="trial", texts=_TEXTS, stages=(ACCEPT, RESOLVE), escalation=STEPS)


def policy(**changes: Any) -> Policy:
    return msgspec.structs.replace(POLICY, **changes)


def opened(*pauses: Pause, **moments: int) -> dict[str, str | None]:
    """Timers by step; moments in hours after the zero hour."""
    times = {name: START_UTC_NS + hour * HOUR for name, hour in moments.items()}
    planned = timing.plan(POLICY, times, None, pauses)
    return timing.timers(POLICY, planned, None, pauses)


def shelved(begin: int, end: int | None) -> Pause:
    ends = None if end is None else START_UTC_NS + end * HOUR
    return Pause(begin_ns=START_UTC_NS + begin * HOUR, end_ns=ends, reason="shelved")


def test_a_stage_that_has_not_begun_has_a_timer_without_time() -> None:
    assert opened(opened=0) == {
        "overdue:accept": None,
        "overdue:resolve": at(240),
        "remind:half": at(120),
        "escalate:late": at(360),
        "escalate:nobody": None,
    }


def test_a_stage_runs_from_its_own_moment() -> None:
    found = opened(opened=0, dispatched=3)
    assert (found["overdue:accept"], found["escalate:nobody"]) == (at(210), at(210))


def test_while_the_clock_stands_nothing_is_due_that_is_not_due_before() -> None:
    found = opened(shelved(3, None), opened=0)
    assert (found["remind:half"], found["overdue:resolve"], found["escalate:late"]) == (
        at(120),
        None,
        None,
    )
    found = opened(shelved(1, 4), opened=0)
    assert (found["remind:half"], found["overdue:resolve"], found["escalate:late"]) == (
        at(300),
        at(420),
        at(540),
    )


@given(st.floats(0.1, 1), st.integers(0, 300), st.integers(0, 300))
def test_a_share_of_the_time_comes_before_its_end_and_in_order(
    share: float, begin: int, length: int
) -> None:
    minute = 60 * 10**9
    pause = Pause(
        begin_ns=START_UTC_NS + begin * minute,
        end_ns=START_UTC_NS + (begin + length) * minute,
        reason="shelved",
    )
    step = Step(name="some", do="remind", to="owner", share=share)
    some = policy(stages=(RESOLVE,), escalation=(step,))
    planned = timing.plan(some, {"opened": START_UTC_NS}, None, [pause])
    found = timing.timers(some, planned, None, [pause])
    end = found["overdue:resolve"]
    assert end is not None
    assert at(0) < (found["remind:some"] or "") <= end
    stood = length if begin < 240 else 0
    assert end == at(240 + stood)


@pytest.mark.parametrize(
    ("unit", "hours"),
    [("urgent-hour", 2), ("working-hour", 2), ("working-day", 48), ("calendar-day", 48)],
)
def test_without_any_calendar_a_day_has_24_hours_so_that_no_order_lacks_a_due_time(
    unit: Any, hours: int
) -> None:
    stage = Stage(name="resolve", amount=2, unit=unit)
    planned = timing.plan(policy(stages=(stage,)), {"opened": START_UTC_NS}, None)
    assert timing.due_columns(planned) == {
        "due_at": at(hours * 60),
        "due_rule": "urgent-hour/1",
        "due_calendar": None,
        "beyond_known": 0,
    }
    assert [(row["amount"], row["unit"]) for row in timing.clock_rows("o", planned)] == [
        (hours, "urgent-hour")
    ]


def test_stages_of_an_extended_order_count_instead_of_the_policys() -> None:
    longer = Stage(name="resolve", amount=6, unit="urgent-hour")
    planned = timing.plan(POLICY, {"opened": START_UTC_NS}, None, (), (longer,))
    assert timing.due_columns(planned)["due_at"] == at(360)
    assert [row["stage"] for row in timing.clock_rows("o", planned)] == ["resolve"]


def test_the_rows_of_a_clock_say_how_it_was_computed() -> None:
    planned = timing.plan(POLICY, {"opened": START_UTC_NS}, None)
    accept, resolve = timing.clock_rows("o-1", planned)
    empty = {"start_ns": None, "due_ns": None, "rule": None, "calendar": None, "beyond_known": 0}
    assert accept == {
        "order_id": "o-1",
        "stage": "accept",
        "since": "dispatched",
        "amount": 0.5,
        "unit": "urgent-hour",
        **empty,
    }
    assert (resolve["start_ns"], resolve["due_ns"], resolve["rule"]) == (
        START_UTC_NS,
        START_UTC_NS + 4 * HOUR,
        "urgent-hour/1",
    )


def test_an_order_whose_clock_stands_has_no_due_time_of_its_own() -> None:
    planned = timing.plan(POLICY, {"opened": START_UTC_NS}, None, [shelved(1, None)])
    assert timing.due_columns(planned)["due_at"] is None


def test_expiry_runs_from_the_latest_sighting_and_only_where_the_policy_says() -> None:
    assert timing.expiry_at(POLICY, START_UTC_NS, None) is None
    hours = policy(expiry=Expiry(amount=3))
    assert timing.expiry_at(hours, START_UTC_NS + HOUR, None) == at(240)
    days = policy(expiry=Expiry(amount=1, unit="working-day"))
    assert timing.expiry_at(days, START_UTC_NS, None) == at(1440)


def test_a_step_after_working_hours_counts_hours_where_there_is_no_calendar() -> None:
    step = Step(name="late", do="escalate", to="parent", after=1, unit="working-day")
    some = policy(stages=(RESOLVE,), escalation=(step,))
    planned = timing.plan(some, {"opened": START_UTC_NS}, None)
    assert timing.timers(some, planned, None)["escalate:late"] == at(240 + 1440)


def test_text_of_a_moment_or_of_none() -> None:
    assert (timing.text_of(START_UTC_NS), timing.text_of(None)) == (at(0), None)


def test_a_plan_knows_its_resolve() -> None:
    planned = timing.plan(POLICY, {"opened": START_UTC_NS}, None)
    assert planned.resolve is planned.computed["resolve"]
    assert replace(planned, computed={}).resolve is None
