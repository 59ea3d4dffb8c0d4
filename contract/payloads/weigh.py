"""Weighing: tickets and what was wrong with them. All weights Decimal kg."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

import msgspec

from contract.names import Lane
from contract.payloads.base import Payload, Phase, PhotoRef

TareSource = Literal["weighed", "stored", "keyed", "none"]
Settlement = Literal["ok", "not-for-settlement"]
NotForSettlement = Literal[
    "verification-expired", "below-min", "unsettled", "untared", "over-capacity"
]
AnomalyKind = Literal[
    "left-before-stable",
    "over-capacity",
    "zero-drift",
    "step-change",
    "not-fully-on",
    "unweighed-passage",
    "untared-tip",
    "same-load-twice",
    "negative-zero",
    "two-on-deck",
    "tampering-suspected",
    "indicator-silent",
    "indicator-garbled",
]


class Vehicle(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who stands on the deck: plate or tag, how sure (0..1), and who said so."""

    plate: str
    confidence: float | None = None
    source: Literal["camera", "rfid", "jt808", "keyed", "indicator"] = "keyed"


class Stability(msgspec.Struct, frozen=True, kw_only=True):
    """Why the weight counts as settled: the indicator's flag, or `samples` equal readings."""

    samples: int
    spread_kg: Decimal
    basis: Literal["flag", "repeats"]


class PairedWith(msgspec.Struct, frozen=True, kw_only=True):
    """The earlier weighing of the same vehicle that gave the other weight of this ticket."""

    ticket_no: str
    raw_sha256: str
    gave: Literal["gross", "tare"]


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """A later word on an earlier ticket, which itself is never edited."""

    of_ticket: str
    kind: Literal["void", "correction"]
    reason: str
    actor: str


class WeighTicket(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """One vehicle, one weighing, one ticket. `net_kg` = `gross_kg` - `tare_kg` exactly.

    `raw_sha256` is the alibi record of this weighing; with `paired_with` the other weight comes from
    an earlier one (then this weighing gave the tare when the earlier gave the gross, or the reverse).
    """

    wire_type: ClassVar[str] = "edile.weigh.ticket.v1"
    lane: ClassVar[Lane] = "routine"

    ticket_no: str
    weighbridge: str
    gross_kg: Decimal
    started: str
    settled: str | None
    ended: str
    raw_sha256: str
    settlement: Settlement
    vehicle: Vehicle | None = None
    carrier: str | None = None
    lot: str | None = None
    stream: str | None = None
    origin: str | None = None
    destination: str | None = None
    purpose: str | None = None
    tare_kg: Decimal | None = None
    tare_source: TareSource = "none"
    net_kg: Decimal | None = None
    paired_with: PairedWith | None = None
    stability: Stability | None = None
    photos: tuple[PhotoRef, ...] = ()
    anomalies: tuple[AnomalyKind, ...] = ()
    not_for: NotForSettlement | None = None
    revision: Revision | None = None


class WeighAnomaly(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Something wrong at a weighbridge, opened once and ended once under one `problem_id`."""

    wire_type: ClassVar[str] = "edile.weigh.anomaly.v1"
    lane: ClassVar[Lane] = "urgent"

    problem_id: str
    phase: Phase
    kind: AnomalyKind
    weighbridge: str
    value: Decimal | None = None
    limit: Decimal | None = None
    unit: str | None = None
    ticket_no: str | None = None
    detail: str | None = None
