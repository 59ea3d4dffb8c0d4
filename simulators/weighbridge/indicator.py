"""A weighbridge indicator as a value: each conversion gives the digits shown and the bytes sent.

Pure: the caller says when time passes and owns the line. The same scenario and seed give the same
bytes. Bytes leave through the dialect's own encoder; faults are laid over them here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from firmware_bridges.weighbridge.indicator import Shown
from simulators.chance import chance
from simulators.physics import Display, Weather, ZeroShift
from simulators.scenario import Disturbance, Scenario
from simulators.uart import with_parity

Encode = Callable[[Shown], bytes]
"""What the display shows -> one frame."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """One measuring cycle at `t` seconds: `shown` on the display, `sent` at `baud` (b"" = silent)."""

    t: float
    shown: Decimal
    sent: bytes
    baud: int
    plugged: bool


class Weighbridge:
    """Plays a scenario conversion by conversion."""

    def __init__(self, scenario: Scenario, seed: int, encode: Encode) -> None:
        self._scenario, self._encode = scenario, encode
        self._settings = scenario.indicator
        self._weather = Weather(
            seed, noise_kg=self._settings.noise_kg, wind_kg=self._settings.wind_kg
        )
        self._display = Display(self._settings.division_kg)
        self._damage = chance(seed, "damage")
        self._shifts = [
            ZeroShift(act.t, act.until, act.offset_kg)
            for act in scenario.disturbances
            if act.kind == "zero-drift"
        ]
        self._index = 0

    @property
    def next_t(self) -> float:
        return self._index / self._settings.rate_hz

    def convert(self) -> Conversion:
        """The next conversion."""
        t = self.next_t
        self._index += 1
        shown = self._display.show(self._on_cells(t))
        faults = {a.kind: a for a in self._scenario.disturbances if a.t <= t < a.until}
        return Conversion(
            t=t,
            shown=shown,
            sent=self._sent(shown, faults),
            baud=faults["wrong-baud"].baud if "wrong-baud" in faults else self._settings.baud,
            plugged="unplug" not in faults,
        )

    def _on_cells(self, t: float) -> float:
        trucks = sum(truck.crossing.weight_kg(t) for truck in self._scenario.trucks)
        return trucks + sum(shift.weight_kg(t) for shift in self._shifts) + self._weather.kg(t)

    def _sent(self, shown: Decimal, faults: dict[str, Disturbance]) -> bytes:
        if "silence" in faults:
            return b""
        frame = self._encode(Shown(shown, self._settings.decimals))
        if "garble" in faults:
            frame = garbled(frame, self._damage)
        return with_parity(frame, self._settings.framing)


def garbled(frame: bytes, damage: Random) -> bytes:
    """A frame hurt on the cable: one data bit always, and often more, a byte lost or one added.

    One flipped bit cannot pass an XOR check, and a byte too few or too many cannot pass a length.
    """
    hurt = bytearray(frame)
    at = damage.randrange(1, len(hurt) - 3)
    hurt[at] ^= 1 << damage.randrange(7)
    fate = damage.random()
    if fate < 0.3:
        del hurt[damage.randrange(len(hurt))]
    elif fate < 0.6:
        hurt.insert(damage.randrange(len(hurt)), damage.randrange(0x80, 0x100))
    return bytes(hurt)
