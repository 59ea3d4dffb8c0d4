"""A detection: what dispatching needs of a problem-like event, whatever its type."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from contract.envelope import Envelope
from contract.payloads.air import AirAlarm
from contract.payloads.attendance import AttendanceException
from contract.payloads.base import Payload, Phase, Place
from contract.payloads.gateway import GatewayNotice, NoticeKind
from contract.payloads.problem import Problem
from contract.payloads.registry import decode_payload
from contract.payloads.weigh import WeighAnomaly
from contract.timestamps import parse_rfc3339, rfc3339
from contract.workorder import Priority
from hub.policies.coverage import ASKS_NOTHING
from hub.policies.policy import SourceKind

DETECTED: frozenset[type[Payload]] = frozenset(
    {AirAlarm, AttendanceException, GatewayNotice, Problem, WeighAnomaly}
)
"""Payloads that may be the word on a problem; `detection_of` has nothing to say about others."""

OVER: dict[NoticeKind, NoticeKind] = {
    "device-back": "device-lost",
    "sensor-back": "sensor-fault",
    "view-back": "view-lost",
    "config-applied": "config-refused",
}
"""Notices that end what another one told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """One word on one problem. `event_id` is `source#id`; `object` the CloudEvents subject; times are
    RFC 3339 as `contract.timestamps` writes them. `class_code`/`catalogue` when the event brings them;
    `facet` tells problems of one kind on one object apart; `looks` counts what the source itself saw;
    `unit` names the owner where whoever reports it knows."""

    district: str
    slot: str
    event_id: str
    event_type: str
    kind: str
    problem_id: str
    phase: Phase
    object: str
    observed_at: str
    received_at: str
    lon: float | None = None
    lat: float | None = None
    error_m: float | None = None
    detail: str | None = None
    evidence: tuple[str, ...] = ()
    class_code: str | None = None
    catalogue: str | None = None
    facet: str = ""
    confidence: float | None = None
    looks: int = 1
    source_kind: SourceKind = "gateway"
    zone: str | None = None
    badge: str | None = None
    vehicle: str | None = None
    unit: str | None = None
    address: str | None = None
    priority: Priority | None = None

    @property
    def source(self) -> str:
        return self.event_id.partition("#")[0]


@dataclass(frozen=True, slots=True)
class _Matter:
    """The payload's part of a detection."""

    kind: str
    problem_id: str
    phase: Phase
    detail: str | None = None
    evidence: tuple[str, ...] = ()
    place: Place | None = None
    class_code: str | None = None
    catalogue: str | None = None
    facet: str = ""
    confidence: float | None = None
    looks: int = 1
    badge: str | None = None
    vehicle: str | None = None


def detection_of(
    envelope: Envelope, *, district: str, slot: str, received_at: str
) -> Detection | None:
    """None for types that are no problem. Raises msgspec.ValidationError / DecodeError when the data or
    the times are not what their type says: the event is poison and belongs to the dead letters."""
    matter = _matter(decode_payload(envelope), envelope.subject)
    if matter is None:
        return None
    place = matter.place or Place()
    return Detection(
        district=district,
        slot=slot,
        event_id=f"{envelope.source}#{envelope.id}",
        event_type=envelope.type,
        kind=matter.kind,
        problem_id=matter.problem_id,
        phase=matter.phase,
        object=envelope.subject,
        observed_at=_observed(envelope, received_at),
        received_at=received_at,
        lon=place.lon,
        lat=place.lat,
        error_m=place.error_m,
        detail=matter.detail,
        evidence=matter.evidence,
        class_code=matter.class_code,
        catalogue=matter.catalogue,
        facet=matter.facet,
        confidence=matter.confidence,
        looks=matter.looks,
        zone=place.zone,
        badge=matter.badge,
        vehicle=matter.vehicle,
    )


def _matter(payload: Payload | None, subject: str) -> _Matter | None:
    match payload:
        case GatewayNotice():
            return _noticed(payload, subject)
        case WeighAnomaly():
            return _Matter(payload.kind, payload.problem_id, payload.phase, _weighed(payload))
        case AttendanceException():
            tracks = tuple(photo.sha256 for photo in payload.evidence)
            badge = "+".join(sorted(payload.badges)) or None
            return _Matter(
                payload.kind,
                payload.problem_id,
                payload.phase,
                payload.detail,
                tracks,
                badge=badge,
            )
        case AirAlarm():
            named = payload.problem_id or f"{payload.sensor}/{payload.quantity}"
            phase: Phase = "opened" if payload.phase == "raised" else "ended"
            text = f"{payload.quantity} {payload.value} {payload.unit or ''}, limit {payload.limit}"
            return _Matter("air-alarm", named, phase, text, facet=payload.quantity)
        case Problem():
            return _Matter(
                payload.class_code,
                payload.problem_id,
                payload.phase,
                payload.detail,
                tuple(photo.sha256 for photo in payload.photos),
                payload.place,
                payload.class_code,
                payload.catalogue,
                confidence=payload.confidence,
                looks=payload.sightings,
                vehicle=payload.vehicle,
            )
        case _:
            return None


def _noticed(notice: GatewayNotice, subject: str) -> _Matter | None:
    """What a gateway says of itself or its devices: one problem for each kind, device and part of it.
    None for what only informs."""
    kind = OVER.get(notice.kind, notice.kind)
    if kind in ASKS_NOTHING:
        return None
    device = notice.device or ""
    shed = notice.shed
    detail = notice.detail or (shed and f"{shed.count} of {shed.what} given up, {shed.bytes} bytes")
    return _Matter(
        kind,
        "/".join((kind, subject, device, *([notice.part] if notice.part else ()))),
        "ended" if notice.kind in OVER else "opened",
        detail or None,
        facet=device,
    )


def _weighed(anomaly: WeighAnomaly) -> str | None:
    """The anomaly's own words, else its value against its limit."""
    if anomaly.detail or anomaly.value is None:
        return anomaly.detail
    unit = f" {anomaly.unit}" if anomaly.unit else ""
    limit = "" if anomaly.limit is None else f", limit {anomaly.limit}{unit}"
    return f"{anomaly.value}{unit}{limit}"


def _observed(envelope: Envelope, received_at: str) -> str:
    """When it happened, as well as the hub can know: a box without the time yet says 1970, and nothing
    was observed after it was received."""
    try:
        told = rfc3339(parse_rfc3339(envelope.observedtime or envelope.time))
    except ValueError as error:
        raise msgspec.ValidationError(str(error)) from error
    return received_at if envelope.clock == "unset" else min(told, received_at)
