"""Steps that only tell: reminders, escalations, lateness. They write nothing themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from contract.workorder import Priority
from hub.dispatching import timing, transitions
from hub.dispatching.states import FINAL, OrderState
from hub.policies.policy import Step
from hub.store import audit
from hub.sweeping.addressing import Addressed, addressed, on_duty
from hub.sweeping.cases import Due, Effect, Result

_RANKED: tuple[Priority, ...] = get_args(Priority)  # the lowest first
_WORDS = {"remind": "reminded", "escalate": "escalated"}


def overdue(due: Due) -> Result:
    """The time of a stage is over."""
    idle = _needless(due, due.name)
    if idle is not None:
        return idle
    reached = addressed(due.book.owners.units, due.case.head, "owner", due.at_ns)
    _tell(due, "overdue", due.name, reached, leaders=False)
    return Result("done")


def ladder(due: Due) -> Result:
    """A reminder or an escalation, as the policy that the order is under has it."""
    named = (one for one in due.policy.escalation if (one.do, one.name) == (due.kind, due.name))
    step = next(named, None)
    if step is None:
        return Result("moot", f"policy {due.policy.name} has no such step")
    idle = _needless(due, step.of)
    if idle is not None:
        return idle
    reached = addressed(due.book.owners.units, due.case.head, step.to, due.at_ns)
    raised = _raised(due.case.head.priority, step)
    more: dict[str, object] = {"to": reached.rank}
    if reached.rank != step.to:
        more["instead_of"] = step.to
    if raised is not None:
        more |= {"priority": raised, "priority_before": due.case.head.priority}
    leaders = step.do == "escalate"
    _tell(due, _WORDS[step.do], step.of, reached, leaders=leaders, more=more)
    return Result("done", priority=raised)


TELLING: Mapping[str, Effect] = {
    timing.REMIND: ladder,
    timing.ESCALATE: ladder,
    timing.OVERDUE: overdue,
}


def _needless(due: Due, stage: str) -> Result | None:
    """Why the step is not for now, or never; None when it is."""
    state, row = OrderState(due.case.head.state), due.case.stages.get(stage)
    if state in FINAL:
        whole = due.case.head.merged_into
        return Result("moot", f"the order is {'part of another' if whole else state}")
    if row is None:
        return Result("moot", f"the order has no stage {stage}")
    if state is OrderState.RESOLVED:
        return Result("waits", "the order is resolved: goes on if it is sent back")
    if row.met_at is not None:
        return Result("moot", f"{stage} was met at {row.met_at}")
    if due.stands:
        return Result("waits", "the clock stands")
    return None


def _raised(now: Priority, step: Step) -> Priority | None:
    """Never lowered."""
    wanted = step.priority
    if wanted is None or _RANKED.index(wanted) <= _RANKED.index(now):
        return None
    return wanted


def _tell(
    due: Due,
    what: str,
    stage: str,
    reached: Addressed,
    *,
    leaders: bool,
    more: Mapping[str, object] | None = None,
) -> None:
    head, duty = due.case.head, due.book.owners
    detail: dict[str, object] = {
        "step": due.row.step,
        "round": due.row.round,
        "stage": stage,
        "stage_due_at": timing.text_of(due.case.stages[stage].due_ns),
        "units": list(reached.units),
        **(more or {}),
    }
    due.journal.note(
        audit.Entry(
            at=due.at,
            actor=transitions.HUB,
            action=what,
            subject=f"work-order/{head.id}",
            to_state=str(head.state),
            detail=detail,
        )
    )
    people = on_duty(duty, reached, due.at_ns, leaders=leaders)
    told = {**detail, "to_unit": next(iter(reached.units), None), "on_duty": people}
    if len(reached.units) > 1:
        told["assisting"] = list(reached.units)
    transitions.tell(due.journal, head, f"order.{what}", due.at, told)
