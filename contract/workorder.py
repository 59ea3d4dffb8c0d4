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
    """`contractor` where the place is one's lot."""

    unit: str
    main: str | None = None
    assisting: list[str] = []
    contractor: str | None = None


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


class StageClock(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One deadline of an order: `amount` of `unit` from the moment `since`. No `due_at` = not begun, or
    the clock stands. `rule` and `calendar` say with their versions how it was computed."""

    name: str
    amount: float
    unit: str
    since: str
    due_at: str | None = None
    met_at: str | None = None
    rule: str | None = None
    calendar: str | None = None
    beyond_known: bool = False


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
    merged: list[str] = []
    reopened: int = 0
    returned: int = 0
    extended: int = 0
    shelved_until: str | None = None
    stages: list[StageClock] = []


class Move(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /v1/work-orders/{id}/moves`; `evidence` are SHA-256 names. `unit` names the owner: needed
    to dispatch an order that has none, or to send it to another unit. `until` (RFC 3339) is how long an
    order is shelved."""

    to: State
    reason: str
    evidence: list[str] = []
    unit: str | None = None
    until: str | None = None


class Extension(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /v1/work-orders/{id}/extensions`: so much more time, in the stage's own unit, from the same
    start."""

    amount: float
    reason: str
    stage: str = "resolve"


class Merge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /v1/work-orders/{id}/merge`: the order is the same problem as the open order `into`."""

    into: str
    reason: str


class Unmerge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /v1/work-orders/{id}/unmerge`: it was another problem after all."""

    reason: str


class Reclassify(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /v1/work-orders/{id}/class`: another class, with its policy, from the same start."""

    class_code: str
    reason: str
    catalogue: str = "gbt47678-2026"


class HandOverEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One order of a hand-over list: `owner` had it when the list was made (None = nobody), `to_unit`
    shall have it. `state` and `class_code` as they were then, where the list knows them."""

    order: str
    to_unit: str | None
    owner: str | None = None
    state: State | None = None
    class_code: str | None = None


class HandOverList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /v1/work-orders:hand-over`: orders that go to another unit, on purpose, because areas were
    redrawn."""

    reason: str
    orders: list[HandOverEntry]


class HandedOver(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of one entry. `already`: the unit had it. `refused` says `why`: nothing was changed."""

    order: str
    what: Literal["moved", "already", "refused"]
    number: str | None = None
    why: str | None = None


class HandedOverList(msgspec.Struct, frozen=True, kw_only=True):
    """In the order of the list."""

    orders: list[HandedOver]


class Milestone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /v1/work-orders/{id}/milestones`: a stage before the resolution is met, e.g. `accept`."""

    stage: str
    reason: str


class NewOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /v1/work-orders`: what a person saw. Without `unit` the duty area at the place answers, else
    it waits in the no-owner queue; without `priority` its class's policy says."""

    class_code: str
    detail: str
    catalogue: str = "gbt47678-2026"
    kind: str = "reported"
    priority: Priority | None = None
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
