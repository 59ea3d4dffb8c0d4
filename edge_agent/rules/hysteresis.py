"""What must hold for a time before it counts, in both directions.

An alarm is raised when a value has been beyond its limit in every sample for `for_s`, and cleared when
it has been back within `clear` as long. Between limit and clear nothing is decided: whoever counts
begins anew. Samples further apart than `gap_s` prove nothing about the time between them, and a
sample that is no value is no sample at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from edge_agent.readings import Moment, elapsed_s

Change = Literal["began", "ended"]


@dataclass(frozen=True, slots=True)
class HoldLimits:
    """Seconds to hold before it begins and before it ends; samples further apart than `gap_s` are
    not one stretch."""

    for_s: float
    end_for_s: float
    gap_s: float


@dataclass(frozen=True, slots=True)
class Held:
    """`on`: it began. `since`: since when the opposite has held. `last`: the last sample."""

    on: bool = False
    since: Moment | None = None
    last: Moment | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit on one side. `clear` lies on its good side."""

    limit: float
    clear: float
    side: Literal["above", "below"]

    def beyond(self, value: float) -> bool | None:
        """True beyond the limit, False back within `clear`, None in between."""
        sign = 1 if self.side == "above" else -1
        if sign * value > sign * self.limit:
            return True
        return False if sign * value <= sign * self.clear else None


def step(
    state: Held, holds: bool | None, now: Moment, limits: HoldLimits
) -> tuple[Held, Change | None]:
    """`holds` None: this sample speaks for neither."""
    if holds is None or holds == state.on:
        return Held(state.on, None, now), None
    since = state.since if _unbroken(state, now, limits) else None
    if since is None:
        since = now
    held_s = elapsed_s(since, now) or 0.0
    if held_s < (limits.end_for_s if state.on else limits.for_s):
        return replace(state, since=since, last=now), None
    return Held(not state.on, None, now), "ended" if state.on else "began"


def _unbroken(state: Held, now: Moment, limits: HoldLimits) -> bool:
    gap_s = elapsed_s(state.last, now) if state.last else None
    return gap_s is not None and gap_s <= limits.gap_s
