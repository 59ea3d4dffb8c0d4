"""What one transaction did: its audit rows and the domain events it tells, written together at its end."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
import sqlalchemy as sa

from hub.store import audit
from hub.store.bulk import BulkInsert
from hub.store.flow_tables import domain_event
from hub.store.stands import with_stands

_INSERT = BulkInsert(domain_event, [column.name for column in domain_event.columns])
_CANONICAL = msgspec.json.Encoder(order="sorted")
_SYSTEM = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Told:
    """One domain event: `type` like `order.moved`, `subject` like `work-order/ID`."""

    at: str
    type: str
    subject: str
    data: dict[str, object]


@dataclass(slots=True)
class Journal:
    """Made by `begin`, which holds the district until the transaction ends. Nothing is written before
    `flush`; a transaction that forgets it tells nothing, so whoever begins one ends with it."""

    conn: sa.Connection
    district: str
    draw: Callable[[], float] = _SYSTEM.random
    entries: list[audit.Entry] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    def note(self, entry: audit.Entry) -> None:
        self.entries.append(entry)

    def tell(self, told: Told) -> None:
        self.told.append(told)

    def flush(self) -> None:
        """Gap-free: numbers are taken under the district's lock, in the transaction that uses them."""
        if not (self.entries or self.told):
            return
        entries = with_stands(self.conn, self.entries)
        head = audit.append_all(self.conn, self.district, entries, events=len(self.told))
        rows = [
            {
                "district": self.district,
                "n": n,
                "at": one.at,
                "type": one.type,
                "subject": one.subject,
                "data": _CANONICAL.encode(one.data).decode(),
            }
            for n, one in enumerate(self.told, head.told + 1)
        ]
        if rows:
            _INSERT.run(self.conn, rows)
        self.entries, self.told = [], []


def begin(
    conn: sa.Connection, district: str, draw: Callable[[], float] = _SYSTEM.random
) -> Journal:
    """`draw` is uniform in [0, 1), for moments that nobody shall foresee."""
    audit.lock(conn, district)
    return Journal(conn, district, draw)
