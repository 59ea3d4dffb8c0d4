"""Standard Webhooks signatures (standard-webhooks specification 1.0.0, "Signature scheme"), symmetric:
`v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence

PREFIX = "whsec_"
_MIN_BYTES, _MAX_BYTES = 24, 64  # the specification's 192 and 512 bits
_NEW_BYTES = 32


def new_secret(entropy: Callable[[int], bytes]) -> str:
    return PREFIX + base64.b64encode(entropy(_NEW_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """ValueError for what is no secret, in words for a person."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError(f"a secret is {PREFIX} and base64: {error}") from error
    if not _MIN_BYTES <= len(key) <= _MAX_BYTES:
        raise ValueError(f"a secret has {_MIN_BYTES} to {_MAX_BYTES} bytes, this one {len(key)}")
    return key


def sign(secrets: Sequence[str], notice_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """The three headers. More than one secret while one follows another."""
    signed = f"{notice_id}.{timestamp_s}.".encode() + body
    marks = [
        base64.b64encode(hmac.digest(key_of(secret), signed, hashlib.sha256)).decode()
        for secret in secrets
    ]
    return {
        "webhook-id": notice_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": " ".join(f"v1,{mark}" for mark in marks),
    }
