"""The track of one shift's badges, given out because an operator asked and said why.

Positions leave the gateway in no other way than this. What is given out is an event with the positions as
evidence, so it is signed, chained and audited like everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Protocol, runtime_checkable

import msgspec

from contract.commands import TrackArgs
from contract.payloads.attendance import AttendanceTrack, Planned
from contract.payloads.base import PhotoRef
from contract.rosters.shift import PlannedShift
from contract.timestamps import rfc3339
from edge_agent.commands import Executor, Performed
from edge_agent.errors import DeviceRefused, StoreFull
from edge_agent.ports import Clock, Conclusion, NewEvidence, Recorder, Role, Tracks, Work
from edge_agent.readings import PositionReading
from edge_agent.roles.attendance.track_lines import track_lines

MEDIA_TYPE = "application/jsonl"
MOST_POSITIONS = 200_000


@runtime_checkable
class KnowsShifts(Protocol):
    """A role that knows the plans that shifts began with."""

    def plan_of(self, key: str) -> PlannedShift | None: ...


def send_track(
    roles: Callable[[], list[Role]], tracks: Tracks | None, recorder: Recorder, clock: Clock
) -> Executor:
    """Only of badges while they were this person's, and only within the planned time: no margins."""

    async def give(args: Mapping[str, Any]) -> Performed:
        try:
            wanted = msgspec.convert(args, TrackArgs)
        except msgspec.ValidationError as error:
            raise DeviceRefused(f"send-track: {error}") from None
        plans = [one.plan_of(wanted.shift) for one in roles() if isinstance(one, KnowsShifts)]
        plan = next((one for one in plans if one is not None), None)
        if plan is None or tracks is None:
            raise DeviceRefused(f"send-track: no shift {wanted.shift!r} has begun here")
        positions = await _positions(plan, tracks)
        if not positions:
            raise DeviceRefused(f"send-track: nothing is kept (any more) of {wanted.shift!r}")
        conclusion = _given(plan, positions, wanted)
        try:
            await recorder.record(Work(clock.moment(), (conclusion,)))
        except StoreFull as error:
            raise DeviceRefused(f"send-track: the disk is full: {error}") from error
        return Performed(f"{len(positions)} positions of {wanted.shift}")

    return give


async def _positions(plan: PlannedShift, tracks: Tracks) -> list[PositionReading]:
    found: list[PositionReading] = []
    for span in plan.badges:
        begin_ns, end_ns = max(span.start_ns, plan.start_ns), min(span.end_ns, plan.end_ns)
        left = MOST_POSITIONS - len(found)
        found += await tracks.track(span.badge, begin_ns, end_ns, left)
    return found


def _given(plan: PlannedShift, positions: list[PositionReading], wanted: TrackArgs) -> Conclusion:
    content = track_lines(positions)
    payload = AttendanceTrack(
        shift=plan.key,
        person=plan.person,
        badges=tuple(dict.fromkeys(span.badge for span in plan.badges)),
        planned=Planned(start=rfc3339(plan.start_ns), end=rfc3339(plan.end_ns)),
        n=len(positions),
        track=PhotoRef(sha256=sha256(content).hexdigest(), media_type=MEDIA_TYPE),
        requested_by=wanted.requested_by,
        reason=wanted.reason,
    )
    kept = (NewEvidence(content, MEDIA_TYPE),)
    return Conclusion(payload, f"person/{plan.person}", evidence=kept)
