"""Signed requests: a token over exactly the bytes that are sent (contract §6)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from contract.names import Lane
from contract.sync import BATCH_CONTENT, SYNC_PATH
from contract.token import JTI_BYTES, SCHEME, Op, claims_for, mint
from edge_agent.identity import Identity
from edge_agent.ledger import Traffic
from edge_agent.ports import HubRequest


@dataclass(frozen=True)
class Call:
    """What to ask of the hub, before it is dated and signed. `binding` are further claims."""

    method: str
    path: str
    op: Op
    traffic: Traffic
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    binding: Mapping[str, Any] = field(default_factory=dict)


def sync_call(
    body: bytes,
    *,
    epoch: str,
    lane: Lane,
    first: int,
    last: int,
    chain_head: bytes,
    traffic: Traffic,
    encoding: str,
) -> Call:
    headers = {"content-type": BATCH_CONTENT, "content-encoding": encoding}
    binding = {"ep": epoch, "ln": lane, "sq": (first, last), "ch": chain_head.hex()}
    return Call("POST", SYNC_PATH, "events.batch", traffic, body, headers, binding)


def connect_token(identity: Identity, hub_id: str, now_s: int) -> str:
    """The password of an MQTT CONNECT: shows a broker that cares that the box has its key. Nothing
    else rests on it."""
    jti = secrets.token_hex(JTI_BYTES)
    claims = claims_for(aud=hub_id, op="mqtt.connect", body=b"", now_s=now_s, jti=jti)
    return mint(identity.key, identity.kid, claims)


def sign(
    call: Call,
    identity: Identity,
    hub_id: str,
    *,
    now_s: int,
    nonce: str | None = None,
    check_dates: bool = True,
    true_utc_s: float | None = None,
) -> HubRequest:
    claims = claims_for(
        aud=hub_id,
        op=call.op,
        body=call.body,
        now_s=now_s,
        jti=secrets.token_hex(JTI_BYTES),
        nonce=nonce,
    )
    token = mint(identity.key, identity.kid, msgspec.structs.replace(claims, **call.binding))
    return HubRequest(
        method=call.method,
        path=call.path,
        headers={**call.headers, "authorization": f"{SCHEME} {token}"},
        body=call.body,
        check_dates=check_dates,
        true_utc_s=true_utc_s,
    )
