"""What goes first when space runs short, and what never goes (edge.md, reliability rule 8).

Ladder: raw samples, thumbnails, uploaded originals, sealed originals, archived events. Never: evidence
that is not archived, events that are not archived. At most 20 rows a transaction, because a big delete
needs more log than a full disk has. Whatever went is an event that says what and how much.

Sealed originals are the only copy there is, so they go only where it helps: when the disk or the share
of evidence is full, not when the database has reached its own limit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import apsw

from contract.payloads.gateway import Shed
from edge_agent.store.evidence import ALIBI, THUMBNAIL_BYTES, Blob, EvidenceFolder
from edge_agent.store.originals import Originals
from edge_agent.store.outbox import SEQ_BITS, SEQ_MASK, Outbox

ROWS = 20
RAW_BYTES = 4 * 1024 * 1024
SEALED_BYTES = 16 * 1024 * 1024  # one notice for so much, not one for each photo

ShedRaw = Callable[[int], tuple[int, int]]  # bytes wanted -> (segments, bytes) gone
Transaction = Callable[[], AbstractContextManager[None]]


def no_raw(wanted: int) -> tuple[int, int]:
    """A store without a raw ring beside it."""
    del wanted
    return 0, 0


def relieve(
    con: apsw.Connection,
    outbox: Outbox,
    evidence: EvidenceFolder,
    transaction: Transaction,
    shed_raw: ShedRaw,
    *,
    originals: Originals | None = None,
) -> Shed | None:
    """The first rung that yields anything; None when only what may never go is left. `originals`: where
    room for files is wanted."""
    segments, size = shed_raw(RAW_BYTES)
    if segments:
        return Shed(what="raw-segments", count=segments, bytes=size)
    free = [blob for blob in evidence.delivered() if archived(outbox, blob)]
    small = [blob for blob in free if blob.size <= THUMBNAIL_BYTES and not _alibi(blob)]
    for what, blobs in (("thumbnails", small), ("uploaded-originals", free)):
        if blobs:
            return _drop(what, blobs[:ROWS], evidence, transaction)
    sealed = [] if originals is None else list(originals.least_needed(SEALED_BYTES))
    if sealed:
        return drop_all("sealed-originals", sealed, evidence, transaction)
    return _archived_events(con, outbox, transaction)


def _alibi(blob: Blob) -> bool:
    return blob.media_type.startswith(ALIBI)


def archived(outbox: Outbox, blob: Blob) -> bool:
    """Its event is archived, and so is one that was made after the hub had the whole file."""
    return blob.proof_id is not None and all(
        reached(outbox, key) for key in (blob.event_id, blob.proof_id)
    )


def reached(outbox: Outbox, key: int) -> bool:
    """Whether the hub's backup holds the event at `key`, or one that was made later."""
    lane, seq = key >> SEQ_BITS, key & SEQ_MASK
    rows = {row.id: row for row in outbox.rows.values()}
    own = rows.get(lane)
    if own is None or own.archived >= seq:
        return True
    # The epoch ended before that event was made: a later epoch's archived event proves as much.
    return seq > own.last_seq and any(row.archived and key > lane for key, row in rows.items())


def drop_all(
    what: str, blobs: Sequence[Blob], evidence: EvidenceFolder, transaction: Transaction
) -> Shed:
    """As many transactions as it takes, told as one."""
    for start in range(0, len(blobs), ROWS):
        _drop(what, blobs[start : start + ROWS], evidence, transaction)
    return _told(what, blobs)


def _drop(
    what: str, blobs: Sequence[Blob], evidence: EvidenceFolder, transaction: Transaction
) -> Shed:
    names = [blob.sha256 for blob in blobs]
    with transaction():
        evidence.forget(names)
    evidence.remove(names)
    return _told(what, blobs)


def _told(what: str, blobs: Sequence[Blob]) -> Shed:
    return Shed(
        what=what,
        count=len(blobs),
        bytes=sum(b.size for b in blobs),
        first=blobs[0].sha256,
        last=blobs[-1].sha256,
    )


def _archived_events(con: apsw.Connection, outbox: Outbox, transaction: Transaction) -> Shed | None:
    for row in list(outbox.rows.values()):
        if row.archived > row.base:
            with transaction():
                gone = outbox.prune(row, row.archived, ROWS)
            con.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            first, last = row.base + 1, row.base + gone
            return Shed(
                what="archived-events",
                count=gone,
                bytes=0,
                first=f"{row.epoch}.{row.lane}.{first}",
                last=f"{row.epoch}.{row.lane}.{last}",
            )
    return None
