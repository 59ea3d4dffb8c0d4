"""A work order on the wire (contract §10) and its states (hub.md 1)."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal[
    "review", "no-owner", "dispatched", "resolved", "closed", "returned", "shelved", "void"
]
Priority = Literal["low", "normal", "high", "urgent"]


class OrderPlace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where, and whose: `area`@`version` is the duty area that gave the owner."""

    lon: float | None = None
    lat: float | None = None
    error_m: float | None = None
    address: str | None = None
    area: str | None = None
    version: int | None = None


class Owner(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    unit: str
    main: str | None = None
    assisting: list[str] = []


class PolicyRef(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    version: int


class Sighting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One report that joined the order: who saw it, when, and by which event."""

    source: str
    event_id: str
    observed_at: str
    received_at: str
    phase: str = "opened"
    detail: str | None = None


class WorkOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`version` is the ETag; times RFC 3339; `kind` is the problem's kind in the event's own terms."""

    id: str
    number: str
    class_code: str
    catalogue: str
    kind: str
    state: State
    priority: Priority
    place: OrderPlace
    opened_at: str
    observed_at: str
    version: int
    object: str | None = None
    owner: Owner | None = None
    due_at: str | None = None
    policy: PolicyRef | None = None
    sightings: list[Sighting] = []
    evidence: list[str] = []
    rework: int = 0
    relapse_of: str | None = None
    merged_into: str | None = None


class Move(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /v1/work-orders/{id}/moves`; `evidence` are SHA-256 names."""

    to: State
    reason: str
    evidence: list[str] = []


class Page(msgspec.Struct, frozen=True, kw_only=True):
    items: list[WorkOrder]
    next: str | None = None
