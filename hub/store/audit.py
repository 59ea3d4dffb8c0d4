"""The audit log: append-only, one hash chain per district, appended in the transaction it is about.

`hash = SHA-256("edile-audit-v1" || previous hash || canonical JSON of the row)`. `audit_head` holds the
last sequence and hash, so that cutting the tail shows; triggers refuse UPDATE and DELETE.

Lock order: whoever will append takes `lock` *before* any order row. Transactions that open or move
orders of one district therefore queue up instead of deadlocking over each other's rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from contract.workorder import AuditEntry
from hub.store.bulk import BulkInsert
from hub.store.dialects import per_dialect
from hub.store.order_tables import audit, audit_head

_DOMAIN = b"edile-audit-v1"
GENESIS = "0" * 64
_CANONICAL = msgspec.json.Encoder(order="sorted")


_HELD = (
    sa.select(audit_head.c.seq, audit_head.c.hash, audit_head.c.told)
    .where(audit_head.c.district == sa.bindparam("of_district"))
    .with_for_update()
)
_START = per_dialect(audit_head, lambda one: one.on_conflict_do_nothing())
_INSERT = BulkInsert(audit, [column.name for column in audit.columns])
_ADVANCE = (
    sa.update(audit_head)
    .where(audit_head.c.district == sa.bindparam("of_district"))
    .values(seq=sa.bindparam("to_seq"), hash=sa.bindparam("to_hash"), told=sa.bindparam("to_told"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`subject` is `work-order/ID`, `token/ID` or `evidence/SHA256`; `actor` `token/NAME`,
    `gateway/SLOT` or `hub`."""

    at: str
    actor: str
    action: str
    subject: str
    from_state: str | None = None
    to_state: str | None = None
    reason: str | None = None
    detail: dict[str, object] = field(default_factory=dict)


_NAMES = tuple(one.name for one in fields(Entry))


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a district's chain stops being true, and how."""

    district: str
    seq: int
    what: str


class Head(NamedTuple):
    """A district's last audit sequence and its hash, and the last domain event told."""

    seq: int
    hash: str
    told: int


def lock(conn: sa.Connection, district: str) -> Head:
    """Hold the district's log until the transaction ends."""
    row = conn.execute(_HELD, {"of_district": district}).first()
    if row is None:
        start = {"district": district, "seq": 0, "hash": GENESIS}
        conn.execute(_START[conn.dialect.name], start)
        row = conn.execute(_HELD, {"of_district": district}).one()
    return Head(row.seq, row.hash, row.told)


def append(conn: sa.Connection, district: str, entry: Entry) -> None:
    """One row, chained to the last."""
    append_all(conn, district, [entry])


def append_all(
    conn: sa.Connection, district: str, entries: Sequence[Entry], events: int = 0
) -> Head:
    """Rows in order, each chained to the one before. `events` are taken from the district's numbers of
    domain events, too: the head as it was before says where they begin."""
    before = lock(conn, district)
    seq, previous, told = before
    rows = []
    for entry in entries:
        seq += 1
        row: dict[str, object] = {"district": district, "seq": seq, **_fields(entry)}
        row["detail"] = _CANONICAL.encode(entry.detail).decode() if entry.detail else None
        link = _link(previous, row)
        rows.append({**row, "prev_hash": previous, "hash": link})
        previous = link
    if rows:
        _INSERT.run(conn, rows)
    after = {"to_seq": seq, "to_hash": previous, "to_told": told + events}
    conn.execute(_ADVANCE, {"of_district": district, **after})
    return before


def _fields(entry: Entry) -> dict[str, object]:
    """As `dataclasses.asdict`, without its copying of everything inside."""
    return {name: getattr(entry, name) for name in _NAMES}


def history(
    conn: sa.Connection, district: str, subject: str, *, after: int = 0, limit: int = 1000
) -> list[AuditEntry]:
    """Rows about one subject behind sequence `after`, oldest first."""
    rows = conn.execute(
        sa.select(audit)
        .where(audit.c.district == district, audit.c.subject == subject, audit.c.seq > after)
        .order_by(audit.c.seq)
        .limit(limit)
    )
    return [
        AuditEntry(
            seq=row.seq,
            at=row.at,
            actor=row.actor,
            action=row.action,
            hash=row.hash,
            from_state=row.from_state,
            to_state=row.to_state,
            reason=row.reason,
        )
        for row in rows
    ]


def verify(conn: sa.Connection) -> list[Broken]:
    """The first break of every district's chain; empty when all of them hold."""
    heads = {row.district: row for row in conn.execute(sa.select(audit_head))}
    districts = set(heads) | set(conn.scalars(sa.select(audit.c.district).distinct()))
    found: list[Broken] = []
    for district in sorted(districts):
        seq, last, broken = _walk(conn, district)
        head = heads.get(district)
        if broken is None and (head is None or (head.seq, head.hash) != (seq, last)):
            said = "nothing" if head is None else str(head.seq)
            broken = Broken(district, seq, f"the log ends at {seq}, its head says {said}")
        if broken is not None:
            found.append(broken)
    return found


def _walk(conn: sa.Connection, district: str) -> tuple[int, str, Broken | None]:
    seq, last = 0, GENESIS
    rows = conn.execute(
        sa.select(audit).where(audit.c.district == district).order_by(audit.c.seq)
    ).yield_per(1000)
    for row in rows.mappings():
        if row["seq"] != seq + 1:
            return seq, last, Broken(district, seq + 1, f"row {seq + 1} is missing")
        content = {key: row[key] for key in row if key not in ("prev_hash", "hash")}
        if row["prev_hash"] != last or row["hash"] != _link(last, content):
            return seq, last, Broken(district, row["seq"], f"row {row['seq']} was changed")
        seq, last = row["seq"], row["hash"]
    return seq, last, None


def _link(previous: str, row: dict[str, object]) -> str:
    content = _CANONICAL.encode(row)
    return hashlib.sha256(_DOMAIN + bytes.fromhex(previous) + content).hexdigest()
