"""What a loudspeaker says, and when it keeps quiet: quiet hours, cool-down, a short queue.

A prompt is for the person who stands there now: one that had to wait too long is not said any more,
and the same one is not repeated within its cool-down, however often it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from edge_agent.readings import Moment, elapsed_s

Refusal = Literal["quiet-hours", "time-unknown", "cooling-down", "queue-full"]
DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class PromptLimits:
    """`quiet`: (from, to) in minutes of the local day, over midnight where to <= from;
    `zone_min`: local time minus UTC. `stale_s`: how long a prompt may wait."""

    cool_down_s: float
    queue: int
    stale_s: float
    quiet: tuple[tuple[int, int], ...] = ()
    zone_min: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt that waits. `number` tells one request from another."""

    number: int
    prompt: str
    at: Moment


@dataclass(frozen=True, slots=True)
class Prompting:
    """`said`: when each prompt was last taken up. `talking`: since when, and for how many seconds."""

    waiting: tuple[Asked, ...] = ()
    said: tuple[tuple[str, Moment], ...] = ()
    talking: tuple[Moment, float] | None = None
    count: int = 0


def ask(
    state: Prompting, prompt: str, now: Moment, limits: PromptLimits
) -> tuple[Prompting, Asked | Refusal]:
    """The request's place in the queue, or why there is none."""
    if limits.quiet and now.clock == "unset":
        return state, "time-unknown"
    if _is_quiet(now, limits):
        return state, "quiet-hours"
    if any(one.prompt == prompt for one in state.waiting) or _cooling(state, prompt, now, limits):
        return state, "cooling-down"
    fresh = tuple(one for one in state.waiting if not _stale(one, now, limits))
    if len(fresh) >= limits.queue:
        return replace(state, waiting=fresh), "queue-full"
    asked = Asked(state.count + 1, prompt, now)
    return replace(state, waiting=(*fresh, asked), count=asked.number), asked


def take(
    state: Prompting, now: Moment, limits: PromptLimits
) -> tuple[Prompting, Asked | None, tuple[Asked, ...]]:
    """What to say now (None while it talks, or when nothing waits), and what waited too long."""
    stale = tuple(one for one in state.waiting if _stale(one, now, limits))
    fresh = tuple(one for one in state.waiting if one not in stale)
    state = replace(state, waiting=fresh)
    if not fresh or _talks(state, now):
        return state, None, stale
    first = fresh[0]
    said = tuple(row for row in state.said if row[0] != first.prompt)
    return (
        replace(state, waiting=fresh[1:], said=(*said, (first.prompt, now))),
        first,
        stale,
    )


def talks_for(state: Prompting, seconds: float, now: Moment) -> Prompting:
    """The speaker has begun a prompt of this length."""
    return replace(state, talking=(now, seconds))


def _talks(state: Prompting, now: Moment) -> bool:
    if state.talking is None:
        return False
    since, seconds = state.talking
    passed = elapsed_s(since, now)
    return passed is not None and passed < seconds


def _cooling(state: Prompting, prompt: str, now: Moment, limits: PromptLimits) -> bool:
    for name, at in state.said:
        passed = elapsed_s(at, now)
        if name == prompt and passed is not None and passed < limits.cool_down_s:
            return True
    return False


def _stale(one: Asked, now: Moment, limits: PromptLimits) -> bool:
    waited = elapsed_s(one.at, now)
    return waited is None or waited > limits.stale_s


def _is_quiet(now: Moment, limits: PromptLimits) -> bool:
    minute = (now.utc_ns // 60_000_000_000 + limits.zone_min) % DAY_MIN
    return any(
        begin <= minute < end if begin < end else minute >= begin or minute < end
        for begin, end in limits.quiet
    )
