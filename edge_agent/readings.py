"""What drivers say of the world. Time is data (`Moment`); nothing here leaves the gateway as such."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from contract.envelope import Moment
from contract.payloads.weigh import Vehicle

__all__ = [
    "LineStatus",
    "Moment",
    "Reading",
    "Tick",
    "VehicleReading",
    "WeightReading",
    "elapsed_s",
]


def elapsed_s(then: Moment, now: Moment) -> float | None:
    """Seconds between two moments. After a reboot by the wall clock if both moments knew it, else
    None: nobody can say (at least `now.mono_ns`, the time since this boot)."""
    if then.boot_id == now.boot_id:
        return (now.mono_ns - then.mono_ns) / 1e9
    if "unset" in (then.clock, now.clock):
        return None
    return max(now.utc_ns - then.utc_ns, now.mono_ns) / 1e9


@dataclass(frozen=True, slots=True)
class WeightReading:
    """One frame of a weighbridge indicator. `stable`/`net` None = the protocol does not say."""

    device: str
    moment: Moment
    weight_kg: Decimal
    stable: bool | None
    net: bool | None
    overload: bool
    underload: bool
    raw: bytes
    vehicle: Vehicle | None = None


@dataclass(frozen=True, slots=True)
class VehicleReading:
    """A vehicle was identified at the deck (card, tag, camera)."""

    device: str
    moment: Moment
    vehicle: Vehicle


@dataclass(frozen=True, slots=True)
class LineStatus:
    """Running totals of one line since its driver started, given every second even when silent:
    no bytes / bytes but no frames / frames but no readings can be told apart."""

    device: str
    moment: Moment
    bytes: int
    frames: int
    readings: int
    refused: int
    connected: bool = True


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed. Roles get one at least every second."""

    moment: Moment


Reading = WeightReading | VehicleReading | LineStatus | Tick
