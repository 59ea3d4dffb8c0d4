"""What the air of a simulated station does, second by second. Pure: the same seed and time give the
same value, however often anybody asks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulators.chance import chance

PERIOD_S = 1200.0  # of the slow swing


@dataclass(frozen=True, slots=True)
class Signal:
    """A usual value, a slow swing around it, noise, and what a bad hour looks like."""

    usual: float
    swing: float
    noise: float
    peak: float


_SIGNALS: dict[str, Signal] = {
    "pm1": Signal(20, 6, 1, 150),
    "pm2_5": Signal(35, 10, 2, 260),
    "pm10": Signal(60, 15, 3, 420),
    "ammonia": Signal(3, 1, 0.4, 45),
    "hydrogen-sulfide": Signal(0.8, 0.4, 0.2, 30),
    "combustible-gas": Signal(2, 1, 0.3, 35),
    "temperature": Signal(24, 4, 0.1, 55),
    "humidity": Signal(60, 8, 0.5, 98),
    "pressure": Signal(101.3, 0.4, 0.05, 103),
    "noise": Signal(55, 5, 2, 96),
    "wind-speed": Signal(2.5, 1.5, 0.5, 18),
    "wind-direction": Signal(180, 60, 8, 300),
    "soil-moisture": Signal(32, 3, 0.2, 70),
    "soil-temperature": Signal(18, 2, 0.1, 35),
}
_OTHER = Signal(50, 5, 1, 90)


def value_at(seed: int, sensor: str, quantity: str, t: float, *, peaking: bool) -> float:
    """In the unit that the quantity usually has; noise changes once a second."""
    signal = _SIGNALS.get(quantity, _OTHER)
    phase = chance(seed, f"{sensor}.{quantity}.phase").uniform(0, 2 * math.pi)
    noise = chance(seed, f"{sensor}.{quantity}.{int(t)}").gauss(0, signal.noise)
    level = signal.peak if peaking else signal.usual
    return level + signal.swing * math.sin(2 * math.pi * t / PERIOD_S + phase) + noise
