"""Patrol flights: planned, flown or given up."""

from __future__ import annotations

from typing import ClassVar, Literal

from contract.names import Lane
from contract.payloads.base import Payload, PhotoRef

FlightPhase = Literal["planned", "started", "completed", "aborted"]


class PatrolFlight(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """One step of one flight. `covered_m2` is proven ground, not the plan's; `battery_percent` as the
    drone last reported it; `log_sha256` names the flight log in the evidence store."""

    wire_type: ClassVar[str] = "edile.patrol.flight.v1"
    lane: ClassVar[Lane] = "routine"

    mission: str
    drone: str
    phase: FlightPhase
    reason: str | None = None
    covered_m2: float | None = None
    photos: tuple[PhotoRef, ...] = ()
    battery_percent: float | None = None
    log_sha256: str | None = None
