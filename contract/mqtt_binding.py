"""The MQTT binding (contract §5): topics, and the frame that carries a message with its token.

Frame: the byte 0xE1, the token's length as u16 big-endian, the token (ASCII), the body: the same bytes
as over HTTP. Nothing depends on the broker: what goes up is signed by the box, what comes down by the
hub's command key and names the request it answers, so that a hostile broker can only drop or delay.
"""

from __future__ import annotations

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


class DownClaims(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub signs for `down`: whom it is for, the `jti` it answers (empty when it answers
    nothing), and the body by hash and length."""

    slot: str
    re: str
    bsh: str
    bln: int


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


def seal_down(key: PrivateKey, kid: str, *, slot: str, re: str, body: bytes) -> bytes:
    """The frame for `down`, signed by the hub's command key; `re` is the answered token's jti."""
    claims = DownClaims(slot=slot, re=re, bsh=sha256(body).hexdigest(), bln=len(body))
    return encode_frame(mint_jws(key, kid, DOWN_TYP, claims), body)


def open_down(payload: bytes, key: PublicKey, *, slot: str) -> tuple[str, bytes]:
    """(jti answered, body). Raises BadFrame; BadJws when the hub did not sign exactly this for us."""
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
    return claims.re, frame.body
