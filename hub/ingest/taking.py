"""Takes a batch: the next contiguous events, their effects and the watermark in one transaction.

Repeats have no effect; a repeat with other bytes is set aside and shown. A gap is refused with the
watermark. An event whose effects fail three times is kept raw as a dead letter, and the lane goes on.
A chain head that is not the one the events lead to is shown, not refused: the bytes are signed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from contract.chain import extend
from contract.names import EventId, Lane, lane_key, slot_of_kid, source_of
from contract.receipts import Receipt, sign_receipt
from contract.sync import Quarantined, SyncReply
from contract.timestamps import rfc3339
from contract.token import Claims
from hub.errors import BatchRefused, NotContiguous, NotNow
from hub.identity import RECEIPT_KID, HubKeys
from hub.ingest.batch import Item, event_name, read_batch
from hub.ingest.effects import take_effect
from hub.store import gateways, lanes
from hub.store.engine import Database
from hub.store.lanes import LaneRow

LOG = logging.getLogger("edile.hub.ingest")
FAILURES_ALLOWED = 3
TOMBSTONE_TYPE, POISON_TYPE = "edile.tombstone", "edile.dead-letter"


class _EventFailed(Exception):
    """An event's effects failed; everything of this try is rolled back."""

    def __init__(self, seq: int, cause: Exception) -> None:
        super().__init__(str(cause))
        self.seq, self.reason = seq, f"{type(cause).__name__}: {cause}"


