"""Evidence on its way up: parts of at most 256 kB, so that an alarm never waits behind a photo.

Content-addressed and resumable: the hub says where it is, we go on from there.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from contract.sync import EVIDENCE_PATH
from edge_agent.ports import HubResponse
from edge_agent.store.database import Store
from edge_agent.store.evidence import Upload
from edge_agent.uplink import replies
from edge_agent.uplink.exchange import Exchange, Exchanged
from edge_agent.uplink.outbox_side import Outbox
from edge_agent.uplink.signing import Call

log = logging.getLogger(__name__)
PART_BYTES = 256 * 1024
LEAST_PART_BYTES = 4 * 1024


@dataclass(frozen=True)
class Part:
    upload: Upload
    content: bytes

    @property
    def call(self) -> Call:
        upload = self.upload
        headers = {
            "content-type": upload.media_type,
            "upload-offset": str(upload.sent),
            "upload-length": str(upload.size),
        }
        binding = {
            "blob": upload.sha256,
            "off": upload.sent,
            "total": upload.size,
            "media": upload.media_type,
        }
        path = f"{EVIDENCE_PATH}/{upload.sha256}"
        return Call("PUT", path, "evidence.put", "evidence", self.content, headers, binding)


@dataclass(frozen=True)
class Moved:
    """The hub now has `sent` bytes of it, `done` when it hashed the whole and agreed."""

    sent: int
    done: bool


class Uploads:
    """One part of one blob a step. Blobs that the hub refuses are set aside until a restart, shown
    in `refused`, and never dropped."""

    def __init__(self, writer: Outbox, exchange: Exchange) -> None:
        self._writer, self._exchange = writer, exchange
        self._agreed: str | None = None  # the blob whose offset hub and we agree on
        self.refused: dict[str, str] = {}

    async def step(self) -> Exchanged | None:
        """None when there is nothing to upload. Raises HubUnreachable."""
        size = self._exchange.meter.fitting(PART_BYTES, LEAST_PART_BYTES)
        skip = frozenset(self.refused)
        part = await self._writer.call(lambda store: _next_part(store, size, skip))
        if part is None:
            return None
        upload = part.upload
        ask_first = upload.sent > 0 and self._agreed != upload.sha256
        self._agreed = None
        exchanged = await self._exchange.send(_head(upload) if ask_first else part.call)
        read = read_head if ask_first else read_put
        answer = read(part, exchanged.response)
        if isinstance(answer, Moved):
            await self._writer.call(
                lambda store: store.evidence_progress(upload.sha256, answer.sent, done=answer.done)
            )
            self._agreed = upload.sha256
        else:
            log.warning("the hub refuses evidence %s: %s", upload.sha256, answer.reason)
            self.refused[upload.sha256] = answer.reason
        return exchanged


def read_put(part: Part, response: HubResponse) -> Moved | replies.Refused:
    """Only 200 and 201 say that the hub hashed the whole and agreed: at the end of a blob that it
    has but did not confirm, an empty part asks once more. Raises HubUnreachable."""
    offset, size = _offset(response), part.upload.size
    if response.status in (200, 201):
        return Moved(size, done=True)
    if response.status == 204 and offset is not None:
        return Moved(min(offset, size), done=False)
    if response.status == 409 and offset is not None and offset != part.upload.sent:
        return Moved(min(offset, size), done=False)
    return _refusal(response)


def read_head(part: Part, response: HubResponse) -> Moved | replies.Refused:
    """How much of it the hub has: nothing when it does not know the blob (404)."""
    offset = _offset(response)
    if response.status in (200, 204) and offset is not None:
        return Moved(min(offset, part.upload.size), done=False)
    if response.status == 404:
        return Moved(0, done=False)
    return _refusal(response)


def _refusal(response: HubResponse) -> replies.Refused:
    refusal = replies.read_refusal(response)
    if isinstance(refusal, replies.Refused):
        return refusal
    return replies.Refused(response.status, f"{type(refusal).__name__}: {refusal}")


def _next_part(store: Store, size: int, refused: frozenset[str]) -> Part | None:
    upload = store.next_upload(skip=refused)
    if upload is None:
        return None
    return Part(upload, store.read_evidence(upload.sha256, upload.sent, size))


def _head(upload: Upload) -> Call:
    binding = {"blob": upload.sha256, "off": upload.sent, "total": upload.size}
    path = f"{EVIDENCE_PATH}/{upload.sha256}"
    return Call("HEAD", path, "evidence.put", "evidence", binding=binding)


def _offset(response: HubResponse) -> int | None:
    text = response.headers.get("upload-offset", "")
    return int(text) if text.isdecimal() else None
