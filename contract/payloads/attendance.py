"""Attendance: what a badge's fixes say about a shift, and what needs a person now."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from contract.names import Lane
from contract.payloads.base import Payload, Phase, PhotoRef

Verdict = Literal["present", "late", "left-early", "absent", "unknown"]
ExceptionKind = Literal[
    "absent",
    "replayed-track",
    "cloned-id",
    "left-area",
    "idle",
    "proxy-suspected",
    "impossible-speed",
    "sos",
    "low-battery",
    "badge-silent",
]


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """The shift as the roster has it, RFC 3339."""

    start: str
    end: str


class Fixes(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Positions of the shift: received, used, and rejected by reason."""

    n: int
    used: int
    rejected: dict[str, int] = {}


class AttendanceShift(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """One badge, one planned shift. `coverage` is 0..1 of the expected minutes for which there are
    fixes at all; a silent badge is `unknown`, never `absent`. No deduction follows from this."""

    wire_type: ClassVar[str] = "edile.attendance.shift.v1"
    lane: ClassVar[Lane] = "routine"

    badge: str
    person: str
    area: str
    planned: Planned
    minutes_inside: int
    minutes_expected: int
    coverage: float
    verdict: Verdict
    fixes: Fixes
    first_in: str | None = None
    last_out: str | None = None


class AttendanceException(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Something about one badge or several (`badges`) that a person should look at; `evidence` holds
    the tracks."""

    wire_type: ClassVar[str] = "edile.attendance.exception.v1"
    lane: ClassVar[Lane] = "urgent"

    problem_id: str
    phase: Phase
    kind: ExceptionKind
    badges: tuple[str, ...]
    since: str
    area: str | None = None
    evidence: tuple[PhotoRef, ...] = ()
    detail: str | None = None
