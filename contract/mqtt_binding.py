"""The MQTT binding (contract §5): topics, the frame that carries a message with its token, the reply.

Frame: the byte 0xE1, the token's length as u16 big-endian, the token (ASCII), the body: the same bytes
as over HTTP. Nothing depends on the broker or on properties of MQTT 5: what goes up is signed by the
box; what comes down is signed by the hub's command key, carries the answer's status, headers and body,
and names the very bytes that it answers. A hostile broker can only drop or delay.
`mqtt_requests` says which HTTP request a frame stands for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import msgspec

from contract.jws import mint_jws, open_jws
from contract.keys import PrivateKey, PublicKey
from contract.names import SLUG
from contract.sync import MAX_BATCH_BYTES

MAGIC = 0xE1
QOS = 1
MAX_TOKEN_BYTES = 4_096
MAX_FRAME_BYTES = 3 + MAX_TOKEN_BYTES + MAX_BATCH_BYTES
DOWN_TYP = "edile-down+jwt"
# Headers of the hub's answers that mean something to a box; the others stay at the hub.
DOWN_HEADERS = ("content-type", "etag", "retry-after", "upload-length", "upload-offset")
_PLAIN = "application/json"  # the content type of nearly every answer: left out on the way down
Direction = Literal["up", "down"]


class BadFrame(Exception):
    """A payload that is no frame of ours; `reason` is one word for counters."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Frame:
    token: str
    body: bytes


class DownClaims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the hub signs for `down`: whom it is for, what it answers (`request_id`; empty when it
    answers nothing), status and headers of the answer, and its body by hash and length."""

    slot: str
    re: str
    st: int
    bsh: str
    bln: int
    hd: dict[str, str] = {}


@dataclass(frozen=True)
class Reply:
    """An answer of the hub: HTTP's status, header names in lower case, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def topic(direction: Direction, district: str, slot: str) -> str:
    """ValueError unless both names are slugs (a slash or wildcard would change the topic)."""
    for name in (district, slot):
        if not SLUG.fullmatch(name):
            raise ValueError(f"not a name for a topic (lower-case letters, digits, -): {name!r}")
    return f"edile/1/{district}/{slot}/{direction}"


def parse_topic(text: str) -> tuple[Direction, str, str]:
    """(direction, district, slot); ValueError for any other topic."""
    parts = text.split("/")
    if len(parts) == 5 and parts[:2] == ["edile", "1"]:
        _, _, district, slot, last = parts
        for direction in ("up", "down"):
            if last == direction and SLUG.fullmatch(district) and SLUG.fullmatch(slot):
                return direction, district, slot
    raise ValueError(f"not a topic of ours: {text!r}")


def shared_subscription(group: str, district: str = "+") -> str:
    """What hub workers of one group subscribe to, so that each message goes to one of them
    (MQTT 5.0 §4.8.2; brokers offer it to 3.1.1 clients too)."""
    return f"$share/{group}/edile/1/{district}/+/up"


def encode_frame(token: str, body: bytes) -> bytes:
    """ValueError for a token or body over the limits."""
    text = token.encode("ascii")
    if not 0 < len(text) <= MAX_TOKEN_BYTES or len(body) > MAX_BATCH_BYTES:
        raise ValueError(f"token of {len(text)} or body of {len(body)} bytes is over the limit")
    return b"%c%b%b%b" % (MAGIC, len(text).to_bytes(2, "big"), text, body)


def decode_frame(payload: bytes) -> Frame:
    """Raises BadFrame, and nothing else, for any bytes."""
    if len(payload) > MAX_FRAME_BYTES:
        raise BadFrame("too-long")
    if len(payload) < 3:
        raise BadFrame("truncated")
    if payload[0] != MAGIC:
        raise BadFrame("magic")
    size = int.from_bytes(payload[1:3], "big")
    if not 0 < size <= MAX_TOKEN_BYTES:
        raise BadFrame("token-length")
    token, body = payload[3 : 3 + size], payload[3 + size :]
    if len(token) < size:
        raise BadFrame("truncated")
    if len(body) > MAX_BATCH_BYTES:
        raise BadFrame("too-long")
    if not token.isascii():
        raise BadFrame("token")
    return Frame(token.decode("ascii"), body)


def request_id(payload: bytes) -> str:
    """The name of a request in its reply: a hash of the whole frame. A token's `jti` would do for
    honest brokers; but one that alters a frame on the way and brings the hub's refusal of it back
    would have that believed as the answer to the frame as it was sent."""
    return sha256(payload).hexdigest()


def seal_down(key: PrivateKey, kid: str, *, slot: str, re: str, reply: Reply) -> bytes:
    """The frame for `down`, signed by the hub's command key. ValueError for a body over the limit."""
    claims = DownClaims(
        slot=slot,
        re=re,
        st=reply.status,
        bsh=sha256(reply.body).hexdigest(),
        bln=len(reply.body),
        hd=_carried(reply.headers),
    )
    return encode_frame(mint_jws(key, kid, DOWN_TYP, claims), reply.body)


def open_down(payload: bytes, key: PublicKey, *, slot: str) -> tuple[str, Reply]:
    """(`request_id` answered, reply). Raises BadFrame; BadJws when the hub did not sign exactly this
    for us."""
    frame = decode_frame(payload)
    _, signed = open_jws(frame.token, DOWN_TYP, lambda _: key)
    try:
        claims = msgspec.json.decode(signed, type=DownClaims)
    except msgspec.DecodeError as error:
        raise BadFrame("claims") from error
    if claims.slot != slot:
        raise BadFrame("slot")
    if claims.bln != len(frame.body) or claims.bsh != sha256(frame.body).hexdigest():
        raise BadFrame("body")
    plain = {"content-type": _PLAIN} if frame.body else {}
    return claims.re, Reply(claims.st, {**plain, **claims.hd}, frame.body)


def _carried(headers: Mapping[str, str]) -> dict[str, str]:
    named = {name.lower(): value for name, value in headers.items()}
    kept = {name: named[name] for name in DOWN_HEADERS if name in named}
    if kept.get("content-type") == _PLAIN:
        del kept["content-type"]
    return kept
