"""When an order is due. Pure; the calendar is data (working hours and holidays extend `_RULES`).

A due time is computed once, at opening, and stored with the version of the rule that made it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from contract.timestamps import parse_rfc3339, rfc3339

Unit = Literal["urgent-hour"]
_HOUR_NS = 3600 * 10**9


@dataclass(frozen=True, slots=True)
class Due:
    """`at` RFC 3339; `rule` names the arithmetic, so that an old order can be checked later."""

    at: str
    rule: str


def _urgent_hours(start_utc_ns: int, amount: int) -> int:
    return start_utc_ns + amount * _HOUR_NS


_RULES: dict[Unit, tuple[str, Callable[[int, int], int]]] = {
    "urgent-hour": ("urgent-hour/1", _urgent_hours),
}


def due(start: str, *, amount: int, unit: Unit) -> Due:
    """`start` (RFC 3339) is when the hub opened the order: no unit is late before anyone could know.
    `urgent-hour` counts around the clock, every day."""
    rule, add = _RULES[unit]
    return Due(rfc3339(add(parse_rfc3339(start), amount)), rule)
