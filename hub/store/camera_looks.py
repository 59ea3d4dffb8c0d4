"""What cameras looked at: windows of the last days, one row for each that a gateway told of."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import sqlalchemy as sa

from contract.gateway_view import CameraLooked
from contract.payloads.camera import CameraLooks, LookCount
from contract.timestamps import parse_rfc3339, rfc3339
from hub.store.dialects import insert_into
from hub.store.tables import camera_looks, gateway

KEPT_S = 8 * 86_400
MOST_HOURS = 7 * 24
MOST_ROWS = 20_000  # in one answer; a camera has 168 windows of an hour in a week
_DECODER = msgspec.json.Decoder(CameraLooks)
Line = tuple[str, str | None, tuple[str, ...]]


def keep(conn: sa.Connection, slot: str, event_id: str, told: CameraLooks, until: str) -> None:
    """`until`: when the window ended, as far as the box can know. What is too old is forgotten."""
    row = {
        "slot": slot,
        "camera": told.camera,
        "event_id": event_id,
        "until": until,
        "body": msgspec.json.encode(told),
    }
    conn.execute(insert_into(conn, camera_looks).values(**row).on_conflict_do_nothing())
    oldest = rfc3339(parse_rfc3339(until) - KEPT_S * 10**9)
    conn.execute(
        sa.delete(camera_looks).where(
            camera_looks.c.slot == slot,
            camera_looks.c.camera == told.camera,
            camera_looks.c.until < oldest,
        )
    )


def looked(
    conn: sa.Connection, district: str, *, since: str, slot: str | None = None
) -> list[CameraLooked]:
    """Of every camera that told anything since then, by slot and camera; counts added up."""
    query = (
        sa.select(camera_looks.c.slot, camera_looks.c.until, camera_looks.c.body)
        .join(gateway, gateway.c.slot == camera_looks.c.slot)
        .where(gateway.c.district == district, camera_looks.c.until > since)
    )
    if slot is not None:
        query = query.where(camera_looks.c.slot == slot)
    columns = (camera_looks.c.slot, camera_looks.c.camera, camera_looks.c.until)
    rows = conn.execute(query.order_by(*columns, camera_looks.c.event_id).limit(MOST_ROWS))
    windows: dict[tuple[str, str], list[tuple[str, CameraLooks]]] = {}
    for row in rows:
        told = _DECODER.decode(row.body)
        windows.setdefault((row.slot, told.camera), []).append((row.until, told))
    return [_added(slot, camera, each) for (slot, camera), each in windows.items()]


def _added(slot: str, camera: str, windows: list[tuple[str, CameraLooks]]) -> CameraLooked:
    """`windows` in order of time."""
    counts: dict[Line, list[LookCount]] = {}
    for _, told in windows:
        for one in told.looks:
            counts.setdefault((camera, one.preset, one.hours), []).append(one)
    return CameraLooked(
        slot=slot,
        camera=camera,
        windows=len(windows),
        last_window_end=windows[-1][0],
        full_looks=sum(told.full_looks for _, told in windows),
        looks=[_line(each) for each in counts.values()],
    )


def _line(counts: list[LookCount]) -> LookCount:
    newest = counts[-1]
    return LookCount(
        preset=newest.preset,
        hours=newest.hours,
        every_min=newest.every_min,
        seen=sum(one.seen for one in counts),
        not_seen=sum(one.not_seen for one in counts),
        could_not_look=sum(one.could_not_look for one in counts),
        reasons=_reasons(one.reasons for one in counts),
        last=newest.last,
        last_at=newest.last_at,
    )


def _reasons(each: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for reasons in each:
        for reason, n in reasons.items():
            total[reason] = total.get(reason, 0) + n
    return total
