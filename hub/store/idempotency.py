"""`Idempotency-Key`: the reply of a POST, stored in the transaction that did its work.

A repeat that arrives while the first still runs waits for its transaction (the primary key makes it) and
then gets the stored reply, or does the work itself when the first was rolled back.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from contract.timestamps import parse_rfc3339, rfc3339
from hub.store.dialects import insert_into
from hub.store.order_tables import idempotency_key as table

KEPT_HOURS = 24


class KeyReused(ValueError):
    """The same key came with another request."""


@dataclass(frozen=True, slots=True)
class StoredReply:
    """What was answered, to be answered again."""

    status: int
    headers: dict[str, str]
    body: bytes


def claim(
    conn: sa.Connection, *, actor: str, key: str, request_sha256: str, at: str
) -> StoredReply | None:
    """None: the key is new, do the work and `keep` the reply. Raises KeyReused."""
    forgotten = rfc3339(parse_rfc3339(at) - KEPT_HOURS * 3600 * 10**9)
    conn.execute(sa.delete(table).where(table.c.created_at < forgotten))
    row = {"actor": actor, "key": key, "request_sha256": request_sha256, "created_at": at}
    insert = insert_into(conn, table).values(row).on_conflict_do_nothing()
    if conn.execute(insert.returning(table.c.key)).first() is not None:
        return None
    kept = conn.execute(sa.select(table).where(table.c.actor == actor, table.c.key == key)).one()
    if kept.request_sha256 != request_sha256:
        raise KeyReused(key)
    headers = msgspec.json.decode(kept.headers, type=dict[str, str])
    return StoredReply(kept.status, headers, kept.body)


def keep(conn: sa.Connection, *, actor: str, key: str, reply: StoredReply) -> None:
    """The reply that repeats will get."""
    conn.execute(
        sa.update(table)
        .where(table.c.actor == actor, table.c.key == key)
        .values(
            status=reply.status,
            headers=msgspec.json.encode(reply.headers).decode(),
            body=reply.body,
        )
    )
