"""Compact JWS (RFC 7515 §3.1, §7.1) with exactly one way to write each: what `mint_jws` prints is what
`open_jws` accepts. Strict base64url without padding, no critical headers, no header keys, and of the
two ECDSA signatures (r, s) and (r, n - s) only the one with the smaller s."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable

import msgspec

from contract.keys import PrivateKey, PublicKey


class BadJws(Exception):
    """The text is no JWS of ours; `reason` is one word for counters."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Protected header: jku, jwk, x5u, x5c, crit and the like are refused, not ignored."""

    alg: str
    typ: str
    kid: str


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Strict inverse of `b64`; BadJws("malformed") for padding, whitespace, stray bits."""
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise BadJws("malformed") from error
    if b64(data) != text:
        raise BadJws("malformed")
    return data


def mint_jws(key: PrivateKey, kid: str, typ: str, claims: msgspec.Struct) -> str:
    header = msgspec.json.encode(Header(alg=key.alg, typ=typ, kid=kid))
    signing = f"{b64(header)}.{b64(msgspec.json.encode(claims))}"
    return f"{signing}.{b64(key.sign(signing.encode()))}"


def open_jws(token: str, typ: str, key_of: Callable[[str], PublicKey]) -> tuple[Header, bytes]:
    """The header and the payload bytes of a good token.

    `key_of(kid)` returns the key to check with, or raises BadJws: the key's own algorithm rules, and
    a header that names another is refused.
    """
    signing, _, last = token.rpartition(".")
    parts = signing.split(".")
    if len(parts) != 2:
        raise BadJws("malformed")
    head, payload, signature = unb64(parts[0]), unb64(parts[1]), unb64(last)
    try:
        header = msgspec.json.decode(head, type=Header)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadJws("header") from error
    if header.typ != typ:
        raise BadJws("typ")
    key = key_of(header.kid)
    if header.alg != key.alg:
        raise BadJws("alg")
    if not (key.is_canonical(signature) and key.verifies(signature, signing.encode())):
        raise BadJws("signature")
    return header, payload
