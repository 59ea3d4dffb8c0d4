"""What a box sends: its message token checked over the very bytes, its body decompressed within bounds.

Identity comes from the token alone; no header that a proxy could add has any part in it.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, cast

import anyio
import zstandard
from fastapi import Depends, Request

from contract.jws import mint_jws
from contract.sync import MAX_BATCH_BYTES, TIME_TYP, ClockAnswer
from contract.timestamps import rfc3339
from contract.token import JTI_MEMORY_S, SCHEME, Claims, KeyRow, Op, TokenRefused, verify
from hub.api.problems import ProblemError, refusal
from hub.config import HubConfig
from hub.identity import COMMAND_KID, HubKeys
from hub.ingest import Ingest
from hub.store import gateways
from hub.store.engine import Database

SYNCS_AT_ONCE = 8
_CHALLENGE = {"WWW-Authenticate": SCHEME}


@dataclass(frozen=True)
class BoxParts:
    """What the boxes' routes are given, in `request.app.state.box`. `turns`: so many syncs at once, that
    they leave threads to people."""

    config: HubConfig
    database: Database
    keys: HubKeys
    ingest: Ingest
    turns: anyio.Semaphore = field(default_factory=lambda: anyio.Semaphore(SYNCS_AT_ONCE))

    def now_s(self) -> int:
        return self.config.utc_ns() // 10**9


def box_parts(request: Request) -> BoxParts:
    return cast(BoxParts, request.app.state.box)


BoxPartsOf = Annotated[BoxParts, Depends(box_parts)]


@dataclass(frozen=True)
class Sender:
    """A box whose token was good: its key id and what the token claims."""

    kid: str
    claims: Claims


def check(parts: BoxParts, request: Request, op: Op, body: bytes) -> Sender:
    """401 problem+json when the token is not believed. Touches the database: run it in a thread."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != SCHEME or not token:
        told = f"send `Authorization: {SCHEME} TOKEN`, a message token over these bytes"
        raise refusal(401, "unauthenticated", told, headers=_CHALLENGE)
    try:
        found = verify(
            token,
            keys=_key_of(parts),
            audience=parts.config.hub_id,
            op=op,
            body=body,
            now_s=parts.now_s(),
            remember=_remember(parts),
            nonce_ok=_remember_nonce(parts),
        )
    except TokenRefused as error:
        raise _refused(parts, error) from error
    return Sender(found.kid, found.claims)


def _key_of(parts: BoxParts) -> Callable[[str], KeyRow | None]:
    def key_of(kid: str) -> KeyRow | None:
        with parts.database.read() as conn:
            return gateways.key_row(conn, kid)

    return key_of


def _remember(parts: BoxParts) -> Callable[[str, int], bool]:
    def remember(jti: str, until_s: int) -> bool:
        with parts.database.write() as conn:
            return gateways.remember_jti(conn, jti, until_s, parts.now_s())

    return remember


def _remember_nonce(parts: BoxParts) -> Callable[[str], bool]:
    """A nonce is good once: giving it out remembers it under its own mark, using it removes that."""

    def nonce_ok(nonce: str) -> bool:
        with parts.database.write() as conn:
            return gateways.take_nonce(conn, nonce, parts.now_s())

    return nonce_ok


def signed_time(parts: BoxParts) -> str:
    """JWS of the hub's time and a fresh nonce."""
    nonce = parts.config.entropy(16).hex()
    with parts.database.write() as conn:
        gateways.give_nonce(conn, nonce, parts.now_s() + JTI_MEMORY_S)
    answer = ClockAnswer(now=rfc3339(parts.config.utc_ns()), nonce=nonce)
    return mint_jws(parts.keys.command, COMMAND_KID, TIME_TYP, answer)


def _refused(parts: BoxParts, error: TokenRefused) -> ProblemError:
    if error.reason == "clock":
        told = "the token's times are not ours; `signed` carries the time"
        return refusal(
            401, "clock", told, headers=_CHALLENGE, err="clock", signed=signed_time(parts)
        )
    told = f"the message token is refused: {error}"
    return refusal(401, "token", told, headers=_CHALLENGE, err=error.reason)


def decompressed(request: Request, body: bytes) -> bytes:
    """Bounded: a bomb is cut off at the limit. 413, 415, or 400 for broken zstd."""
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding == "identity":
        return body
    if encoding != "zstd":
        raise refusal(415, "unsupported-media-type", "Content-Encoding is zstd or identity")
    try:
        with zstandard.ZstdDecompressor(max_window_size=1 << 23).stream_reader(
            io.BytesIO(body)
        ) as reader:
            plain = reader.read(MAX_BATCH_BYTES + 1)
    except (zstandard.ZstdError, MemoryError) as error:
        raise refusal(400, "bad-request", f"the body is no zstd: {error}") from error
    if len(plain) > MAX_BATCH_BYTES:
        told = f"a batch has at most {MAX_BATCH_BYTES} bytes after decompression"
        raise refusal(413, "too-large", told, limit=MAX_BATCH_BYTES)
    return plain
