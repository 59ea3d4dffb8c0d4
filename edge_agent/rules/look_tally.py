"""How many looks had which result since a window of the clock began. Bounded, whatever the reasons are."""

from __future__ import annotations

from typing import Literal

import msgspec

from edge_agent.readings import Moment

NS = 10**9
MOST_REASONS, MOST_LETTERS = 8, 80
OTHER = "other"
Result = Literal["seen", "not-seen", "could-not-look"]


class LineTally(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Looks of one line of the schedule. `reasons` of those that could not be made; `last` of them all, and
    when."""

    seen: int = 0
    not_seen: int = 0
    could_not_look: int = 0
    reasons: dict[str, int] = {}
    last: Result | None = None
    last_at: Moment | None = None


class Tally(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The window that is open: `start_s` whole seconds UTC, of a clock that may be `unset`; `lines` by name;
    `full` looks that cameras made by themselves, by camera."""

    start_s: int
    unset: bool = False
    lines: dict[str, LineTally] = {}
    full: dict[str, int] = {}


def opened(now: Moment, window_s: int) -> Tally:
    return Tally(start_s=now.utc_ns // NS // window_s * window_s, unset=now.clock == "unset")


def date(tally: Tally, now: Moment, window_s: int) -> None:
    """A window that began before the time was known goes on in the one in which it became known."""
    if tally.unset and now.clock != "unset":
        fresh = opened(now, window_s)
        tally.start_s, tally.unset = fresh.start_s, False


def is_over(tally: Tally, now: Moment, window_s: int) -> bool:
    """A clock set back by less than a window opens none again."""
    return not -window_s <= now.utc_ns / NS - tally.start_s < window_s


def count(line: LineTally, result: Result, reason: str | None, now: Moment) -> None:
    line.seen += result == "seen"
    line.not_seen += result == "not-seen"
    line.last, line.last_at = result, now
    if result != "could-not-look":
        return
    line.could_not_look += 1
    word = (reason or OTHER)[:MOST_LETTERS]
    if word not in line.reasons and len(line.reasons) >= MOST_REASONS - 1:
        word = OTHER
    line.reasons[word] = line.reasons.get(word, 0) + 1
