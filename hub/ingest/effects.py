"""What an event does besides being kept. Runs in the transaction that records it."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from contract.envelope import Envelope
from contract.names import EPOCH, LANES, Lane, lane_key
from contract.payloads.base import Payload
from contract.payloads.camera import CameraLooks
from contract.payloads.evidence import EvidenceClip, EvidenceOriginal
from contract.payloads.gateway import CommandResult, GatewayHealth, GatewayNotice, LaneEnd
from contract.payloads.relook import RelookResult
from contract.timestamps import parse_rfc3339, rfc3339
from hub import dispatching
from hub.dispatching import Detection
from hub.store import camera_looks, gateways, lanes, originals

EFFECTIVE: frozenset[type[Payload]] = dispatching.DETECTED | {
    GatewayHealth,
    CommandResult,
    EvidenceOriginal,
    EvidenceClip,
    RelookResult,
    CameraLooks,
}
Word = Detection | RelookResult | EvidenceClip
"""What concerns work orders: it takes effect in order, with others of its batch (`words`)."""


def take_effect(
    conn: sa.Connection,
    envelope: Envelope,
    payload: Payload,
    *,
    district: str,
    slot: str,
    received_at: str,
) -> Word | None:
    """What concerns orders is given back. Raises msgspec's errors for data that are not what their type
    says: poison."""
    if isinstance(payload, GatewayNotice):
        _notice(conn, payload, slot, received_at)
    if type(payload) in dispatching.DETECTED:
        return dispatching.detection_of(
            envelope, district=district, slot=slot, received_at=received_at
        )
    if isinstance(payload, RelookResult | EvidenceClip):
        return payload
    if isinstance(payload, GatewayHealth):
        health = msgspec.json.encode(payload)
        gateways.keep_health(conn, slot, health, _told_at(envelope, received_at))
    elif isinstance(payload, CommandResult):
        gateways.answer_command(conn, slot, payload.command, payload.outcome, payload.detail)
    elif isinstance(payload, CameraLooks):
        until = _told_at(envelope, received_at, payload.window.end)
        camera_looks.keep(conn, slot, envelope.id, payload, until)
    elif isinstance(payload, EvidenceOriginal):
        (given,) = payload.evidence
        originals.keep(
            conn, sha256=given.sha256, slot=slot, requested_by=payload.requested_by,
            reason=payload.reason, given_at=received_at,
        )  # fmt: skip
    return None


def _told_at(envelope: Envelope, received_at: str, time: str | None = None) -> str:
    """The event's own time (or another that it tells), as far as a box can know it: never after it was
    received."""
    try:
        told = rfc3339(parse_rfc3339(time or envelope.time))
    except ValueError as error:
        raise msgspec.ValidationError(str(error)) from error
    return received_at if envelope.clock == "unset" else min(told, received_at)


def _notice(conn: sa.Connection, notice: GatewayNotice, slot: str, at: str) -> None:
    if notice.anchor is not None:
        one = notice.anchor
        gateways.keep_anchor(
            conn, slot, bootid=one.bootid, monotime=one.monotime, utc=one.utc, err_ms=one.err_ms
        )
    previous = notice.previous
    if previous is None or not EPOCH.fullmatch(previous.epoch):
        return
    for name in LANES:
        end = previous.lanes.get(name)
        if end is not None:
            _compare_end(conn, slot, (previous.epoch, name), end, at)


def _compare_end(
    conn: sa.Connection, slot: str, one: tuple[str, Lane], end: LaneEnd, at: str
) -> None:
    """Where the box says that a lane of its previous epoch ended, against what we have of it."""
    epoch, name = one
    row = lanes.lock_known(conn, slot, epoch, name)
    if row is None:
        if end.seq < 1:
            return
        row = lanes.lock_lane(conn, slot, epoch, name)
    lanes.announce(conn, row.id, end.seq)
    theirs = row.heads.ours if row.heads.theirs is None else row.heads.theirs
    if row.stored > end.seq:
        kind = "rolled-back"
        told = f"the box remembers {end.seq} events, we have {row.stored}: an old image is back"
    elif row.stored == end.seq > 0 and theirs and theirs.hex() != end.chain_head:
        kind, told = "chain", f"at {end.seq} the box has another chain head than its receipts say"
    else:
        return
    subject = lane_key(epoch, name)
    lanes.note_irregularity(conn, slot=slot, kind=kind, at=at, subject=subject, detail=told)