@dataclass(frozen=True)
class _Lane:
    """Whose lane, at what time."""

    kid: str
    slot: str
    epoch: str
    name: Lane
    source: str
    now_ns: int

    @property
    def key(self) -> str:
        return lane_key(self.epoch, self.name)

    @property
    def now(self) -> str:
        return rfc3339(self.now_ns)

    def event_id(self, seq: int) -> str:
        return event_name(self.source, self.epoch, self.name, seq)


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
        if claims.ep is None or claims.ln is None or claims.sq is None or claims.ch is None:
            raise BatchRefused("a batch's token names ep, ln, sq, ch")
        slot = slot_of_kid(kid)
        source = source_of(self._district, slot)
        whose = _Lane(kid, slot, claims.ep, claims.ln, source, now_ns)
        items = read_batch(body, source=source, epoch=whose.epoch, lane=whose.name, sq=claims.sq)
        dead: dict[int, str] = {}
        while True:
            try:
                return self._record(whose, items, claims.ch, dead)
            except _EventFailed as failed:
                items = self._after_failure(whose, items, failed, dead)

    def _after_failure(
        self, whose: _Lane, items: list[Item], failed: _EventFailed, dead: dict[int, str]
    ) -> list[Item]:
        """Counts it. The third time the event is dead; before, what stands before it may go in."""
        name = whose.event_id(failed.seq)
        with self._database.write() as conn:
            lanes.count_failure(conn, name, failed.reason)
            count = lanes.failures(conn, name)
        LOG.warning("%s failed (%d of %d): %s", name, count, FAILURES_ALLOWED, failed.reason)
        if count >= FAILURES_ALLOWED:
            dead[failed.seq] = failed.reason
            return items
        before = [item for item in items if item.last < failed.seq]
        if not before:
            raise NotNow(f"{name} cannot be taken yet: {failed.reason}", retry_after_s=1)
        return before

    def _record(self, whose: _Lane, items: list[Item], claimed: str, dead: dict[int, str]) -> Taken:
        with self._database.write() as conn:
            row = lanes.lock_lane(conn, whose.slot, whose.epoch, whose.name)
            if items and items[0].first > row.stored + 1:
                raise NotContiguous({whose.key: row.stored})
            quarantined = self._compare_repeats(conn, whose, row, items)
            fresh = [item for item in items if item.last > row.stored]
            receipt = None
            if fresh:
                row, receipt = self._take_fresh(
                    conn, whose, row, fresh=fresh, claimed=claimed, dead=dead
                )
            gateways.heard(conn, whose.slot, whose.now)
            quarantined += [
                Quarantined(id=f"{whose.key}.{seq}", reason=why) for seq, why in dead.items()
            ]
            reply = self._reply(conn, whose, row.id, receipt=receipt, quarantined=quarantined)
            return Taken(reply, len(fresh))

    def _take_fresh(
        self, conn: sa.Connection, whose: _Lane, row: LaneRow, *, fresh: list[Item], claimed: str,
        dead: dict[int, str],
    ) -> tuple[LaneRow, str]:  # fmt: skip
        rows = []
        for item in fresh:
            kind = self._effect(conn, whose, item, dead)
            rows.append((row.id, item.first, whose.now_ns, kind, item.raw))
        lanes.add_events(conn, rows)
        head = extend(row.head, whose.name, ((item.last, item.raw) for item in fresh))
        last = fresh[-1].last
        if head.hex() != claimed and not dead and fresh[0].first == row.stored + 1:
            told = (
                f"the box's chain head at {last} is {claimed[:16]}..., its events lead to another"
            )
            self._irregular(conn, whose, "chain", subject=whose.key, detail=told)
        receipt = sign_receipt(
            self._keys.receipt,
            RECEIPT_KID,
            Receipt(
                slot=whose.slot,
                epoch=whose.epoch,
                lane=whose.name,
                seq=last,
                chain_head=head.hex(),
                hub_time=whose.now,
            ),
        )
        lanes.advance(conn, row.id, last, head, receipt)
        return row, receipt

    def _effect(self, conn: sa.Connection, whose: _Lane, item: Item, dead: dict[int, str]) -> str:
        """The type under which the item is kept."""
        subject = str(EventId(whose.epoch, whose.name, item.first))
        if item.tombstone is not None:
            told = (
                f"{item.last - item.first + 1} events lost at the gateway: {item.tombstone.reason}"
            )
            self._irregular(conn, whose, "gap", subject=subject, detail=told)
            return TOMBSTONE_TYPE
        if item.first in dead:
            why = dead[item.first]
            self._irregular(conn, whose, "dead-letter", subject=subject, detail=why, body=item.raw)
            return POISON_TYPE
        try:
            if item.envelope is None:
                raise msgspec.DecodeError(item.fault)  # noqa: TRY301 - one way for all poison
            take_effect(
                conn,
                item.envelope,
                district=self._district,
                slot=whose.slot,
                received_at=whose.now,
            )
        except (sa.exc.OperationalError, sa.exc.InterfaceError):
            raise  # the database's weather, not this event's fault
        except Exception as error:
            raise _EventFailed(item.first, error) from error
        return item.envelope.type

    def _compare_repeats(
        self, conn: sa.Connection, whose: _Lane, row: LaneRow, items: list[Item]
    ) -> list[Quarantined]:
        """The same id with other bytes: another box speaks as this one, or a restored image."""
        repeats = [item for item in items if item.last <= row.stored]
        if not repeats:
            return []
        known = lanes.bodies(conn, row.id, repeats[0].first, repeats[-1].last)
        found = []
        for item in repeats:
            if known.get(item.first, item.raw) != item.raw:
                subject = str(EventId(whose.epoch, whose.name, item.first))
                told = "sent again with other bytes: a clone of the box, or an old image put back"
                self._irregular(
                    conn, whose, "conflict", subject=subject, detail=told, body=item.raw
                )
                found.append(Quarantined(id=subject, reason=told))
        return found

    def _irregular(
        self, conn: sa.Connection, whose: _Lane, kind: str, *, subject: str, detail: str,
        body: bytes | None = None,
    ) -> None:  # fmt: skip
        LOG.warning("%s %s %s: %s", whose.slot, kind, subject, detail)
        lanes.note_irregularity(
            conn,
            slot=whose.slot,
            kind=kind,
            at=whose.now,
            subject=subject,
            detail=detail,
            body=body,
        )

    def _reply(
        self, conn: sa.Connection, whose: _Lane, lane_id: int, *, receipt: str | None,
        quarantined: list[Quarantined],
    ) -> SyncReply:  # fmt: skip
        stored, archived = lanes.watermarks(lanes.listed(conn, whose.slot, lane_id))
        standing = gateways.standing(conn, whose.slot, whose.now)
        return SyncReply(
            hub_time=whose.now,
            hub_generation=self._generation,
            stored=stored,
            archived=archived,
            quarantined=quarantined,
            receipt=receipt,
            desired_etag=f'"{standing.desired_serial}"' if standing.desired_serial else None,
            commands=standing.commands,
        )
