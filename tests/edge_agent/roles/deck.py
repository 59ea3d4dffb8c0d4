"""A small deck of our own for these tests: straight ramps, damped sway, noise, rounding. It shares
nothing with the simulators, so that role and simulator cannot agree on a mistake."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from contract.envelope import Moment
from contract.payloads.weigh import AnomalyKind, Vehicle, WeighAnomaly, WeighTicket
from edge_agent.config.devices import WeighbridgeConfig
from edge_agent.config.roles import KnownVehicle, StationConfig
from edge_agent.ports import Conclusion
from edge_agent.readings import LineStatus, Reading, Tick, VehicleReading, WeightReading
from edge_agent.roles.station.station import Station
from firmware_bridges.weighbridge.yaohua_tf0 import encode

SCALE = WeighbridgeConfig("wb-1", "serial:/dev/ttyUSB0", "yaohua-tf0", capacity_kg=Decimal(60_000))
FLEET = (
    KnownVehicle("0000000001", "粤A00001", "North Haulage"),
    KnownVehicle("0000000002", "粤A00002"),
    KnownVehicle("0000000003", "粤A00003", stored_tare_kg=Decimal(12_000)),
)
STATION = StationConfig("wb-1", "rd-1", FLEET, pairing_s=300, drift_s=5, silent_s=4, garbled_s=4)
HZ = 10
START_NS = 1_790_000_000 * 10**9
Load = Callable[[float], float]


def moment(t: float, boot: str = "boot-1") -> Moment:
    ns = round(t * 1e9)
    return Moment(boot, 10**9 + ns, START_NS + ns, "ntp")


@dataclass(frozen=True)
class Truck:
    """On the deck from `t`; axles `gap` apart, each ramping over `ramp`; stands `stay` seconds."""

    t: float
    kg: float
    stay: float = 8.0
    gap: float = 1.5
    ramp: float = 0.7
    sway: float = 400.0
    decay: float = 0.5
    front: float = 0.35
    tag: str | None = None
    pause: float = 0.0  # stands with the first axle only for so long, on and off
    step: float = 0.0  # added at once in the middle of its stay

    @property
    def on(self) -> float:
        return self.t + self.gap + self.pause + self.ramp

    @property
    def off(self) -> float:
        return self.on + self.stay

    @property
    def gone(self) -> float:
        return self.off + self.gap + self.pause + self.ramp

    def __call__(self, t: float) -> float:
        lag = self.gap + self.pause
        front = self._up(t - self.t) - self._up(t - self.off)
        rear = self._up(t - self.t - lag) - self._up(t - self.off - lag)
        load = self.kg * (self.front * front + (1 - self.front) * rear)
        if self.on < t < self.off:
            load += self.sway * math.exp((self.on - t) / self.decay) * math.sin(9 * (t - self.on))
            load += self.step if t > self.on + self.stay / 2 else 0.0
        return load

    def _up(self, since: float) -> float:
        return min(1.0, max(0.0, since / self.ramp))


def shown(kg: float) -> Decimal:
    return Decimal(round(kg / 20) * 20)


def weight(t: float, kg: Decimal | int, *, boot: str = "boot-1") -> WeightReading:
    kg = Decimal(kg)
    return WeightReading("wb-1", moment(t, boot), kg, None, None, False, False, encode(kg))


def card(t: float, tag: str) -> VehicleReading:
    return VehicleReading("rd-1", moment(t), Vehicle(plate=tag, source="rfid"))


def trace(*loads: Load, until: float, noise: float = 0.0, seed: int = 1) -> list[Reading]:
    """Weights at HZ, a tick and a line status every second, each truck's card once a second."""
    chance, readings = Random(seed), list[Reading]()
    for index in range(int(until * HZ)):
        t = index / HZ
        total = sum(load(t) for load in loads) + chance.uniform(-noise, noise)
        readings.append(weight(t, shown(total)))
        if index % HZ == 0:
            n = index + 1
            readings.append(LineStatus("wb-1", moment(t), n * 12, n, n, 0))
            readings.append(Tick(moment(t)))
            readings += [
                card(t, load.tag)
                for load in loads
                if isinstance(load, Truck) and load.tag and load.t < t < load.off
            ]
    return readings


def station(config: StationConfig = STATION, scale: WeighbridgeConfig = SCALE) -> Station:
    return Station(config, scale)


def play(readings: Iterable[Reading], role: Station | None = None) -> list[Conclusion]:
    role = role or station()
    return [conclusion for reading in readings for conclusion in role.step(reading).conclusions]


def play_with_restart(
    readings: list[Reading], at: int, config: StationConfig = STATION
) -> list[Conclusion]:
    """The agent dies after reading `at` and comes back with what was recorded."""
    role, saved, out = station(config), b"", list[Conclusion]()
    for index, reading in enumerate(readings):
        step = role.step(reading)
        out += step.conclusions
        saved = saved if step.state is None else step.state
        if index == at:
            role = station(config)
            role.restore(saved)
    return out


def tickets(conclusions: Iterable[Conclusion]) -> list[WeighTicket]:
    return [c.payload for c in conclusions if isinstance(c.payload, WeighTicket)]


def anomalies(conclusions: Iterable[Conclusion]) -> list[tuple[AnomalyKind, str, str]]:
    """(kind, phase, problem id), in order."""
    return [
        (c.payload.kind, c.payload.phase, c.payload.problem_id)
        for c in conclusions
        if isinstance(c.payload, WeighAnomaly)
    ]


def opened(conclusions: Iterable[Conclusion]) -> list[AnomalyKind]:
    return [kind for kind, phase, _ in anomalies(conclusions) if phase == "opened"]


def later(readings: Iterable[Reading], seconds: float) -> Iterator[Reading]:
    for reading in readings:
        now = reading.moment
        ns = round(seconds * 1e9)
        moved = Moment(now.boot_id, now.mono_ns + ns, now.utc_ns + ns, now.clock)
        yield replace(reading, moment=moved)
