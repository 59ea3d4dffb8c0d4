"""The rules that turn readings into one weight for each vehicle, put together once: the role runs
them live, and a replay of an alibi record runs the very same ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from edge_agent.readings import Moment, WeightReading, elapsed_s
from edge_agent.rules import stable_weight, step_change, weighing
from edge_agent.rules.step_change import Stepped
from edge_agent.rules.weighing import Kept, Look, Over, Phase

SAME_DIVISIONS = 3  # weights this close are one standing, one level


@dataclass(frozen=True, slots=True)
class WeigherSettings:
    """Everything besides the readings that the weight depends on. Kilograms and seconds."""

    division_kg: Decimal
    arm_kg: Decimal
    zero_band_kg: Decimal
    stable_s: float
    stable_samples: int
    max_gap_s: float
    step_kg: Decimal
    step_gap_s: float
    swap_after_s: float


@dataclass(frozen=True, slots=True)
class WeigherState:
    """What the rules remember between readings."""

    weighing: weighing.Weighing = field(default_factory=weighing.Weighing)
    standing: stable_weight.Standing | None = None
    level: step_change.Level | None = None
    last: Moment | None = None
    peak_kg: Decimal = Decimal(0)

    @property
    def phase(self) -> Phase:
        return self.weighing.phase

    @property
    def on_deck(self) -> bool:
        return self.weighing.phase is not Phase.EMPTY


@dataclass(frozen=True, slots=True)
class Seen:
    """What one reading showed. `swapped`: the vehicle was gone before it, unseen."""

    swapped: Over | None = None
    over: Over | None = None
    stepped: Stepped | None = None


class Weigher:
    """Pure: the state goes in and comes out."""

    def __init__(self, settings: WeigherSettings) -> None:
        division = settings.division_kg
        self._settings = settings
        self._stable = stable_weight.StableLimits(
            division, settings.stable_s, settings.stable_samples, settings.max_gap_s
        )
        self._step = step_change.StepLimits(
            settings.step_kg, division * SAME_DIVISIONS, settings.step_gap_s
        )
        self._weighing = weighing.WeighingLimits(
            settings.arm_kg, settings.zero_band_kg, division * SAME_DIVISIONS
        )

    def step(self, state: WeigherState, reading: WeightReading) -> tuple[WeigherState, Seen]:
        swapped = self._swapped(state, reading)
        anew = swapped is not None or self._never_stood(state, reading)
        machine = weighing.Weighing() if anew else state.weighing
        peak = Decimal(0) if anew or not state.on_deck else state.peak_kg
        standing, steady = stable_weight.step(state.standing, reading, self._stable)
        level, stepped = step_change.step(state.level, reading, self._step)
        trusted = None if steady is None or step_change.in_doubt(level) else steady
        look = Look(
            moment=reading.moment,
            weight_kg=reading.weight_kg,
            steady=None if trusted is None else _kept(trusted, reading.moment),
            disturbed=stepped is not None,
        )
        machine, over = weighing.step(machine, look, self._weighing)
        after = WeigherState(machine, standing, level, reading.moment, max(peak, reading.weight_kg))
        return after, Seen(swapped, over, stepped)

    def _swapped(self, state: WeigherState, reading: WeightReading) -> Over | None:
        """Unheard for long while a weighed vehicle stood there, and now another weight: the vehicle
        left unseen and another one came."""
        machine, last = state.weighing, state.last
        if machine.kept is None or machine.started is None or last is None:
            return None
        other = abs(reading.weight_kg - machine.kept.weight_kg) > self._weighing.same_kg
        if self._unheard(state, reading) and other and reading.weight_kg > self._settings.arm_kg:
            return Over(machine.started, last, machine.kept, machine.disturbed)
        return None

    def _never_stood(self, state: WeigherState, reading: WeightReading) -> bool:
        """Unheard for long before anything stood still: whoever is on the deck now begins anew."""
        return state.weighing.kept is None and self._unheard(state, reading)

    def _unheard(self, state: WeigherState, reading: WeightReading) -> bool:
        if state.last is None:
            return False
        gap_s = elapsed_s(state.last, reading.moment)
        return gap_s is None or gap_s > self._settings.swap_after_s


def _kept(steady: stable_weight.Steady, now: Moment) -> Kept:
    return Kept(
        weight_kg=steady.weight_kg,
        since=steady.since,
        settled=now,
        samples=steady.samples,
        spread_kg=steady.spread_kg,
        basis=steady.basis,
    )
