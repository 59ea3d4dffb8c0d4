"""Lanes and events: watermarks, chain heads, exact bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from contract.chain import GENESIS
from contract.names import Lane, lane_key
from hub.store.dialects import insert_into
from hub.store.tables import event, irregularity, lane, poison

LANES_LISTED = 16


@dataclass(frozen=True, slots=True)
class LaneRow:
    id: int
    epoch: str
    lane: Lane
    stored: int
    archived: int
    head: bytes
    announced: int


EventRow = tuple[int, int, int, str, bytes]  # lane_id, seq, received_ns, type, body


def lock_lane(conn: sa.Connection, slot: str, epoch: str, name: Lane) -> LaneRow:
    """The lane's row, made when new, locked until the transaction ends."""
    new = {"slot": slot, "epoch": epoch, "lane": name, "stored": 0, "archived": 0, "head": GENESIS}
    conn.execute(insert_into(conn, lane).values(**new).on_conflict_do_nothing())
    query = sa.select(lane).where(lane.c.slot == slot, lane.c.epoch == epoch, lane.c.lane == name)
    return _row(conn.execute(query.with_for_update()).one())


def _row(row: sa.Row[Any]) -> LaneRow:
    return LaneRow(
        row.id, row.epoch, row.lane, row.stored, row.archived, bytes(row.head), row.announced
    )


def advance(conn: sa.Connection, lane_id: int, stored: int, head: bytes, receipt: str) -> None:
    conn.execute(
        sa.update(lane)
        .where(lane.c.id == lane_id)
        .values(stored=stored, head=head, receipt=receipt)
    )


def announce(conn: sa.Connection, lane_id: int, last: int) -> None:
    conn.execute(sa.update(lane).where(lane.c.id == lane_id).values(announced=last))


def add_events(conn: sa.Connection, rows: Sequence[EventRow]) -> None:
    """One driver call for all rows: COPY on PostgreSQL, executemany on SQLite."""
    if not rows:
        return
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(
            "INSERT INTO event (lane_id, seq, received_ns, type, body) VALUES (?, ?, ?, ?, ?)",
            list(rows),
        )
        return
    driver: Any = conn.connection.driver_connection
    columns = "COPY event (lane_id, seq, received_ns, type, body) FROM STDIN (FORMAT BINARY)"
    with driver.cursor() as cursor, cursor.copy(columns) as copy:
        copy.set_types(["int8", "int8", "int8", "text", "bytea"])
        for row in rows:
            copy.write_row(row)


def bodies(conn: sa.Connection, lane_id: int, first: int, last: int) -> dict[int, bytes]:
    query = sa.select(event.c.seq, event.c.body).where(
        event.c.lane_id == lane_id, event.c.seq.between(first, last)
    )
    return {row.seq: bytes(row.body) for row in conn.execute(query)}


def listed(conn: sa.Connection, slot: str, asked: int | None = None) -> list[LaneRow]:
    """Every lane that is not fully archived, the newest ones whatever they are, and `asked` (a lane's
    id), so that a box that missed a reply long ago learns how far we are."""
    query = sa.select(lane).where(lane.c.slot == slot).order_by(lane.c.id.desc())
    rows = [_row(row) for row in conn.execute(query.limit(LANES_LISTED))]
    older = query.where(sa.or_(lane.c.archived < lane.c.stored, lane.c.id == asked))
    if len(rows) == LANES_LISTED:
        rows += [_row(row) for row in conn.execute(older.where(lane.c.id < rows[-1].id))]
    return rows


def watermarks(rows: Iterable[LaneRow]) -> tuple[dict[str, int], dict[str, int]]:
    """`stored` and `archived` of a sync reply."""
    stored = {lane_key(row.epoch, row.lane): row.stored for row in rows}
    return stored, {lane_key(row.epoch, row.lane): row.archived for row in rows}


def note_irregularity(
    conn: sa.Connection, *, slot: str, kind: str, at: str, subject: str, detail: str,
    body: bytes | None = None,
) -> None:  # fmt: skip
    """What operators should see: gap, chain, conflict, dead-letter, rolled-back."""
    conn.execute(
        sa.insert(irregularity).values(
            slot=slot, kind=kind, at=at, subject=subject, detail=detail, body=body
        )
    )


def count_failure(conn: sa.Connection, event_id: str, reason: str) -> None:
    statement = insert_into(conn, poison).values(event_id=event_id, failures=1, reason=reason)
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=[poison.c.event_id],
            set_={"failures": poison.c.failures + 1, "reason": reason},
        )
    )


def failures(conn: sa.Connection, event_id: str) -> int:
    found = conn.scalar(sa.select(poison.c.failures).where(poison.c.event_id == event_id))
    return int(found or 0)
