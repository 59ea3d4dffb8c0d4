"""An order's clocks and what happens by itself, from its policy. Pure.

Stages run from moments: `opened` (the first opening of anything merged into the order), `dispatched`,
`resolved`, or the moment another stage was met. First times count, so nothing that happens again starts
a clock anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from contract.timestamps import rfc3339
from hub.deadlines import Calendar, Computed, Pause, Stage, due, due_stages
from hub.policies.policy import RESOLVE, Policy, Step

Row = dict[str, object]
REMIND, ESCALATE, OVERDUE, EXPIRE = "remind", "escalate", "overdue", "expire"
ASK, UNANSWERED, AGAIN, UNSHELVE = "ask", "unanswered", "ask-again", "unshelve"


@dataclass(frozen=True, slots=True)
class Plan:
    """`computed` by stage; a stage that has not begun has none."""

    stages: Sequence[Stage]
    computed: Mapping[str, Computed]

    @property
    def resolve(self) -> Computed | None:
        return self.computed.get(RESOLVE)


def plan(
    policy: Policy,
    moments: Mapping[str, int],
    calendar: Calendar | None,
    pauses: Iterable[Pause] = (),
    stages: Sequence[Stage] | None = None,
) -> Plan:
    """`stages` instead of the policy's own where an extension has changed them. A unit without any
    calendar is taken to work always, so that no order is without a due time."""
    wanted = tuple(_possible(one, calendar) for one in stages or policy.stages)
    return Plan(wanted, due_stages(wanted, moments, calendar, tuple(pauses)))


def clock_rows(order_id: str, planned: Plan) -> list[Row]:
    """Rows of `order_clock`."""
    return [
        {
            "order_id": order_id,
            "stage": stage.name,
            "since": stage.since,
            "amount": stage.amount,
            "unit": stage.unit,
            **_computed(planned.computed.get(stage.name)),
        }
        for stage in planned.stages
    ]


def due_columns(planned: Plan) -> Row:
    """What an order itself keeps of the stage `resolve`."""
    found = planned.resolve
    if found is None:
        return {"due_at": None, "due_rule": None, "due_calendar": None, "beyond_known": 0}
    return {
        "due_at": found.at,
        "due_rule": found.rule,
        "due_calendar": found.calendar,
        "beyond_known": int(found.beyond_known),
    }


def timers(
    policy: Policy,
    planned: Plan,
    calendar: Calendar | None,
    pauses: Iterable[Pause] = (),
    met: Collection[str] = (),
) -> dict[str, str | None]:
    """Due time by step: one for each stage's lateness, each reminder and escalation, but for those of
    stages that are `met`. None = the clock stands, or the stage has not begun."""
    listed = tuple(pauses)
    found: dict[str, str | None] = {}
    for stage in planned.stages:
        computed = planned.computed.get(stage.name)
        if stage.name not in met:
            found[f"{OVERDUE}:{stage.name}"] = None if computed is None else computed.at
    for step in policy.escalation:
        if step.of not in met:
            found[f"{step.do}:{step.name}"] = _step_at(step, planned, calendar, listed)
    return found


def steps_of(policy: Policy, stage: str) -> list[str]:
    """What happens by itself for this stage."""
    named = [f"{step.do}:{step.name}" for step in policy.escalation if step.of == stage]
    return [f"{OVERDUE}:{stage}", *named]


def expiry_at(policy: Policy, last_ns: int, calendar: Calendar | None) -> str | None:
    """When an order that nobody has seen since `last_ns` is void; None = never."""
    expiry = policy.expiry
    if expiry is None:
        return None
    stage = _possible(Stage(name=EXPIRE, amount=expiry.amount, unit=expiry.unit), calendar)
    return due(last_ns, stage.amount, stage.unit, calendar).at


def _step_at(
    step: Step, planned: Plan, calendar: Calendar | None, pauses: tuple[Pause, ...]
) -> str | None:
    computed = planned.computed.get(step.of)
    if computed is None:
        return None
    if step.share is not None:
        part = computed.amount * step.share
        return due(computed.start_ns, part, computed.unit, calendar, pauses).at
    if computed.due_ns is None:
        return None
    behind = _possible(Stage(name=step.name, amount=step.after or 0, unit=step.unit), calendar)
    return due(computed.due_ns, behind.amount, behind.unit, calendar, pauses).at


def _possible(stage: Stage, calendar: Calendar | None) -> Stage:
    """Without a calendar a working hour is an hour, a working or calendar day 24 of them."""
    if calendar is not None or stage.unit == "urgent-hour":
        return stage
    hours = stage.amount if stage.unit == "working-hour" else stage.amount * 24
    return Stage(name=stage.name, amount=hours, unit="urgent-hour", since=stage.since)


def _computed(one: Computed | None) -> Row:
    if one is None:
        return {
            "start_ns": None,
            "due_ns": None,
            "rule": None,
            "calendar": None,
            "beyond_known": 0,
        }
    return {
        "start_ns": one.start_ns,
        "due_ns": one.due_ns,
        "rule": one.rule,
        "calendar": one.calendar,
        "beyond_known": int(one.beyond_known),
    }


def text_of(ns: int | None) -> str | None:
    return None if ns is None else rfc3339(ns)
