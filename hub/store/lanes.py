"""Lanes and events: watermarks, chain heads, exact bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from contract.chain import GENESIS
from contract.names import Lane, lane_key
from hub.store.dialects import insert_into, per_dialect
from hub.store.tables import event, irregularity, lane, poison

LANES_LISTED = 16
_DETAIL_CHARS = 500


@dataclass(frozen=True, slots=True)
class Heads:
    """The chain head by the events we hold; the box's own where that is another one (ingest/heads.py)."""

    ours: bytes
    theirs: bytes | None = None


@dataclass(frozen=True, slots=True)
class LaneRow:
    id: int
    epoch: str
    lane: Lane
    stored: int
    archived: int
    heads: Heads
    announced: int


EventRow = tuple[int, int, int, str, bytes]  # lane_id, seq, received_ns, type, body

# The hot path's statements are made once: making one costs as much as running it.
_NAMED = [lane.c[name] == sa.bindparam(f"its_{name}") for name in ("slot", "epoch", "lane")]
_KNOWN = sa.select(lane).where(*_NAMED).with_for_update()
_NEW = per_dialect(lane, lambda new: new.on_conflict_do_nothing())
_ADVANCE = (
    sa.update(lane)
    .where(lane.c.id == sa.bindparam("its_id"))
    .values({name: sa.bindparam(name) for name in ("stored", "head", "box_head", "receipt")})
)
_OF_SLOT = sa.select(lane).where(lane.c.slot == sa.bindparam("its_slot")).order_by(lane.c.id.desc())
_NEWEST = _OF_SLOT.limit(LANES_LISTED)
_OLDER = _OF_SLOT.where(
    sa.or_(lane.c.archived < lane.c.stored, lane.c.id == sa.bindparam("asked")),
    lane.c.id < sa.bindparam("before"),
)


def lock_known(conn: sa.Connection, slot: str, epoch: str, name: Lane) -> LaneRow | None:
    """The lane's row, locked until the transaction ends; None for a new one."""
    asked = {"its_slot": slot, "its_epoch": epoch, "its_lane": name}
    found = conn.execute(_KNOWN, asked).first()
    return None if found is None else _row(found)


def lock_lane(conn: sa.Connection, slot: str, epoch: str, name: Lane) -> LaneRow:
    """The lane's row, made when new, locked until the transaction ends."""
    known = lock_known(conn, slot, epoch, name)
    if known is None:
        new = {"slot": slot, "epoch": epoch, "lane": name, "stored": 0, "archived": 0}
        conn.execute(_NEW[conn.dialect.name], {**new, "head": GENESIS})
        known = lock_known(conn, slot, epoch, name)
        assert known is not None  # noqa: S101 - inserted above, by us or by another
    return known


def _row(row: sa.Row[Any]) -> LaneRow:
    theirs = None if row.box_head is None else bytes(row.box_head)
    heads = Heads(bytes(row.head), theirs)
    return LaneRow(row.id, row.epoch, row.lane, row.stored, row.archived, heads, row.announced)


def advance(conn: sa.Connection, lane_id: int, stored: int, heads: Heads, receipt: str) -> None:
    values = {"stored": stored, "head": heads.ours, "box_head": heads.theirs, "receipt": receipt}
    conn.execute(_ADVANCE, {"its_id": lane_id, **values})


def put_box_head(conn: sa.Connection, lane_id: int, head: bytes) -> None:
    conn.execute(sa.update(lane).where(lane.c.id == lane_id).values(box_head=head))


def announce(conn: sa.Connection, lane_id: int, last: int) -> None:
    conn.execute(sa.update(lane).where(lane.c.id == lane_id).values(announced=last))


@contextmanager
def adding_events(conn: sa.Connection, rows: Sequence[EventRow]) -> Iterator[None]:
    """One driver call for all rows: COPY on PostgreSQL, executemany on SQLite. A server works on them while
    the block runs, which must not touch the database. On PostgreSQL what the driver raises comes as it is
    (psycopg.Error)."""
    if conn.dialect.name == "sqlite":
        yield
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
        yield


def bodies(conn: sa.Connection, lane_id: int, seqs: Sequence[int]) -> dict[int, bytes]:
    """What is kept under these sequences, which rise."""
    whole = seqs[-1] - seqs[0] + 1 == len(seqs)
    these = event.c.seq.between(seqs[0], seqs[-1]) if whole else event.c.seq.in_(seqs)
    query = sa.select(event.c.seq, event.c.body).where(event.c.lane_id == lane_id, these)
    return {row.seq: bytes(row.body) for row in conn.execute(query)}


def holds(conn: sa.Connection, lane_id: int, first: int, last: int, body: bytes) -> bool:
    """Whether exactly these bytes are kept under one of the sequences."""
    query = sa.select(event.c.n).where(
        event.c.lane_id == lane_id, event.c.seq.between(first, last), event.c.body == body
    )
    return conn.execute(query.limit(1)).first() is not None


def listed(conn: sa.Connection, slot: str, asked: int | None = None) -> list[LaneRow]:
    """Every lane that is not fully archived, the newest ones whatever they are, and `asked` (a lane's
    id), so that a box that missed a reply long ago learns how far we are."""
    rows = [_row(row) for row in conn.execute(_NEWEST, {"its_slot": slot})]
    if len(rows) == LANES_LISTED:
        older = {"its_slot": slot, "asked": asked, "before": rows[-1].id}
        rows += [_row(row) for row in conn.execute(_OLDER, older)]
    return rows


def watermarks(rows: Iterable[LaneRow]) -> tuple[dict[str, int], dict[str, int]]:
    """`stored` and `archived` of a sync reply."""
    stored = {lane_key(row.epoch, row.lane): row.stored for row in rows}
    return stored, {lane_key(row.epoch, row.lane): row.archived for row in rows}


def note_irregularity(
    conn: sa.Connection, *, slot: str, kind: str, at: str, subject: str, detail: str,
    body: bytes | None = None,
) -> bool:  # fmt: skip
    """What operators should see: gap, chain, conflict, dead-letter, rolled-back. The same words twice
    are kept once: False."""
    row = {"slot": slot, "kind": kind, "at": at, "subject": subject, "body": body}
    new = insert_into(conn, irregularity).values(**row, detail=plain(detail))
    kept = new.on_conflict_do_nothing().returning(irregularity.c.n)
    return conn.execute(kept).first() is not None


def plain(text: str) -> str:
    """Words of others as both databases keep them: bounded, without NUL."""
    return text.replace("\0", "\\0")[:_DETAIL_CHARS]


def count_failure(conn: sa.Connection, event_id: str, reason: str) -> int:
    """One more failure of the event; how many there are now."""
    told = plain(reason)
    statement = insert_into(conn, poison).values(event_id=event_id, failures=1, reason=told)
    counted = statement.on_conflict_do_update(
        index_elements=[poison.c.event_id],
        set_={"failures": poison.c.failures + 1, "reason": told},
    )
    return int(conn.execute(counted.returning(poison.c.failures)).scalar_one())
