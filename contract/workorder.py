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
    problem_id: str | None = None
    detail: str | None = None


class WorkOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`version` is the ETag; times RFC 3339; `kind` is the problem's kind in the event's own terms.
    `ended_at`: the device that saw it says it is over, which closes nothing by itself."""

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
    ended_at: str | None = None
    resolved_at: str | None = None
    closed_at: str | None = None
    detail: str | None = None
    policy: PolicyRef | None = None
    sightings: list[Sighting] = []
    evidence: list[str] = []
    rework: int = 0
    relapse_of: str | None = None
    merged_into: str | None = None


class Move(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /v1/work-orders/{id}/moves`; `evidence` are SHA-256 names. `unit` names the owner: needed
    to dispatch an order that has none, or to send it to another unit."""

    to: State
    reason: str
    evidence: list[str] = []
    unit: str | None = None


class NewOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /v1/work-orders`: what a person saw. Without `unit` it waits in the no-owner queue."""

    class_code: str
    detail: str
    catalogue: str = "gbt47678-2026"
    kind: str = "reported"
    priority: Priority = "normal"
    place: OrderPlace = OrderPlace()
    object: str | None = None
    unit: str | None = None
    observed_at: str | None = None
    evidence: list[str] = []


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of an order's history, as `GET /v1/work-orders/{id}/audit` lists it."""

    seq: int
    at: str
    actor: str
    action: str
    hash: str
    from_state: str | None = None
    to_state: str | None = None
    reason: str | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    items: list[WorkOrder]
    next: str | None = None


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[AuditEntry]
    next: str | None = None
