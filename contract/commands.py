"""Commands from hub to gateway (contract §4), signed by the hub's command key."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from contract.jws import mint_jws, open_jws
from contract.keys import PrivateKey, PublicKey

TYP = "edile-cmd+jwt"
CommandOp = Literal[
    "relook",
    "speak",
    "photo",
    "fly",
    "abort-flight",
    "zero-weighbridge",
    "restart",
    "collect-diagnostics",
    "rotate-key",
    "wipe",
]


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Executed at most once, in rising `cmd_seq` per slot; `expires` RFC 3339 by hub time."""

    id: str
    slot: str
    cmd_seq: int
    op: CommandOp
    args: dict[str, Any]
    expires: str


def sign_command(key: PrivateKey, kid: str, command: Command) -> str:
    return mint_jws(key, kid, TYP, command)


def open_command(text: str, key: PublicKey) -> Command:
    """Raises BadJws, or msgspec.DecodeError when signed nonsense."""
    _, payload = open_jws(text, TYP, lambda _: key)
    return msgspec.json.decode(payload, type=Command)
