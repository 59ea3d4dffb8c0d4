"""A problem in a public place, seen by a camera or a drone: one problem, not one frame."""

from __future__ import annotations

from typing import ClassVar

from contract.names import Lane
from contract.payloads.base import ModelRef, Payload, Phase, PhotoRef, Place

CATALOGUE = "gbt47678-2026"


class Problem(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """`problem_id` is stable from `opened` to `ended`; `class_code` is of `catalogue` (data of the hub,
    never an enumeration); `sightings` counts looks that saw it; `confidence` 0..1. `vehicle` is the plate of
    the one it is about."""

    wire_type: ClassVar[str] = "edile.problem.v1"
    lane: ClassVar[Lane] = "urgent"

    problem_id: str
    phase: Phase
    class_code: str
    place: Place
    first_seen: str
    last_seen: str
    sightings: int
    confidence: float
    catalogue: str = CATALOGUE
    photos: tuple[PhotoRef, ...] = ()
    model: ModelRef | None = None
    detail: str | None = None
    vehicle: str | None = None
