"""What needs a person now: for each kind whether it holds, does not hold, or cannot be told at the moment.

Pure: a watch, the time, the settings. In a break, in bad weather and outside the shift nothing begins
and nothing ends. A silent badge is silent, never absent and never gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from edge_agent.config.attendance import AttendanceConfig
from edge_agent.roles.attendance.watch import Watch

WatchedKind = Literal["absent", "left-area", "badge-silent", "idle"]
FRESH_S = 600.0  # a fix older than this does not say where a badge is now
MASS_BADGES, MASS_SHARE = 10, 0.5
_NS = 10**9


@dataclass(frozen=True, slots=True)
class Condition:
    """`since_ns`: since when it holds; None = it does not."""

    kind: WatchedKind
    since_ns: int | None


def expected_piece(watch: Watch, now_ns: int) -> tuple[int, int] | None:
    """The stretch of work that is on now; None in a break and outside the shift."""
    plan = watch.plan
    if not plan.start_ns <= now_ns < plan.end_ns:
        return None
    if not plan.breaks:
        return plan.start_ns, plan.end_ns
    for begin_ns, end_ns in plan.expected():
        if begin_ns <= now_ns < end_ns:
            return begin_ns, end_ns
    return None


def conditions(
    watch: Watch, now_ns: int, config: AttendanceConfig, *, silence_tells: bool
) -> list[Condition]:
    """What can be told now. `silence_tells` False: so many are silent that it is not the badges."""
    piece = expected_piece(watch, now_ns)
    if piece is None or alerted(watch, now_ns, config):
        return []
    silent_ns = max(watch.heard_ns, piece[0])
    told: list[Condition] = []
    if now_ns - silent_ns >= config.silent_after_s * _NS:
        since_ns = max(watch.heard_ns, watch.plan.start_ns)
        return [Condition("badge-silent", since_ns)] if silence_tells else []
    if watch.heard_ns >= piece[0]:
        told.append(Condition("badge-silent", None))
    if now_ns - watch.last_ns > FRESH_S * _NS:
        return told
    told += _whereabouts(watch, piece[0], config)
    if config.idle_after_s and watch.spot is not None:
        since_ns = max(watch.spot[2], piece[0])
        idle = watch.inside_ns is not None and watch.last_ns - since_ns >= config.idle_after_s * _NS
        told.append(Condition("idle", since_ns if idle else None))
    return told


def _whereabouts(watch: Watch, begin_ns: int, config: AttendanceConfig) -> list[Condition]:
    """Absent: never there, and seen elsewhere from the start on. Left: was there, and seen elsewhere
    since. Between inside and outside nothing is told."""
    if watch.arrived_ns is not None:
        told = [Condition("absent", None)]
        if watch.outside_ns is None:
            return [*told, Condition("left-area", None)]
        since_ns = max(watch.outside_ns, begin_ns)
        if watch.last_ns - since_ns >= config.left_after_s * _NS:
            told.append(Condition("left-area", since_ns))
        return told
    start_ns = watch.plan.start_ns
    if watch.outside_ns is None or watch.last_ns - start_ns < config.absent_after_s * _NS:
        return []
    elsewhere = watch.outside_ns <= start_ns + config.limits.late_after_s * _NS
    return [Condition("absent", start_ns)] if elsewhere else []


def alerted(watch: Watch, now_ns: int, config: AttendanceConfig) -> bool:
    return any(
        one.begin_ns <= now_ns < one.until_ns
        and (not one.areas or not set(one.areas).isdisjoint(watch.plan.areas))
        for one in config.alerts
    )


def too_many_silent(watches: Sequence[Watch], now_ns: int, config: AttendanceConfig) -> bool:
    """More than half of at least ten: a network, a power cut, a gateway, not the people."""
    limit_ns = now_ns - int(config.silent_after_s * _NS)
    on = silent = 0
    for one in watches:
        if expected_piece(one, now_ns) is not None:
            on += 1
            silent += one.heard_ns <= limit_ns and one.plan.start_ns <= limit_ns
    return on >= MASS_BADGES and silent > MASS_SHARE * on
