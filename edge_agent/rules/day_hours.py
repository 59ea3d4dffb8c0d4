"""Hours of the local day, over midnight where they end before they begin."""

from __future__ import annotations

from collections.abc import Sequence

from edge_agent.readings import Moment

DAY_MIN = 24 * 60
NS_PER_MIN = 60_000_000_000
Hours = Sequence[tuple[int, int]]
"""(from, to) in minutes of the day, the end not included."""


def within(now: Moment, hours: Hours, zone_min: int) -> bool | None:
    """None when the clock is not set, so that nobody can say; no hours at all = always. `zone_min`: local
    time minus UTC."""
    if not hours:
        return True
    if now.clock == "unset":
        return None
    minute = (now.utc_ns // NS_PER_MIN + zone_min) % DAY_MIN
    return any(
        begin <= minute < end if begin < end else minute >= begin or minute < end
        for begin, end in hours
    )
