"""What drivers say of the world. Time is data (`Moment`); nothing here leaves the gateway as such."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from contract.envelope import Moment
from contract.payloads.weigh import Vehicle

__all__ = ["LineStatus", "Moment", "Reading", "Tick", "VehicleReading", "WeightReading"]


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
