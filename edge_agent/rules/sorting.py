"""How well waste is sorted, by the last bags: a problem when too many were wrong, over when few are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Change = Literal["began", "ended"]


@dataclass(frozen=True, slots=True)
class SortingLimits:
    """Of the last `of` bags with a known class, at least `least`; shares 0..1, `clear` below `bad`."""

    bad: float
    clear: float
    least: int
    of: int


def wrong_share(recent: list[bool]) -> float:
    """`recent`: whether each bag was put right."""
    return sum(not right for right in recent) / len(recent) if recent else 0.0


def judge(recent: list[bool], *, on: bool, limits: SortingLimits) -> Change | None:
    if len(recent) < limits.least:
        return None
    share = wrong_share(recent)
    if on:
        return "ended" if share <= limits.clear else None
    return "began" if share >= limits.bad else None
