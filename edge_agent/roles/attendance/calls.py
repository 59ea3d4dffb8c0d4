"""A call for help and an empty battery: told at any hour, on shift or not, kept or not."""

from __future__ import annotations

from edge_agent.config.attendance import AttendanceConfig
from edge_agent.readings import PositionReading
from edge_agent.roles.attendance.problems import Problems

BETTER = 10  # per cent above the limit: the battery was charged
LOW = frozenset({"low-battery", "low-voltage"})  # the latter is what JT/T 808 calls it
_NS = 10**9


def take(position: PositionReading, problems: Problems, config: AttendanceConfig) -> bool:
    """One report of a badge. True when something was opened or ended, or must be remembered."""
    badge = position.terminal
    raised = problems.state.badges.get(badge, {})
    low = not LOW.isdisjoint(position.flags) or (
        position.battery is not None and position.battery <= config.low_battery
    )
    sos = "sos" in position.flags
    if not (raised or low or sos):
        return False
    at_ns = position.at_ns or position.moment.utc_ns
    changed = False
    if sos:
        changed |= problems.open(raised, "sos", badge, at_ns, detail=_where(position))
        raised["sos"].last_ns = max(raised["sos"].last_ns, at_ns)
    elif "sos" in raised and at_ns - raised["sos"].last_ns >= config.quiet_s * _NS:
        changed |= problems.end(raised, "sos")
    if low:
        detail = None if position.battery is None else f"battery at {position.battery:g} %"
        changed |= problems.open(raised, "low-battery", badge, at_ns, detail=detail)
    elif position.battery is None or position.battery > config.low_battery + BETTER:
        changed |= problems.end(raised, "low-battery")
    if raised:
        problems.state.badges[badge] = raised
    else:
        problems.state.badges.pop(badge, None)
    return changed


def _where(position: PositionReading) -> str | None:
    if position.lon is None or position.lat is None:
        return None
    return f"at lon {position.lon:.6f}, lat {position.lat:.6f}"
