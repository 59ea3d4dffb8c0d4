"""A weight that jumps without a ramp. A tyre rolls on over some tenths of a second and a truck sways;
a radio-controlled box in the cable, or an indicator replaced by a simulator, steps at once.

A jump: at least three readings that agree, then from one reading to the next another level, and
three readings that agree there. Readings too far apart prove nothing, because a tyre may have rolled
on unseen in between. A step counts once; the next needs a new quiet level first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from edge_agent.readings import Moment, WeightReading, elapsed_s

QUIET = 3  # readings that agree before and after


@dataclass(frozen=True, slots=True)
class StepLimits:
    """`level_kg`: readings this close are one level. `gap_s`: the longest pause that proves it."""

    step_kg: Decimal
    level_kg: Decimal
    gap_s: float


@dataclass(frozen=True, slots=True)
class Level:
    """The level now (`count` readings) and, while a jump is in doubt, the one before it."""

    weight_kg: Decimal
    last: Moment
    count: int
    before_kg: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Stepped:
    """The weight jumped from one level to another."""

    from_kg: Decimal
    to_kg: Decimal

    @property
    def by_kg(self) -> Decimal:
        return self.to_kg - self.from_kg


def step(
    state: Level | None, reading: WeightReading, limits: StepLimits
) -> tuple[Level, Stepped | None]:
    """`in_doubt(state)` says whether a jump waits to be confirmed."""
    weight, now = reading.weight_kg, reading.moment
    if state is None:
        return Level(weight, now, 1), None
    if abs(weight - state.weight_kg) <= limits.level_kg:
        return _same_level(replace(state, last=now, count=state.count + 1))
    gap_s = elapsed_s(state.last, now)
    sudden = gap_s is not None and gap_s <= limits.gap_s
    jumped = abs(weight - state.weight_kg) >= limits.step_kg
    if sudden and jumped and state.count >= QUIET:
        return Level(weight, now, 1, before_kg=state.weight_kg), None
    return Level(weight, now, 1), None


def in_doubt(state: Level | None) -> bool:
    """A jump was seen and is not yet confirmed."""
    return state is not None and state.before_kg is not None


def _same_level(level: Level) -> tuple[Level, Stepped | None]:
    if level.before_kg is None or level.count < QUIET:
        return level, None
    return replace(level, before_kg=None), Stepped(level.before_kg, level.weight_kg)
