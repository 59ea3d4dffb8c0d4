"""The message token (contract §6): who sends, what for, over exactly which bytes.

`mint` writes it, `verify` reads it. Both take the time as seconds since 1970 and read no clock; the
replay memory is the caller's (`remember`), because a hub keeps it in its database.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import msgspec

from contract.jws import BadJws, mint_jws, open_jws
from contract.keys import PrivateKey, PublicKey
from contract.names import LANES, Lane

TYP = "edile-msg+jwt"
LIFETIME_S = 120
LEEWAY_S = 300
JTI_MEMORY_S = 900
JTI_BYTES = 12
SCHEME = "EMT"

Op = Literal[
    "events.batch",
    "evidence.put",
    "desired.get",
    "time.get",
    "enrol",
    "mqtt.connect",
    "capabilities.get",
]
KeyState = Literal["pending", "active", "drain", "revoked"]
Refusal = Literal[
    "malformed",
    "header",
    "typ",
    "alg",
    "signature",
    "unknown-key",
    "revoked",
    "pending",
    "claims",
    "audience",
    "op",
    "body",
    "clock",
    "replay",
]


class Claims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`bsh`/`bln` bind the body as sent; `ep`/`ln`/`sq`/`ch` a batch; `blob`/`off`/`total` a part of a
    blob (`blob` = its SHA-256 hex, `off` = where this part starts, `total` = its whole length, `media` =
    its media type; without `media` it is only asked how much is there). `etag`: what is known already."""

    aud: str
    op: Op
    iat: int
    exp: int
    jti: str
    bsh: str
    bln: int
    nonce: str | None = None
    ep: str | None = None
    ln: Lane | None = None
    sq: tuple[int, int] | None = None
    ch: str | None = None
    blob: str | None = None
    off: int | None = None
    total: int | None = None
    media: str | None = None
    etag: str | None = None


@dataclass(frozen=True)
class KeyRow:
    """A row of the hub's key table: the only place an algorithm comes from."""

    kid: str
    key: PublicKey
    state: KeyState


class TokenRefused(Exception):
    """Why a token was not believed; 401 at the hub. `reason` is a `Refusal`."""

    def __init__(self, reason: Refusal, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: Refusal = reason


@dataclass(frozen=True)
class Verified:
    kid: str
    claims: Claims


def body_hash(body: bytes) -> str:
    return sha256(body).hexdigest()


def claims_for(
    *, aud: str, op: Op, body: bytes, now_s: int, jti: str, nonce: str | None = None
) -> Claims:
    """Claims over `body` as it will be sent, valid for `LIFETIME_S`. Extend with msgspec's replace."""
    return Claims(
        aud=aud,
        op=op,
        iat=now_s,
        exp=now_s + LIFETIME_S,
        jti=jti,
        bsh=body_hash(body),
        bln=len(body),
        nonce=nonce,
    )


def mint(key: PrivateKey, kid: str, claims: Claims) -> str:
    return mint_jws(key, kid, TYP, claims)


def verify(
    token: str,
    *,
    keys: Callable[[str], KeyRow | None],
    audience: str,
    op: Op,
    body: bytes,
    now_s: int,
    remember: Callable[[str, int], bool],
    nonce_ok: Callable[[str], bool] = lambda _: False,
) -> Verified:
    """Raises TokenRefused. `remember(jti, until_s)` answers False when it has seen the jti before;
    a batch is not remembered (idempotent). A valid nonce replaces the time window."""

    def key_of(kid: str) -> PublicKey:
        row = keys(kid)
        if row is None:
            raise TokenRefused("unknown-key")
        if row.state in ("revoked", "pending") and not (row.state == "pending" and op == "enrol"):
            raise TokenRefused("revoked" if row.state == "revoked" else "pending")
        return row.key

    try:
        header, payload = open_jws(token, TYP, key_of)
        claims = msgspec.json.decode(payload, type=Claims)
    except BadJws as error:
        raise TokenRefused(error.reason) from error  # type: ignore[arg-type]
    except msgspec.DecodeError as error:
        raise TokenRefused("claims", str(error)) from error
    _check(claims, audience=audience, op=op, body=body, now_s=now_s, nonce_ok=nonce_ok)
    if op != "events.batch" and not remember(claims.jti, now_s + JTI_MEMORY_S):
        raise TokenRefused("replay")
    return Verified(header.kid, claims)


def _check(
    claims: Claims,
    *,
    audience: str,
    op: Op,
    body: bytes,
    now_s: int,
    nonce_ok: Callable[[str], bool],
) -> None:
    if claims.aud != audience:
        raise TokenRefused("audience")
    if claims.op != op:
        raise TokenRefused("op")
    if claims.bln != len(body) or claims.bsh != body_hash(body):
        raise TokenRefused("body")
    if claims.exp - claims.iat > LIFETIME_S or claims.exp < claims.iat or len(claims.jti) < 16:
        raise TokenRefused("claims")
    if op == "events.batch" and not _names_a_batch(claims):
        raise TokenRefused("claims", "a batch names ep, ln, sq, ch")
    if op == "evidence.put" and not _names_a_part(claims):
        raise TokenRefused("claims", "a part of a blob names blob, off, total")
    if op == "time.get":
        return  # who asks for the time cannot know it
    if claims.nonce is not None and nonce_ok(claims.nonce):
        return
    if not claims.iat - LEEWAY_S <= now_s <= claims.exp + LEEWAY_S:
        raise TokenRefused("clock")


def _names_a_batch(claims: Claims) -> bool:
    if claims.ep is None or claims.ln not in LANES or claims.sq is None or claims.ch is None:
        return False
    first, last = claims.sq
    return 1 <= first <= last + 1


def _names_a_part(claims: Claims) -> bool:
    if claims.blob is None or claims.off is None or claims.total is None:
        return False
    return 0 <= claims.off <= claims.total
