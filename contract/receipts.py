"""Receipts (contract §4, §7): the hub's signed word on how far a lane's chain is committed."""

from __future__ import annotations

import msgspec

from contract.jws import mint_jws, open_jws
from contract.keys import PrivateKey, PublicKey
from contract.names import Lane

TYP = "edile-receipt+jwt"


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """`chain_head` (hex) after `seq` of (slot, epoch, lane), as committed at `hub_time`."""

    slot: str
    epoch: str
    lane: Lane
    seq: int
    chain_head: str
    hub_time: str


def sign_receipt(key: PrivateKey, kid: str, receipt: Receipt) -> str:
    return mint_jws(key, kid, TYP, receipt)


def open_receipt(text: str, key: PublicKey) -> Receipt:
    """Raises BadJws, or msgspec.DecodeError when signed nonsense."""
    _, payload = open_jws(text, TYP, lambda _: key)
    return msgspec.json.decode(payload, type=Receipt)
