"""A measured figure beside its baseline from the same run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`ratio` = ours / baseline; `ok` None where the goal is a report, not a bound."""

    question: str
    figure: str
    ours: float
    unit: str
    baseline: float | None
    baseline_name: str
    ratio: float | None
    goal: str
    ok: bool | None
