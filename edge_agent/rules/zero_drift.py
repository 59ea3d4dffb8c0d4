"""A bare deck that does not show zero for a long time: mud, rain, ice, a stone, or a shifted zero.

Counts only while no vehicle is being weighed. What passes quickly (a person, an axle rolling on) is
no drift. Ends when the bare deck shows zero again.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from edge_agent.readings import Moment, WeightReading, elapsed_s


@dataclass(frozen=True, slots=True)
class DriftLimits:
    """Off zero by more than `zero_band_kg` for `drift_s`."""

    zero_band_kg: Decimal
    drift_s: float


@dataclass(frozen=True, slots=True)
class Drift:
    """`since` when the deck has been off zero; `open`: it was reported."""

    since: Moment | None = None
    open: bool = False


def step(
    state: Drift, reading: WeightReading, *, bare: bool, limits: DriftLimits
) -> tuple[Drift, Literal["opened", "ended"] | None]:
    """`bare`: no vehicle is being weighed."""
    if not bare:
        return Drift(None, state.open), None
    if abs(reading.weight_kg) <= limits.zero_band_kg and not reading.underload:
        return Drift(), "ended" if state.open else None
    if state.open:
        return state, None
    if state.since is None:
        return Drift(reading.moment), None
    off_s = elapsed_s(state.since, reading.moment)
    if off_s is None:
        return Drift(reading.moment), None
    return (Drift(None, True), "opened") if off_s >= limits.drift_s else (state, None)
