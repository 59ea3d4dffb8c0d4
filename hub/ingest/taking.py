"""Takes a batch: the next contiguous events, their effects and the watermark in one transaction.

Repeats have no effect; a repeat with other bytes is set aside and shown. A gap is refused with the
watermark. An event whose effects fail three times is kept raw as a dead letter, and the lane goes on.
A chain head that is not the one the events lead to is shown, not refused: the bytes are signed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec
import sqlalchemy as sa

from contract.envelope import Envelope
from contract.names import EventId, lane_key, slot_of_kid, source_of
from contract.payloads.base import Payload
from contract.payloads.gateway import GatewayHealth
from contract.payloads.registry import decode_payload
from contract.receipts import Receipt, sign_receipt
from contract.sync import Quarantined, SyncReply
from contract.timestamps import rfc3339
from contract.token import Claims
from hub.errors import NotContiguous, NotNow
from hub.identity import RECEIPT_KID, HubKeys
from hub.ingest.batch import Item, Span, event_name, read_batch, span_of
from hub.ingest.effects import EFFECTIVE, Word, take_effect
from hub.ingest.heads import UNKNOWN, judge
from hub.ingest.words import Said, WordFailed, take_words
from hub.store import gateways, lanes
from hub.store.engine import WEATHER, Database
from hub.store.lanes import LaneRow

LOG = logging.getLogger("edile.hub.ingest")
FAILURES_ALLOWED = 3
TOMBSTONE_TYPE, POISON_TYPE = "edile.tombstone", "edile.dead-letter"


Fact = tuple[int, Envelope, Payload]
"""An event with an effect: its sequence, and what it says."""


class _EventFailed(Exception):
    """An event's effects failed; everything of this try is rolled back."""

    def __init__(self, seq: int, cause: Exception) -> None:
        super().__init__(str(cause))
        self.seq, self.reason = seq, f"{type(cause).__name__}: {cause}"


class _SomeFailed(Exception):
    """Some event's effect on work orders failed, nobody knows which; everything is rolled back."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Whose events, at what time; `dead` are the sequences that failed for good, with the reason."""

    slot: str
    source: str
    span: Span
    now_ns: int
    now: str
    dead: dict[int, str]
    singly: list[bool] = field(default_factory=list)
    """Not empty: words are taken one by one, to find the one that fails."""

    @property
    def key(self) -> str:
        return lane_key(self.span.epoch, self.span.lane)

    def id_of(self, seq: int) -> str:
        return str(EventId(self.span.epoch, self.span.lane, seq))


@dataclass(frozen=True)
class Taken:
    """The reply, and how many events were new."""

    reply: SyncReply
    fresh: int


