"""What a truck does to a weighbridge, as weight over time. Pure: no clock, no randomness of its own.

Units: seconds, metres, kilograms. A crossing is two axles rolling onto the deck one after the
other, the body swaying on its springs after the brakes bite, the load cells creeping a little under
load, and the axles rolling off. Noise and wind come on top (`Weather`); what the indicator then
shows is quantised to its division with hysteresis (`Display`), because a legal indicator does not
flicker between two divisions at rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from simulators.chance import chance

SWAY_HZ = 1.6  # body bounce of a laden two-axle truck lies at 1.5 to 3 Hz
CREEP_SHARE = 0.0001  # of the load, over CREEP_S: within an OIML R 60 class C3 cell's allowance
CREEP_S = 30.0
HYSTERESIS = 0.75  # of a division, before the display moves
STEADY_AFTER_DECAYS = 5.0  # exp(-5): sway below 1 % of its first swing


@dataclass(frozen=True, slots=True)
class Crossing:
    """One truck over the deck: from the front axle touching it (`at_s`) to the rear axle off it."""

    at_s: float
    mass_kg: float
    stay_s: float
    front_share: float = 0.38
    axle_gap_s: float = 1.2
    ramp_s: float = 0.8
    sway_kg: float = 320.0
    sway_decay_s: float = 0.35
    rocks: bool = False
    step_kg: float = 0.0
    step_after_s: float = 0.0

    @property
    def standing_s(self) -> float:
        """When the whole truck is on the deck."""
        return self.at_s + self.axle_gap_s + self.ramp_s

    @property
    def steady_s(self) -> float:
        """When its sway has died away (never, while the driver rocks it)."""
        return self.standing_s + self.sway_decay_s * STEADY_AFTER_DECAYS

    @property
    def leaves_s(self) -> float:
        """When the front axle begins to roll off."""
        return self.standing_s + self.stay_s

    @property
    def gone_s(self) -> float:
        """When the deck is bare again."""
        return self.leaves_s + self.axle_gap_s + self.ramp_s

    @property
    def step_s(self) -> float:
        """When the cheat's device begins to add `step_kg`."""
        return self.standing_s + self.step_after_s

    def weight_kg(self, t: float) -> float:
        """What the truck puts on the load cells at `t`."""
        if not self.at_s <= t <= self.gone_s:
            return 0.0
        carried = self._carried_share(t)
        load = self.mass_kg * carried
        return load + self._sway(t) * carried + self._creep(t, load) + self._step(t)

    def _carried_share(self, t: float) -> float:
        front, rear = self.front_share, 1 - self.front_share
        on, off = self.at_s, self.leaves_s
        front_on = _ramp(t - on, self.ramp_s) - _ramp(t - off, self.ramp_s)
        gap = self.axle_gap_s
        rear_on = _ramp(t - on - gap, self.ramp_s) - _ramp(t - off - gap, self.ramp_s)
        return front * front_on + rear * rear_on

    def _sway(self, t: float) -> float:
        """Starts as a sine from nothing when the truck stands: the brakes pitch it, no jump."""
        since = t - self.standing_s
        if since <= 0 or t >= self.leaves_s:
            return 0.0
        fade = 1.0 if self.rocks else math.exp(-since / self.sway_decay_s)
        return self.sway_kg * fade * math.sin(2 * math.pi * SWAY_HZ * since)

    def _creep(self, t: float, load: float) -> float:
        return load * CREEP_SHARE * (1 - math.exp(-max(0.0, t - self.standing_s) / CREEP_S))

    def _step(self, t: float) -> float:
        """A radio-controlled box in the cable adds its weight at once, while the truck stands."""
        return self.step_kg if self.step_kg and self.step_s <= t < self.leaves_s else 0.0


@dataclass(frozen=True, slots=True)
class ZeroShift:
    """Mud, rain or a stone on the bare deck: the zero creeps away and comes back when cleaned."""

    at_s: float
    until_s: float
    offset_kg: float
    ramp_s: float = 1.0

    def weight_kg(self, t: float) -> float:
        rise = _ramp(t - self.at_s, self.ramp_s)
        return self.offset_kg * (rise - _ramp(t - self.until_s, self.ramp_s))


class Weather:
    """Noise of the cells and gusts on the deck; the same seed gives the same weather."""

    def __init__(self, seed: int, *, noise_kg: float, wind_kg: float) -> None:
        self._noise = chance(seed, "noise")
        self._noise_kg, self._wind_kg = noise_kg, wind_kg
        gusts = chance(seed, "wind")
        self._gusts = [(gusts.uniform(5, 20), gusts.uniform(0, 2 * math.pi)) for _ in range(3)]

    def kg(self, t: float) -> float:
        """Call once per conversion of the indicator, in order of time."""
        noise = self._noise.gauss(0.0, self._noise_kg) if self._noise_kg else 0.0
        limit = 3 * self._noise_kg  # the indicator's own filter cuts outliers
        waves = sum(math.sin(2 * math.pi * t / period + phase) for period, phase in self._gusts)
        return max(-limit, min(limit, noise)) + self._wind_kg * waves / len(self._gusts)


class Display:
    """The digits an indicator shows: multiples of its division, with hysteresis."""

    def __init__(self, division_kg: Decimal) -> None:
        self._division = division_kg
        self.shown = Decimal(0)

    def show(self, weight_kg: float) -> Decimal:
        off = abs(weight_kg - float(self.shown))
        if off > HYSTERESIS * float(self._division):
            self.shown = quantise(weight_kg, self._division)
        return self.shown


def quantise(weight_kg: float, division_kg: Decimal) -> Decimal:
    """The nearest multiple of the division."""
    return round(Decimal(weight_kg) / division_kg) * division_kg


def _ramp(since: float, duration: float) -> float:
    """0 before, 1 after, smooth between: a tyre takes the load over gradually."""
    if since <= 0:
        return 0.0
    if since >= duration:
        return 1.0
    x = since / duration
    return x * x * (3 - 2 * x)
