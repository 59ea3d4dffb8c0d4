"""Wall clocks of IANA zones as integers: nanoseconds of wall time since 1970-01-01 00:00 local.

The zone's wall clock, made monotone: in spring it leaps over the hour that does not exist, in autumn it
stands still while an hour comes twice. So every wall time has exactly one earliest instant.
Zones have at most one change of offset in 48 hours here; no rule since 1970 that we serve does otherwise.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND_NS = 10**9
HOUR_NS = 3600 * SECOND_NS
DAY_NS = 24 * HOUR_NS


def wall_of(zone: ZoneInfo, utc_ns: int) -> int:
    """How far the wall clock has come at an instant; the second pass of a doubled hour adds nothing."""
    now, before = _offset_ns(zone, utc_ns), _offset_ns(zone, utc_ns - DAY_NS)
    if before <= now:
        return utc_ns + now
    return max(utc_ns + now, _change_ns(zone, utc_ns // SECOND_NS - 86_400, utc_ns) + before)


def instant_of(zone: ZoneInfo, wall_ns: int) -> int:
    """The earliest instant (UTC, ns) at which the wall clock has come to `wall_ns`."""
    before, after = _offset_ns(zone, wall_ns - DAY_NS), _offset_ns(zone, wall_ns + DAY_NS)
    early = wall_ns - before
    if before == after:
        return early
    change = _change_ns(zone, wall_ns // SECOND_NS - 86_400, wall_ns + DAY_NS)
    return early if early < change else max(change, wall_ns - after)


def _offset_ns(zone: ZoneInfo, utc_ns: int) -> int:
    return _offset_s(zone, utc_ns // SECOND_NS) * SECOND_NS


@lru_cache(maxsize=16_384)
def _offset_s(zone: ZoneInfo, utc_s: int) -> int:
    offset = datetime.fromtimestamp(utc_s, UTC).astimezone(zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _change_ns(zone: ZoneInfo, early_s: int, late_ns: int) -> int:
    """The first instant with the offset that holds at `late_ns`; another one holds at `early_s`."""
    late_s = late_ns // SECOND_NS
    there = _offset_s(zone, late_s)
    while late_s - early_s > 1:
        middle = (early_s + late_s) // 2
        if _offset_s(zone, middle) == there:
            late_s = middle
        else:
            early_s = middle
    return late_s * SECOND_NS
