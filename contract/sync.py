"""Sync over HTTP (contract §4): media types, limits, the batch's items, the reply."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from contract.names import Lane

BATCH_CONTENT = "application/cloudevents-batch+json"
MAX_EVENTS = 1_000
MAX_BATCH_BYTES = 4 * 1024 * 1024
SYNC_PATH = "/v1/sync"
DESIRED_PATH = "/v1/desired"
TIME_PATH = "/v1/time"
EVIDENCE_PATH = "/v1/evidence"
IDLE_SYNC_S = 300
RETRY_BASE_S = 1.0
RETRY_CAP_S = 300.0


class Tombstone(msgspec.Struct, frozen=True, kw_only=True):
    """Stands in a batch for sequences `gap[0]..gap[1]` that corruption destroyed."""

    gap: tuple[int, int]
    reason: str
    counts: dict[str, int] = {}


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """An event the hub set aside raw; the watermark has moved past it."""

    id: str
    reason: str


class SyncReply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`stored`/`archived`: `{epoch}.{lane}` -> highest contiguous seq, for every lane of the slot that
    is not fully archived. `commands` are compact JWS, as is `receipt`."""

    hub_time: str
    hub_generation: str
    stored: dict[str, int]
    archived: dict[str, int]
    quarantined: list[Quarantined] = []
    receipt: str | None = None
    desired_etag: str | None = None
    commands: list[str] = []


class ClockAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Body of a 401 to a box whose clock is wrong, and of `GET /v1/time`; travels as a JWS
    (`typ` `edile-time+jwt`, hub command key) in member `signed` of the reply."""

    now: str
    nonce: str


TIME_TYP = "edile-time+jwt"


def join_batch(items: Sequence[bytes]) -> bytes:
    """The batch body: the events' exact bytes in one JSON array."""
    return b"[" + b",".join(items) + b"]"


def split_batch(body: bytes) -> list[bytes]:
    """Exact bytes of each item. Raises msgspec.DecodeError unless a JSON array."""
    return [bytes(raw) for raw in _ITEMS.decode(body)]


_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])


def heartbeat_range(last_seq: int) -> tuple[int, int]:
    """`sq` of an empty sync after `last_seq`: [n+1, n]."""
    return last_seq + 1, last_seq


def lanes_open(reply: SyncReply, lane: Lane) -> dict[str, int]:
    """`stored` of one lane by epoch."""
    return {
        key.partition(".")[0]: seq for key, seq in reply.stored.items() if key.endswith(f".{lane}")
    }
