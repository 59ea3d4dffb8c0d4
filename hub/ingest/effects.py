"""What an event does besides being kept. Runs in the transaction that records it."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from contract.envelope import Envelope
from contract.names import EPOCH, LANES
from contract.payloads.gateway import CommandResult, GatewayHealth, GatewayNotice
from hub import dispatching
from hub.store import gateways, lanes

_HEALTH, _NOTICE, _RESULT = (
    GatewayHealth.wire_type,
    GatewayNotice.wire_type,
    CommandResult.wire_type,
)


def take_effect(
    conn: sa.Connection, envelope: Envelope, *, district: str, slot: str, received_at: str
) -> None:
    """Raises msgspec's errors for data that are not what their type says: poison."""
    if envelope.type == _HEALTH:
        msgspec.json.decode(envelope.data, type=GatewayHealth)
        gateways.keep_health(conn, slot, bytes(envelope.data), envelope.time)
    elif envelope.type == _NOTICE:
        _notice(conn, msgspec.json.decode(envelope.data, type=GatewayNotice), slot, received_at)
    elif envelope.type == _RESULT:
        result = msgspec.json.decode(envelope.data, type=CommandResult)
        gateways.answer_command(conn, slot, result.command, result.outcome, result.detail)
    else:
        found = dispatching.detection_of(
            envelope, district=district, slot=slot, received_at=received_at
        )
        if found is not None:
            dispatching.dispatch(conn, found)


def _notice(conn: sa.Connection, notice: GatewayNotice, slot: str, at: str) -> None:
    if notice.anchor is not None:
        one = notice.anchor
        gateways.keep_anchor(
            conn, slot, bootid=one.bootid, monotime=one.monotime, utc=one.utc, err_ms=one.err_ms
        )
    if notice.previous is None or not EPOCH.fullmatch(notice.previous.epoch):
        return
    epoch = notice.previous.epoch
    for name in LANES:
        end = notice.previous.lanes.get(name)
        if end is None or end.seq < 1:
            continue
        row = lanes.lock_lane(conn, slot, epoch, name)
        lanes.announce(conn, row.id, end.seq)
        subject = f"{epoch}.{name}"
        if row.stored > end.seq:
            told = f"the box remembers {end.seq} events, we have {row.stored}: an old image was put back"
            lanes.note_irregularity(
                conn, slot=slot, kind="rolled-back", at=at, subject=subject, detail=told
            )
        elif row.stored == end.seq and row.head.hex() != end.chain_head:
            lanes.note_irregularity(
                conn,
                slot=slot,
                kind="chain",
                at=at,
                subject=subject,
                detail=f"at {end.seq} the box has another chain head than its receipts say",
            )
