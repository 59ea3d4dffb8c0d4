"""What a verdict on a shift rests on: how good a fix must be, what counts as being there, what as late.

Chosen so that doubt is for the worker: what cannot be known is `unknown`, never `absent`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

DAY_S = 86_400


def _seconds(low: float, high: float, doc: str) -> dict[str, object]:
    return {"min": low, "max": high, "doc": doc}


@dataclass(frozen=True)
class AttendanceLimits:
    """`margin_s` on both sides of a shift is looked at, too: who came early has come. A fix that gives
    no accuracy is taken to have `assumed_accuracy_m`. `zone_min`: local time minus UTC, for the
    sentences only. Seconds go down to 1 and speeds beyond the road's, so that a rehearsal can pass
    sixty times as fast as a day does."""

    margin_s: float = field(default=900.0, metadata=_seconds(0, 7200, "looked at around a shift"))
    zone_min: int = field(default=480, metadata={"min": -720, "max": 840})

    # A fix.
    max_accuracy_m: float = field(default=100.0, metadata={"min": 1, "max": 1000})
    assumed_accuracy_m: float = field(default=8.0, metadata={"min": 0, "max": 100})
    min_satellites: int = field(default=4, metadata={"min": 0, "max": 12})
    future_s: float = field(default=600.0, metadata=_seconds(0, DAY_S, "a clock may be ahead"))
    max_age_s: float = field(
        default=7.0 * DAY_S, metadata=_seconds(60, 60 * DAY_S, "a report may come later")
    )
    max_speed_kmh: float = field(default=150.0, metadata={"min": 20, "max": 20_000})
    reach_slack_m: float = field(default=100.0, metadata={"min": 0, "max": 5000})
    frozen_s: float = field(
        default=600.0, metadata=_seconds(1, DAY_S, "the very same coordinates are evidence")
    )
    frozen_speed_kmh: float = field(default=5.0, metadata={"min": 1, "max": 100})

    # Being there.
    dwell_s: float = field(default=180.0, metadata=_seconds(0, 3600, "inside before it counts"))
    leave_s: float = field(default=180.0, metadata=_seconds(0, 3600, "outside before it counts"))
    max_gap_s: float = field(default=300.0, metadata=_seconds(1, 3600, "fixes prove between them"))
    inside_gap_s: float = field(
        default=1800.0, metadata=_seconds(0, 4 * 3600, "without fixes between two inside")
    )
    unsure_gap_s: float = field(
        default=900.0, metadata=_seconds(0, 4 * 3600, "on the border between two inside")
    )
    ride_kmh: float = field(default=12.0, metadata={"min": 5, "max": 2_000})
    ride_s: float = field(default=120.0, metadata=_seconds(1, 3600, "as fast as a vehicle"))

    # The verdict.
    late_after_s: float = field(default=300.0, metadata=_seconds(0, 4 * 3600, "after the start"))
    early_before_s: float = field(default=300.0, metadata=_seconds(0, 4 * 3600, "before the end"))
    absent_below: float = field(default=0.15, metadata={"min": 0, "max": 1})
