"""A weighbridge indicator as a value: each conversion gives the digits shown and the bytes sent.

Pure: the caller says when time passes and owns the line. The same scenario and seed give the same
bytes. Bytes leave through the dialect's own encoder; faults are laid over them here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from firmware_bridges.weighbridge.indicator import DialectSpec, IndicatorWeight, Shown
from simulators.chance import chance
from simulators.physics import Display, Weather, ZeroShift
from simulators.scenario import Disturbance, Scenario
from simulators.uart import misread, with_parity
from simulators.weighbridge.asked import Asked

Encode = Callable[[Shown], bytes]
"""What the display shows -> one frame."""
Passes = Callable[[bytes], bool]
"""Whether a damaged frame would still be taken for a weight."""
SHORTEST = 4  # bytes; a shorter answer is no frame that could be hurt
TRIES = 100
STILL_S = 0.5  # so long the display must not change before the indicator calls it stable

_SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))


@dataclass(frozen=True, slots=True)
class Conversion:
    """One measuring cycle at `t` seconds: `shown` on the display, `sent` at `baud` (b"" = silent).
    `stable`: the indicator's own lamp, which not every dialect tells."""

    t: float
    shown: Decimal
    stable: bool
    sent: bytes
    baud: int
    plugged: bool


def passes_as_weight(spec: DialectSpec) -> Passes:
    """By the dialect's own codec: for damage that must not go unnoticed."""

    def passes(frame: bytes) -> bool:
        decoder = spec.decoder(spec.settings())
        answers = decoder.feed(frame) + decoder.flush()
        return any(isinstance(answer, IndicatorWeight) for answer in answers)

    return passes


class Weighbridge:
    """Plays a scenario conversion by conversion. `asked` for an indicator that must be asked: it then
    sends only what answers the bytes that `convert` was given."""

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        encode: Encode,
        *,
        asked: Asked | None = None,
        passes: Passes | None = None,
    ) -> None:
        self._scenario, self._encode = scenario, encode
        self._asked, self._passes = asked, passes
        self._still = 0
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

    def convert(self, heard: bytes = b"", heard_baud: int = 0) -> Conversion:
        """The next conversion. `heard`: what came in since the last, sent at `heard_baud`."""
        t = self.next_t
        self._index += 1
        before = self._display.shown
        shown = self._display.show(self._on_cells(t))
        self._still = self._still + 1 if shown == before else 0
        faults = {a.kind: a for a in self._scenario.disturbances if a.t <= t < a.until}
        baud = faults["wrong-baud"].baud if "wrong-baud" in faults else self._settings.baud
        heard = misread(heard, heard_baud or baud, baud)
        stable = self._still >= STILL_S * self._settings.rate_hz
        return Conversion(
            t=t,
            shown=shown,
            stable=stable,
            sent=self._sent(shown, stable, heard, faults),
            baud=baud,
            plugged="unplug" not in faults,
        )

    def _on_cells(self, t: float) -> float:
        trucks = sum(truck.crossing.weight_kg(t) for truck in self._scenario.trucks)
        return trucks + sum(shift.weight_kg(t) for shift in self._shifts) + self._weather.kg(t)

    def _sent(
        self, weight: Decimal, stable: bool, heard: bytes, faults: dict[str, Disturbance]
    ) -> bytes:
        if "silence" in faults:
            return b""
        shown = Shown(weight, self._settings.decimals, stable=stable)
        if self._asked is None:
            frames = [self._encode(shown)]
        else:
            seven = self._settings.framing != "8N1"
            frames = self._asked.answer(heard.translate(_SEVEN_BITS) if seven else heard, shown)
        if "garble" in faults:
            frames = [
                garbled(one, self._damage, self._passes) if len(one) > SHORTEST else b""
                for one in frames
            ]
        return with_parity(b"".join(frames), self._settings.framing)


def garbled(frame: bytes, damage: Random, passes: Passes | None = None) -> bytes:
    """A frame hurt on the cable: one data bit always, and often more, a byte lost or one added.

    One flipped bit cannot pass an XOR check, and a byte too few or too many cannot pass a length.
    Where a dialect has no check, damage that `passes` is drawn again: what is wanted here is garble
    that is seen. That garble can go unseen there is the protocol's weakness, and not played.
    """
    for _ in range(TRIES):
        hurt = _hurt(frame, damage)
        if passes is None or not passes(hurt):
            return hurt
    return bytes(byte ^ 0x40 for byte in frame)  # letters for digits: no dialect reads these


def _hurt(frame: bytes, damage: Random) -> bytes:
    hurt = bytearray(frame)
    at = damage.randrange(1, len(hurt) - 3)
    hurt[at] ^= 1 << damage.randrange(7)
    fate = damage.random()
    if fate < 0.3:
        del hurt[damage.randrange(len(hurt))]
    elif fate < 0.6:
        hurt.insert(damage.randrange(len(hurt)), damage.randrange(0x80, 0x100))
    return bytes(hurt)
