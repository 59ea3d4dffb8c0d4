"""What each kind of problem asks for: class, priority, time, review, and what "one problem" means.

The built-in table; scenario files replace it row by row. Weighing, attendance and air have no class in
the city's catalogue (GB/T 47678), so they carry codes of the local extension `edile-local`; street
problems bring their own class with the event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contract.workorder import Priority
from hub.policies.faults import PolicyRefused
from hub.policies.policy_set import PolicySet, assemble, load_shipped, shipped_files
from hub.policies.reading import read_policy

__all__ = [
    "LOCAL",
    "POLICIES",
    "REPORTED",
    "STREET",
    "VERSION",
    "Policy",
    "PolicyRefused",
    "PolicySet",
    "assemble",
    "load_shipped",
    "policy_for",
    "read_policy",
    "shipped_files",
]
LOCAL = "edile-local"
VERSION = 1
Key = Literal["problem", "object"]
TimeUnit = Literal["urgent-hour"]


@dataclass(frozen=True, slots=True)
class Policy:
    """`key`: `problem` = every problem id has its own order; `object` = one open order per object.
    `amount` of `unit` is the time to resolve it (hub/deadlines.py). `review` = a person looks before a
    unit is asked. `class_code` None = the event brings it."""

    name: str
    class_code: str | None
    priority: Priority
    amount: int
    key: Key
    unit: TimeUnit = "urgent-hour"
    review: bool = False
    catalogue: str = LOCAL
    version: int = VERSION


def _row(
    code: str, name: str, priority: Priority, hours: int, key: Key, *, review: bool = False
) -> Policy:
    return Policy(name, code, priority, hours, key, review=review)


_WEIGHING = (
    _row("E0101", "left-before-stable", "normal", 24, "problem"),
    _row("E0102", "over-capacity", "high", 4, "problem"),
    _row("E0103", "zero-drift", "high", 24, "object"),
    _row("E0104", "step-change", "high", 8, "problem", review=True),
    _row("E0105", "not-fully-on", "normal", 24, "problem"),
    _row("E0106", "unweighed-passage", "high", 8, "problem", review=True),
    _row("E0107", "untared-tip", "normal", 24, "problem"),
    _row("E0108", "same-load-twice", "high", 8, "problem", review=True),
    _row("E0109", "negative-zero", "high", 24, "object"),
    _row("E0110", "two-on-deck", "normal", 24, "problem"),
    _row("E0111", "tampering-suspected", "urgent", 2, "object", review=True),
    _row("E0112", "indicator-silent", "urgent", 4, "object"),
    _row("E0113", "indicator-garbled", "high", 8, "object"),
)
_ATTENDANCE = (
    _row("E0201", "absent", "normal", 24, "problem"),
    _row("E0202", "replayed-track", "high", 24, "problem", review=True),
    _row("E0203", "cloned-id", "high", 24, "problem", review=True),
    _row("E0204", "left-area", "low", 24, "problem"),
    _row("E0205", "idle", "low", 24, "problem"),
    _row("E0206", "proxy-suspected", "high", 24, "problem", review=True),
    _row("E0207", "impossible-speed", "normal", 24, "problem", review=True),
    _row("E0208", "sos", "urgent", 1, "problem"),
    _row("E0209", "low-battery", "low", 48, "object"),
    _row("E0210", "badge-silent", "normal", 24, "object"),
    _row("E0211", "spot-check", "normal", 2, "problem"),
)
_AIR = (_row("E0301", "air-alarm", "high", 4, "object"),)
STREET = Policy("street-problem", None, "normal", 12, "problem", catalogue="gbt47678-2026")
REPORTED = Policy("reported", None, "normal", 24, "problem", catalogue="gbt47678-2026")
"""What a person reports by hand."""

POLICIES: dict[str, Policy] = {row.name: row for row in (*_WEIGHING, *_ATTENDANCE, *_AIR)}


def policy_for(kind: str, class_code: str | None) -> Policy:
    """KeyError for a kind nobody wrote a row for: the event's type then is not one we dispatch."""
    return STREET if class_code is not None else POLICIES[kind]
