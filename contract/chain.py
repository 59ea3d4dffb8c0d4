"""The event chain (contract §7): a hash over every event of one (slot, epoch, lane), in order.

h_n = SHA256("edile-chain-v1" || h_{n-1} || lane || 0x00 || n as u64 big-endian || SHA256(bytes of n)),
h_0 = 32 zero bytes. A tombstone for sequences first..last is one link with n = last.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from contract.names import Lane

GENESIS = bytes(32)
_DOMAIN = b"edile-chain-v1"


def link(head: bytes, lane: Lane, seq: int, event: bytes) -> bytes:
    """The head after `event` (its exact bytes), given the head before it."""
    return link_hash(head, lane, seq, sha256(event).digest())


def link_hash(head: bytes, lane: Lane, seq: int, event_sha256: bytes) -> bytes:
    """`link` for who knows only the event's SHA-256 (a case bundle may withhold other cases' events)."""
    return sha256(
        b"%b%b%b\0%b%b" % (_DOMAIN, head, lane.encode(), seq.to_bytes(8, "big"), event_sha256)
    ).digest()


def extend(head: bytes, lane: Lane, items: Iterable[tuple[int, bytes]]) -> bytes:
    """The head after all of `items` (seq, bytes), in their order."""
    tag, hashed = lane.encode() + b"\0", sha256
    for seq, event in items:
        mixed = b"%b%b%b%b%b" % (_DOMAIN, head, tag, seq.to_bytes(8, "big"), hashed(event).digest())
        head = hashed(mixed).digest()
    return head
