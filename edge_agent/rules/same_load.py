"""The same load weighed twice: one vehicle, laden with nearly the same weight, and no tare weighing in
between, within a window. Driving once more around the scale with one load is an old trick.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from edge_agent.readings import Moment, elapsed_s


@dataclass(frozen=True, slots=True)
class SameLoadLimits:
    """Loads within `tolerance_kg` of each other within `window_s` are the same load."""

    tolerance_kg: Decimal
    window_s: float


@dataclass(frozen=True, slots=True)
class Load:
    """A laden weighing."""

    ticket_no: str
    weight_kg: Decimal
    moment: Moment


@dataclass(frozen=True, slots=True)
class Loads:
    """The last laden weighing of each vehicle, oldest first."""

    last: Mapping[str, Load] = field(default_factory=dict)


def step(
    state: Loads, vehicle: str, load: Load, limits: SameLoadLimits
) -> tuple[Loads, Load | None]:
    """The earlier weighing that this one repeats, or None."""
    fresh = {
        name: one
        for name, one in state.last.items()
        if (elapsed_s(one.moment, load.moment) or 0.0) < limits.window_s
    }
    earlier = fresh.pop(vehicle, None)
    fresh[vehicle] = load
    if earlier is not None and abs(earlier.weight_kg - load.weight_kg) <= limits.tolerance_kg:
        return Loads(fresh), earlier
    return Loads(fresh), None


def unloaded(state: Loads, vehicle: str) -> Loads:
    """A tare weighing: whatever comes next is another load."""
    return Loads({name: one for name, one in state.last.items() if name != vehicle})
