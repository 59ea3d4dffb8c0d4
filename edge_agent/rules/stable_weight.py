"""When does a weight stand still? By the indicator's own flag, or - where the protocol has none - when
enough readings over long enough lie within less than one division. An indicator that says "moving"
is never overruled: a rocking truck is nearly still at its turning points.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from edge_agent.readings import Moment, WeightReading, elapsed_s


@dataclass(frozen=True, slots=True)
class StableLimits:
    """`samples` readings over `window_s`, no two further apart than `max_gap_s`."""

    division_kg: Decimal
    window_s: float
    samples: int
    max_gap_s: float


@dataclass(frozen=True, slots=True)
class Standing:
    """Readings in a row that agree. `since` the first, `until` the last of them."""

    since: Moment
    until: Moment
    low_kg: Decimal
    high_kg: Decimal
    samples: int


@dataclass(frozen=True, slots=True)
class Steady:
    """The weight stands still, and why it counts as that."""

    weight_kg: Decimal
    since: Moment
    samples: int
    spread_kg: Decimal
    basis: Literal["flag", "repeats"]


def step(
    state: Standing | None, reading: WeightReading, limits: StableLimits
) -> tuple[Standing | None, Steady | None]:
    """Out of range and net weights never stand still here: they are not the load on the deck."""
    if reading.stable is False or reading.net or reading.overload or reading.underload:
        return None, None
    standing = _extended(state, reading, limits)
    if reading.stable or _long_enough(standing, limits):
        return standing, Steady(
            weight_kg=reading.weight_kg,
            since=standing.since,
            samples=standing.samples,
            spread_kg=standing.high_kg - standing.low_kg,
            basis="flag" if reading.stable else "repeats",
        )
    return standing, None


def _extended(state: Standing | None, reading: WeightReading, limits: StableLimits) -> Standing:
    weight, now = reading.weight_kg, reading.moment
    if state is not None:
        gap_s = elapsed_s(state.until, now)
        low, high = min(state.low_kg, weight), max(state.high_kg, weight)
        if gap_s is not None and gap_s <= limits.max_gap_s and high - low < limits.division_kg:
            return Standing(state.since, now, low, high, state.samples + 1)
    return Standing(now, now, weight, weight, 1)


def _long_enough(standing: Standing, limits: StableLimits) -> bool:
    held_s = elapsed_s(standing.since, standing.until)
    return standing.samples >= limits.samples and held_s is not None and held_s >= limits.window_s
