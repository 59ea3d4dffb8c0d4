"""Commands to gateways: numbered, signed, kept until they are answered or expire."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from contract.commands import Command, CommandOp, sign_command
from contract.keys import PrivateKey
from contract.timestamps import rfc3339
from hub.identity import COMMAND_KID
from hub.store import gateways


def issue(
    conn: sa.Connection,
    key: PrivateKey,
    *,
    slot: str,
    op: CommandOp,
    args: dict[str, Any],
    actor: str,
    now_ns: int,
    expires_in_s: int,
) -> Command | None:
    """In the caller's transaction; the gateway gets it with its next sync. None for an unknown slot."""
    seq = gateways.next_command_seq(conn, slot)
    if seq is None:
        return None
    made = Command(
        id=f"{slot}-{seq}",
        slot=slot,
        cmd_seq=seq,
        op=op,
        args=args,
        expires=rfc3339(now_ns + expires_in_s * 10**9),
    )
    gateways.add_command(
        conn,
        id=made.id,
        slot=slot,
        cmd_seq=seq,
        op=made.op,
        jws=sign_command(key, COMMAND_KID, made),
        actor=actor,
        made_at=rfc3339(now_ns),
        expires=made.expires,
    )
    return made
