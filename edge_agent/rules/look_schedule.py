"""Looks by the clock: when one is due, what came of it, and whether that is worth telling.

Every look that was asked for has one result: something was seen, nothing was seen, or the camera could
not look. A look without an answer in time could not be made, and is asked for again sooner than the
next one would be.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from edge_agent.readings import Moment, elapsed_s

Result = Literal["seen", "not-seen", "could-not-look"]
TOLD_BY_OTHERS = frozenset(
    {"covered", "turned", "defocused", "frozen", "looped", "dark", "unreachable"}
)
"""Reasons that are told as the camera's own state; dark is none that anybody could see to."""


class Planned(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One line of the schedule: `asked` when last, `look` while its answer is awaited; how many looks had
    which result; `fault`: the reason of missed looks, as told."""

    asked: Moment | None = None
    look: str | None = None
    last: Result | None = None
    reason: str | None = None
    seen: int = 0
    not_seen: int = 0
    could_not_look: int = 0
    fault: str | None = None


def is_due(one: Planned, now: Moment, every_s: float, retry_s: float) -> bool:
    """Within its hours, of which the caller knows."""
    if one.look is not None:
        return False
    age_s = elapsed_s(one.asked, now) if one.asked else None
    pause_s = min(every_s, retry_s) if one.last == "could-not-look" else every_s
    return age_s is None or age_s >= pause_s


def ask(one: Planned, look: str, now: Moment) -> None:
    one.look, one.asked = look, now


def is_late(one: Planned, now: Moment, answer_s: float) -> bool:
    waited_s = elapsed_s(one.asked, now) if one.asked else None
    return one.look is not None and (waited_s is None or waited_s >= answer_s)


def done(one: Planned, *, seen: bool) -> bool:
    """Whether a fault is over with it."""
    one.look, one.reason, one.last = None, None, "seen" if seen else "not-seen"
    one.seen += seen
    one.not_seen += not seen
    was, one.fault = one.fault, None
    return was is not None


def missed(one: Planned, reason: str) -> bool:
    """Whether that is a fault to be told."""
    one.look, one.last, one.reason = None, "could-not-look", reason
    one.could_not_look += 1
    if one.fault is not None or reason in TOLD_BY_OTHERS:
        return False
    one.fault = reason
    return True
