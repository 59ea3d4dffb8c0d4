"""Unmasked originals: which ones gateways gave out, for whom and why, and what became of requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from contract.commands import CommandOp
from hub.store.dialects import insert_into
from hub.store.tables import command, evidence, original

ASKED: CommandOp = "send-original"


class Given(NamedTuple):
    """`here`: the whole file has come."""

    sha256: str
    slot: str
    requested_by: str
    reason: str
    given_at: str
    here: bool


class Request(NamedTuple):
    """`outcome` None: the gateway has not answered."""

    command: str
    op: str
    actor: str
    made_at: str
    expires: str
    outcome: str | None
    detail: str | None


def keep(conn: sa.Connection, **row: object) -> None:
    """The first request that was answered stands."""
    conn.execute(insert_into(conn, original).values(**row).on_conflict_do_nothing())


def is_original(conn: sa.Connection, sha256: str) -> bool:
    query = sa.select(original.c.sha256).where(original.c.sha256 == sha256)
    return conn.execute(query).first() is not None


def slot_of_photo(conn: sa.Connection, sha256: str) -> str | None:
    """Whose gateway brought it; None when it is not here."""
    query = sa.select(evidence.c.slot).where(evidence.c.sha256 == sha256)
    found: str | None = conn.scalar(query)
    return found


def given(conn: sa.Connection, limit: int) -> list[Given]:
    """Newest first."""
    query = (
        sa.select(original, evidence.c.sha256.is_not(None).label("here"))
        .outerjoin_from(original, evidence, evidence.c.sha256 == original.c.sha256)
        .order_by(original.c.given_at.desc(), original.c.sha256)
        .limit(limit)
    )
    return [Given(*row) for row in conn.execute(query)]


def requests(conn: sa.Connection, limit: int, ops: Sequence[CommandOp] = (ASKED,)) -> list[Request]:
    """Newest first; `ops`: of which commands."""
    columns = (getattr(command.c, name) for name in ("id", *Request._fields[1:]))
    query = (
        sa.select(*columns)
        .where(command.c.op.in_(ops))
        .order_by(command.c.made_at.desc(), command.c.cmd_seq.desc())
        .limit(limit)
    )
    return [Request(*row) for row in conn.execute(query)]
