"""What attendance must not forget in a power cut: which shifts began with which plan, what was told.

Positions are not in here: they are in the tracks, and a verdict is made from them. One entry for each
shift, saved under its own key, so that ten thousand shifts do not mean ten thousand rewritten ones.
"""

from __future__ import annotations

import msgspec

from contract.payloads.attendance import ExceptionKind, Verdict
from contract.rosters.shift import PlannedShift

VERSION = 1


class Raised(msgspec.Struct, omit_defaults=True):
    """A problem that is open: when it began and, of a call for help, was last heard. UTC."""

    problem_id: str
    since_ns: int
    badges: tuple[str, ...] = ()
    last_ns: int = 0


class Entry(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One shift from its begin until its verdict can change no more.

    plan         as it was when the shift began; a later roster changes it only by an amendment
    held         digest of the changed plan that was not taken; told once
    raised       open problems by kind
    due_ns       when to judge (again), UTC; None = nothing to do
    verdict      as last told, with a `digest` of what it says and its revision; made from `n` reports
    spot_ns      when a person shall go and look; None = not chosen, or done
    spotted      a person was asked to look
    sketch       the path that was walked, in a few numbers: the same path again is a replayed one
    """

    plan: PlannedShift
    held: str | None = None
    raised: dict[ExceptionKind, Raised] = {}
    due_ns: int | None = None
    verdict: Verdict | None = None
    digest: str | None = None
    n: int = 0
    revision: int = -1
    spot_ns: int | None = None
    spotted: bool = False
    sketch: tuple[int, ...] = ()


class AttendanceState(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The role's own state besides its entries.

    series     begins every problem id: drawn at each start
    since_ns   when this gateway began to watch: it has no verdict on what was before
    walked_ns  every shift that begins up to then was begun; one that turns up later came too late
    seen       ordinal up to which positions were taken; what is behind is news
    alerts     digest of the weather alerts that verdicts were made under
    badges     open problems of badges at any hour (sos, low battery), by badge
    findings   open findings on one badge or several, by kind and badges
    """

    version: int = VERSION
    series: str = ""
    problems: int = 0
    since_ns: int | None = None
    walked_ns: int | None = None
    seen: int = 0
    alerts: str = ""
    badges: dict[str, dict[ExceptionKind, Raised]] = {}
    findings: dict[str, Raised] = {}

    def next_problem(self, subject: str) -> str:
        self.problems += 1
        return f"{subject}-{self.series}-a{self.problems}"


_ENCODER = msgspec.json.Encoder()
_STATE = msgspec.json.Decoder(AttendanceState)
_ENTRY = msgspec.json.Decoder(Entry)


def encode(content: AttendanceState | Entry) -> bytes:
    return _ENCODER.encode(content)


def decode_state(content: bytes) -> AttendanceState:
    """msgspec.DecodeError / ValidationError when it is not a state of ours."""
    return _STATE.decode(content)


def decode_entry(content: bytes) -> Entry:
    """msgspec.DecodeError / ValidationError when it is not an entry of ours."""
    return _ENTRY.decode(content)
