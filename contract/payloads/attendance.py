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
    "spot-check",
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
    fixes at all; a silent badge is `unknown`, never `absent`. No deduction follows from this.

    shift         the shift's one name; a later `revision` of it replaces the earlier
    amended       its roster entry was changed after it had begun, with a second person's word
    fences        version of each area that the fixes were held against
    reasons       why, as sentences
    spot_checked  somebody was asked to look whether the person was there: GPS sees the badge only
    """

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
    shift: str | None = None
    revision: int = 0
    amended: bool = False
    fences: dict[str, int] = {}
    reasons: tuple[str, ...] = ()
    spot_checked: bool = False


class AttendanceException(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Something about one badge or several (`badges`) that a person should look at; `evidence` holds
    the tracks. `spot-check` accuses nobody: it asks for a look whether the person is where the badge
    is."""

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


class AttendanceTrack(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """The track of one shift's badges, given out on an operator's request: who asked, why, and the
    file of positions (JSON Lines) in the evidence store. `n` positions."""

    wire_type: ClassVar[str] = "edile.attendance.track.v1"
    lane: ClassVar[Lane] = "routine"

    shift: str
    person: str
    badges: tuple[str, ...]
    planned: Planned
    n: int
    track: PhotoRef
    requested_by: str
    reason: str
