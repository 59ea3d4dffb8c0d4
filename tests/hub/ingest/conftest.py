"""Ingest over either database, with boxes that it believes."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

import pytest
import sqlalchemy as sa

from contract.keys import PrivateKey
from contract.names import epoch_text
from contract.receipts import Receipt, open_receipt
from contract.sync import SyncReply
from hub.identity import HubKeys
from hub.ingest import Ingest
from hub.store import gateways, lanes
from hub.store.engine import Database
from hub.store.tables import event, irregularity, lane
from tests.fakes.clock import START_UTC_NS
from tests.hub.detections import DISTRICT, at
from tests.hub.signing_box import KID, SLOT, SigningBox

NOW_NS = START_UTC_NS + 3_600 * 10**9


@dataclass
class Desk:
    """Takes batches, and says what was kept."""

    database: Database
    keys: HubKeys = field(
        default_factory=lambda: HubKeys(PrivateKey.generate(), PrivateKey.generate())
    )
    _epochs: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.ingest = Ingest(self.database, self.keys, DISTRICT, "g1")

    def box(self, lane: str = "routine") -> SigningBox:
        """One in an epoch of its own."""
        return SigningBox(epoch=epoch_text(next(self._epochs)), lane=lane)  # type: ignore[arg-type]

    def take(
        self, box: SigningBox, first: int, last: int, now_ns: int = NOW_NS, **wrong: object
    ) -> SyncReply:
        body, claims = box.batch(first, last, **wrong)
        return self.ingest.take(box.kid, claims, body, now_ns).reply

    def beat(self, box: SigningBox) -> SyncReply:
        return self.take(box, box.last + 1, box.last)

    def kept(self, box: SigningBox) -> list[tuple[int, bytes]]:
        query = (
            sa.select(event.c.seq, event.c.body)
            .join(lane, lane.c.id == event.c.lane_id)
            .where(lane.c.epoch == box.epoch, lane.c.lane == box.lane)
            .order_by(event.c.seq)
        )
        with self.database.read() as conn:
            return [(row.seq, bytes(row.body)) for row in conn.execute(query)]

    def types(self, box: SigningBox) -> list[str]:
        query = (
            sa.select(event.c.type)
            .join(lane, lane.c.id == event.c.lane_id)
            .where(lane.c.epoch == box.epoch)
        )
        with self.database.read() as conn:
            return list(conn.scalars(query.order_by(event.c.lane_id, event.c.seq)))

    def row(self, box: SigningBox) -> lanes.LaneRow:
        with self.database.write() as conn:
            found = lanes.lock_known(conn, SLOT, box.epoch, box.lane)
        assert found is not None
        return found

    def irregular(self) -> list[tuple[str, str]]:
        query = sa.select(irregularity.c.kind, irregularity.c.subject).order_by(irregularity.c.n)
        with self.database.read() as conn:
            return [(row.kind, row.subject) for row in conn.execute(query)]

    def receipt(self, reply: SyncReply) -> Receipt:
        assert reply.receipt is not None
        return open_receipt(reply.receipt, self.keys.receipt.public)


@pytest.fixture
def desk(database: Database) -> Desk:
    with database.write() as conn:
        pem = PrivateKey.generate().public.to_pem()
        gateways.add_key(
            conn, kid=KID, public_pem=pem, district=DISTRICT, unit="sanitation-3", at=at(0)
        )
    return Desk(database)
