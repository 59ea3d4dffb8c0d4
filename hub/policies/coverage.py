"""Which events of the wire nobody answers for. A set that leaves some out is legal, and said aloud."""

from __future__ import annotations

from typing import get_args

from contract.payloads.attendance import ExceptionKind
from contract.payloads.gateway import NoticeKind
from contract.payloads.weigh import AnomalyKind
from hub.policies.policy_set import REPORTED, PolicySet

ASKS_NOTHING: frozenset[NoticeKind] = frozenset(
    {"started", "clock-corrected", "device-back", "sensor-back", "view-back", "config-applied"}
)
"""Notices that tell of something and ask for nobody."""

DETECTED: tuple[str, ...] = (*get_args(AnomalyKind), *get_args(ExceptionKind), "air-alarm")
NOTICED: tuple[str, ...] = tuple(kind for kind in get_args(NoticeKind) if kind not in ASKS_NOTHING)
OF_THE_HUB: tuple[str, ...] = (
    *("gateway-silent", "duty-overdue", "duty-never", "duty-unreached", "duty-refused"),
    *("performance-shortfall", REPORTED),
)


def unanswered(policies: PolicySet) -> tuple[str, ...]:
    """Kinds of events without a policy; `*` when there are classes without one."""
    kinds = (*DETECTED, *NOTICED, *OF_THE_HUB)
    left = [kind for kind in kinds if policies.for_event(kind) is None]
    return (*left, *(() if policies.rest else ("*",)))