class Ingest:
    """Stateless over its database: any number may run at once on PostgreSQL."""

    def __init__(self, database: Database, keys: HubKeys, district: str, generation: str) -> None:
        self._database, self._keys = database, keys
        self._district, self._generation = district, generation

    def take(self, kid: str, claims: Claims, body: bytes, now_ns: int) -> Taken:
        """`claims` are verified, `body` is decompressed. BatchRefused, NotContiguous, NotNow."""
        span, slot = span_of(claims), slot_of_kid(kid)
        source = source_of(self._district, slot)
        batch = _Batch(slot, source, span, now_ns, rfc3339(now_ns), {})
        items = read_batch(body, source=source, span=span)
        while True:
            try:
                return self._record(batch, items)
            except _EventFailed as failed:
                items = self._after_failure(batch, items, failed)
            except _SomeFailed as failed:
                LOG.warning("a batch of %s failed: %s; one by one", slot, failed.__cause__)
                batch.singly.append(True)

    def _after_failure(self, batch: _Batch, items: list[Item], failed: _EventFailed) -> list[Item]:
        """Counts it. The third time the event is dead; before, what stands before it may go in."""
        name = event_name(batch.source, batch.span.epoch, batch.span.lane, failed.seq)
        with self._database.write() as conn:
            count = lanes.count_failure(conn, name, failed.reason)
        LOG.warning("%s failed (%d of %d): %s", name, count, FAILURES_ALLOWED, failed.reason)
        if count >= FAILURES_ALLOWED:
            batch.dead[failed.seq] = failed.reason
            return items
        before = [item for item in items if item.last < failed.seq]
        if not before:
            raise NotNow(f"{name} cannot be taken yet: {failed.reason}", retry_after_s=1)
        return before

    def _record(self, batch: _Batch, items: list[Item]) -> Taken:
        span = batch.span
        with self._database.write() as conn:
            row = lanes.lock_lane(conn, batch.slot, span.epoch, span.lane)
            if items and items[0].first > row.stored + 1:
                raise NotContiguous({batch.key: row.stored})
            quarantined = self._compare_repeats(conn, batch, row, items)
            forgot = self._note_forgotten(conn, batch, row, items)
            fresh = [item for item in items if item.last > row.stored]
            receipt = None
            if fresh:
                receipt = self._take_fresh(conn, batch, row, fresh, forgot=forgot)
            elif forgot:
                lanes.put_box_head(conn, row.id, UNKNOWN)
            gateways.heard(conn, batch.slot, batch.now)
            dead = [Quarantined(id=batch.id_of(seq), reason=why) for seq, why in batch.dead.items()]
            reply = self._reply(conn, batch, row.id, receipt, [*quarantined, *dead])
        return Taken(reply, len(fresh))

    def _take_fresh(
        self, conn: sa.Connection, batch: _Batch, row: LaneRow, fresh: list[Item], *, forgot: bool
    ) -> str:
        """The receipt. While a database of its own takes the events in, they are read, chained and signed
        for here; what they do comes behind."""
        span, last = batch.span, fresh[-1].last
        # A tombstone that begins within what we hold stands behind it.
        begins, now_ns = row.stored + 1, batch.now_ns
        kept = [
            (row.id, max(one.first, begins), now_ns, _kind(batch, one), one.raw) for one in fresh
        ]
        with lanes.adding_events(conn, kept):
            facts = _facts(batch, fresh)
            links = [(item.last, item.raw) for item in fresh]
            claimed = span.head if last == span.last else None
            judged = judge(row.heads, span.lane, links, claimed, forgot=forgot)
            receipt = self._receipt(batch, last, judged.heads.ours)
        self._perform(conn, batch, fresh, facts)
        if judged.broken:
            told = (
                f"the box's chain head at {last} is {span.head.hex()}, its events lead to another"
            )
            self._irregular(conn, batch, "chain", subject=batch.key, detail=told)
        lanes.advance(conn, row.id, last, judged.heads, receipt)
        return receipt

    def _receipt(self, batch: _Batch, last: int, head: bytes) -> str:
        told = Receipt(
            slot=batch.slot,
            epoch=batch.span.epoch,
            lane=batch.span.lane,
            seq=last,
            chain_head=head.hex(),
            hub_time=batch.now,
        )
        return sign_receipt(self._keys.receipt, RECEIPT_KID, told)

    def _perform(
        self,
        conn: sa.Connection,
        batch: _Batch,
        fresh: list[Item],
        facts: list[Fact],
    ) -> None:
        """Every effect.

        The district's log is held before the gateway's row, as by whoever sends it a command: so what a
        gateway reports of itself comes last."""
        for item in fresh:
            if _is_aside(batch, item):
                self._set_aside(conn, batch, item)
        said = list[Said]()
        for fact in facts:
            if not isinstance(fact[2], GatewayHealth):
                word = self._effect(conn, batch, fact)
                if word is not None:
                    said.append((fact[0], word))
        self._take_words(conn, batch, said)
        for fact in facts:
            if isinstance(fact[2], GatewayHealth):
                self._effect(conn, batch, fact)

    def _take_words(self, conn: sa.Connection, batch: _Batch, said: list[Said]) -> None:
        try:
            take_words(
                conn,
                said,
                district=self._district,
                slot=batch.slot,
                at=batch.now,
                singly=bool(batch.singly),
            )
        except (*WEATHER, NotNow):
            raise  # no event's fault
        except WordFailed as failed:
            raise _EventFailed(failed.seq, failed.cause) from failed
        except Exception as error:
            if batch.singly:
                raise  # one by one nothing is left to find out: a bug
            raise _SomeFailed from error

    def _set_aside(self, conn: sa.Connection, batch: _Batch, item: Item) -> None:
        """What is kept, and has no effect but to be shown: a tombstone, a dead letter."""
        if item.tombstone is not None:
            told = (
                f"{item.last - item.first + 1} events lost at the gateway: {item.tombstone.reason}"
            )
            subject = batch.id_of(item.first)
            self._irregular(conn, batch, "gap", subject=subject, detail=told, body=item.raw)
            return
        why, subject = batch.dead[item.first], batch.id_of(item.first)
        self._irregular(conn, batch, "dead-letter", subject=subject, detail=why, body=item.raw)

    def _effect(self, conn: sa.Connection, batch: _Batch, fact: Fact) -> Word | None:
        """What it says of work orders."""
        seq, envelope, payload = fact
        try:
            return take_effect(
                conn,
                envelope,
                payload,
                district=self._district,
                slot=batch.slot,
                received_at=batch.now,
            )
        except WEATHER:
            raise  # the database's, not this event's fault
        except Exception as error:
            raise _EventFailed(seq, error) from error

    def _compare_repeats(
        self, conn: sa.Connection, batch: _Batch, row: LaneRow, items: list[Item]
    ) -> list[Quarantined]:
        """The same id with other bytes: another box speaks as this one, or a restored image."""
        repeats = [item for item in items if item.last <= row.stored and item.tombstone is None]
        if not repeats:
            return []
        known = lanes.bodies(conn, row.id, [item.first for item in repeats])
        found = []
        for item in repeats:
            held = known.get(item.first, item.raw)
            if held != item.raw:
                subject = batch.id_of(item.first)
                told = (
                    "sent again with other bytes: a clone of the box, or an old image put back "
                    f"(SHA-256 {sha256(item.raw).hexdigest()}, we hold {sha256(held).hexdigest()})"
                )
                self._irregular(
                    conn, batch, "conflict", subject=subject, detail=told, body=item.raw
                )
                found.append(Quarantined(id=subject, reason=told))
        return found

    def _note_forgotten(
        self, conn: sa.Connection, batch: _Batch, row: LaneRow, items: Sequence[Item]
    ) -> bool:
        """Whether the box put a tombstone where we hold events: its disk lost them, after we had them."""
        forgotten = [
            item
            for item in items
            if item.tombstone is not None
            and item.first <= row.stored
            and not lanes.holds(conn, row.id, item.first, item.last, item.raw)
        ]
        for item in forgotten:
            if item.last <= row.stored:
                told = f"events to {item.last} were lost at the gateway; we have them"
                subject = batch.id_of(item.first)
                self._irregular(conn, batch, "gap", subject=subject, detail=told, body=item.raw)
        return bool(forgotten)

    def _irregular(
        self, conn: sa.Connection, batch: _Batch, kind: str, *, subject: str, detail: str,
        body: bytes | None = None,
    ) -> None:  # fmt: skip
        new = lanes.note_irregularity(
            conn,
            slot=batch.slot,
            kind=kind,
            at=batch.now,
            subject=subject,
            detail=detail,
            body=body,
        )
        if new:
            LOG.warning("%s %s %s: %s", batch.slot, kind, subject, detail)

    def _reply(
        self, conn: sa.Connection, batch: _Batch, lane_id: int, receipt: str | None,
        quarantined: list[Quarantined],
    ) -> SyncReply:  # fmt: skip
        stored, archived = lanes.watermarks(lanes.listed(conn, batch.slot, lane_id))
        standing = gateways.standing(conn, batch.slot, batch.now)
        return SyncReply(
            hub_time=batch.now,
            hub_generation=self._generation,
            stored=stored,
            archived=archived,
            quarantined=quarantined,
            receipt=receipt,
            desired_etag=f'"{standing.desired_serial}"' if standing.desired_serial else None,
            commands=standing.commands,
        )


def _kind(batch: _Batch, item: Item) -> str:
    """The type under which it is kept."""
    if item.tombstone is not None:
        return TOMBSTONE_TYPE
    if item.first in batch.dead or item.envelope is None:
        return POISON_TYPE
    return item.envelope.type


def _is_aside(batch: _Batch, item: Item) -> bool:
    return item.tombstone is not None or item.first in batch.dead


def _facts(batch: _Batch, fresh: list[Item]) -> list[Fact]:
    """What has an effect; _EventFailed for the first event that is not what its type says."""
    found = []
    for item in fresh:
        if _is_aside(batch, item):
            continue
        try:
            if item.envelope is None:
                raise msgspec.DecodeError(item.fault)  # noqa: TRY301 - one way for all poison
            payload = decode_payload(item.envelope)
        except Exception as error:
            raise _EventFailed(item.first, error) from error
        if payload is not None and type(payload) in EFFECTIVE:
            found.append((item.first, item.envelope, payload))
    return found
