"""A hub that keeps exactly the contract's rules (§4, §6, §7) and nothing else, in memory.

It exists so that the gateway is judged by the contract and not by our own hub. `backup` and
`restore` do what an operator does; `reports` is what operators were shown, and survives a restore.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec
import zstandard

from contract import chain
from contract.envelope import decode_event
from contract.jws import mint_jws
from contract.keys import PrivateKey
from contract.names import EventId, Lane, lane_key, parse_lane_key
from contract.payloads.gateway import GatewayNotice
from contract.receipts import Receipt, sign_receipt
from contract.sync import (
    MAX_BATCH_BYTES,
    MAX_EVENTS,
    TIME_TYP,
    ClockAnswer,
    SyncReply,
    Tombstone,
    split_batch,
)
from contract.timestamps import rfc3339
from contract.token import Claims, KeyRow, TokenRefused, verify
from edge_agent.ports import HubRequest, HubResponse

HUB_ID = "model-hub"


@dataclass
class Memory:
    """What a backup holds."""

    events: dict[tuple[str, int], bytes] = field(default_factory=dict)
    stored: dict[str, int] = field(default_factory=dict)
    heads: dict[str, bytes] = field(default_factory=dict)
    epochs: list[str] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    followers: dict[str, str] = field(default_factory=dict)
    gaps: list[tuple[str, int, int]] = field(default_factory=list)

    def copied(self) -> Memory:
        return Memory(
            **{name: copy.copy(getattr(self, name)) for name in self.__dataclass_fields__}
        )


class ModelHub:
    """`now_s` is true time. `archived_is_stored` is a flaw for red proofs: it tells the gateway that
    all that is stored is archived, so that the gateway prunes on `stored`."""

    def __init__(
        self,
        *,
        keys: dict[str, KeyRow],
        command_key: PrivateKey,
        now_s: Callable[[], float],
        archived_is_stored: bool = False,
    ) -> None:
        self._keys, self.command_key, self._now_s = keys, command_key, now_s
        self._archived_is_stored = archived_is_stored
        self.memory = Memory()
        self.generation = 1
        self._backup = Memory()
        self._nonces: set[str] = set()
        self._jtis: set[str] = set()
        self._parts: dict[str, bytes] = {}
        self.reports: list[str] = []
        self.conflicts: list[str] = []
        self.desired: tuple[str, str] | None = None
        self.commands: list[str] = []
        self.busy: HubResponse | None = None
        self.max_events = MAX_EVENTS
        self.requests = 0

    def backup(self) -> None:
        self._backup = self.memory.copied()

    def restore(self) -> None:
        """The disk died: back to the last backup, as another generation."""
        self.memory = self._backup.copied()
        self._parts = {}
        self.generation += 1

    def revoke(self) -> None:
        """Every key this hub knows, at once."""
        self._keys = {kid: KeyRow(kid, row.key, "revoked") for kid, row in self._keys.items()}

    def answer(self, request: HubRequest) -> HubResponse:
        self.requests += 1
        if self.busy is not None:
            return self.busy
        op, route = {
            ("POST", "v1", "sync"): ("events.batch", self._sync),
            ("PUT", "v1", "evidence"): ("evidence.put", self._put),
            ("HEAD", "v1", "evidence"): ("evidence.put", self._head),
            ("GET", "v1", "desired"): ("desired.get", self._desired),
            ("GET", "v1", "time"): ("time.get", self._time),
        }[request.method, *request.path.split("/")[1:3]]  # type: ignore[index]
        try:
            claims = self._verified(request, op)
        except TokenRefused as refusal:
            if refusal.reason == "clock":
                return _problem(401, "clock", err="clock", signed=self._signed_time())
            return _problem(401, refusal.reason)
        return route(request, claims)

    def _verified(self, request: HubRequest, op: Any) -> Claims:
        scheme, _, token = request.headers["authorization"].partition(" ")
        if scheme != "EMT":
            raise TokenRefused("malformed")
        return verify(
            token,
            keys=self._keys.get,
            audience=HUB_ID,
            op=op,
            body=request.body,
            now_s=0 if op == "time.get" else int(self._now_s()),
            remember=self._remember,
            nonce_ok=self._nonces.__contains__ if op != "time.get" else lambda _: True,
        ).claims

    def _remember(self, jti: str, until_s: int) -> bool:
        fresh = jti not in self._jtis
        self._jtis.add(jti)
        return fresh

    def _signed_time(self) -> str:
        nonce = f"nonce-{len(self._nonces)}"
        self._nonces.add(nonce)
        now = rfc3339(int(self._now_s() * 1e9))
        return mint_jws(self.command_key, "hub#1", TIME_TYP, ClockAnswer(now=now, nonce=nonce))

    def _time(self, request: HubRequest, claims: Claims) -> HubResponse:
        return _json(200, {"signed": self._signed_time()})

    def _desired(self, request: HubRequest, claims: Claims) -> HubResponse:
        if self.desired is None:
            return _problem(404, "not-found")
        etag, text = self.desired
        if request.headers.get("if-none-match") == etag:
            return HubResponse(304, {"etag": etag}, b"", 300, 100)
        return HubResponse(200, {"etag": etag}, text.encode(), 300, len(text) + 100)

    def _sync(self, request: HubRequest, claims: Claims) -> HubResponse:
        assert claims.ep is not None
        assert claims.ln is not None
        assert claims.sq is not None
        body = request.body
        if request.headers.get("content-encoding") == "zstd":
            body = zstandard.ZstdDecompressor().decompress(body, MAX_BATCH_BYTES * 2)
        items = split_batch(body)
        if len(body) > MAX_BATCH_BYTES or len(items) > self.max_events:
            return _problem(413, "too-large", limit=self.max_events)
        key, (first, last) = lane_key(claims.ep, claims.ln), claims.sq
        if first > self.memory.stored.get(key, 0) + 1:
            return _problem(409, "gap", stored=self._stored_of_all() | {key: self._at(key)})
        at = first
        for item in items:
            at = self._take(claims.ep, claims.ln, at, item)
        if at != last + 1:
            return _problem(422, "sequence")
        if self.memory.stored.get(key, 0) == last and self._head_of(key).hex() != claims.ch:
            self.conflicts.append(f"{key}: another chain")
        return self._reply(claims.ep, claims.ln)

    def _take(self, epoch: str, lane: Lane, seq: int, item: bytes) -> int:
        """One item at `seq`; the answer is the sequence behind it."""
        key, stored = lane_key(epoch, lane), self._at(lane_key(epoch, lane))
        tombstone = _tombstone(item)
        end = seq if tombstone is None else tombstone.gap[1]
        if end <= stored:
            held = self.memory.events.get((key, seq))
            if held is not None and held != item:
                self.conflicts.append(f"{key}.{seq}: another content")
            return end + 1
        if tombstone is None:
            envelope = decode_event(item)
            assert envelope.event_id == EventId(epoch, lane, seq)
            self.memory.events[key, seq] = item
            self._notice(epoch, envelope.type, envelope.data)
        else:
            self.memory.gaps.append((key, *tombstone.gap))
        self.memory.heads[key] = chain.link(self._head_of(key), lane, end, item)
        self.memory.stored[key] = end
        if epoch not in self.memory.epochs:
            self.memory.epochs.append(epoch)
        return end + 1

    def _notice(self, epoch: str, wire_type: str, data: msgspec.Raw) -> None:
        """The `started` notice tells where the gateway believes its last epoch ended. Which epoch was
        the last can also be misjudged here, after a restore of our own: two that follow the same one
        are told apart from that."""
        if wire_type != GatewayNotice.wire_type:
            return
        notice = msgspec.json.decode(data, type=GatewayNotice)
        if notice.kind != "started":
            return
        others = [known for known in self.memory.epochs if known != epoch]
        if others and (notice.previous is None or notice.previous.epoch != others[-1]):
            self.reports.append(f"{epoch} does not follow {others[-1]}: restored or cloned")
        if notice.previous is not None:
            follower = self.memory.followers.setdefault(notice.previous.epoch, epoch)
            if follower != epoch:
                self.reports.append(f"{epoch} and {follower} both follow {notice.previous.epoch}")
            for lane, end in notice.previous.lanes.items():
                if self._at(f"{notice.previous.epoch}.{lane}") > end.seq:
                    self.reports.append(f"{epoch} forgot the end of {notice.previous.epoch}.{lane}")

    def _reply(self, epoch: str, lane: Lane) -> HubResponse:
        key = lane_key(epoch, lane)
        now = rfc3339(int(self._now_s() * 1e9))
        receipt = Receipt(
            slot="cs-017",
            epoch=epoch,
            lane=lane,
            seq=self._at(key),
            chain_head=self._head_of(key).hex(),
            hub_time=now,
        )
        stored = self._stored_of_all()
        reply = SyncReply(
            hub_time=now,
            hub_generation=f"g{self.generation}",
            stored=stored | {key: self._at(key)},
            archived=dict(stored) if self._archived_is_stored else dict(self._backup.stored),
            receipt=sign_receipt(self.command_key, "hub#1", receipt),
            desired_etag=None if self.desired is None else self.desired[0],
            commands=self.commands,
        )
        return _json(200, reply)

    def _put(self, request: HubRequest, claims: Claims) -> HubResponse:
        assert claims.blob is not None
        assert claims.total is not None
        if claims.blob in self.memory.blobs:
            return HubResponse(200, {"upload-offset": str(claims.total)}, b"", 300, 100)
        have = self._parts.get(claims.blob, b"")
        if claims.off != len(have):
            return HubResponse(409, {"upload-offset": str(len(have))}, b"", 300, 100)
        have += request.body
        self._parts[claims.blob] = have
        if len(have) < claims.total:
            return HubResponse(204, {"upload-offset": str(len(have))}, b"", 300, 100)
        if sha256(have).hexdigest() != claims.blob:
            del self._parts[claims.blob]
            return _problem(422, "hash")
        self.memory.blobs[claims.blob] = have
        return HubResponse(201, {"upload-offset": str(claims.total)}, b"", 300, 100)

    def _head(self, request: HubRequest, claims: Claims) -> HubResponse:
        assert claims.blob is not None
        have = self.memory.blobs.get(claims.blob, self._parts.get(claims.blob))
        if have is None:
            return HubResponse(404, {}, b"", 300, 100)
        return HubResponse(200, {"upload-offset": str(len(have))}, b"", 300, 100)

    def _stored_of_all(self) -> dict[str, int]:
        """Every lane that is not fully archived."""
        archived = self._backup.stored
        return {k: n for k, n in self.memory.stored.items() if archived.get(k, 0) < n}

    def _at(self, key: str) -> int:
        return self.memory.stored.get(key, 0)

    def _head_of(self, key: str) -> bytes:
        parse_lane_key(key)
        return self.memory.heads.get(key, chain.GENESIS)


def _tombstone(item: bytes) -> Tombstone | None:
    return msgspec.json.decode(item, type=Tombstone) if item.startswith(b'{"gap"') else None


def _json(status: int, body: Any) -> HubResponse:
    raw = msgspec.json.encode(body)
    return HubResponse(status, {"content-type": "application/json"}, raw, 500, len(raw) + 150, 0.0)


def _problem(status: int, slug: str, **members: Any) -> HubResponse:
    body = {"type": f"urn:edile:problem:{slug}", "title": slug, "status": status, **members}
    return _json(status, body)
