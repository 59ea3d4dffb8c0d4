"""A hub's notices as a test needs them: a district, a clock, events that happen, rounds that are made."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa

from contract.timestamps import rfc3339
from hub.notifying.delivering import Delivery, Send
from hub.notifying.settings import WebhookSettings
from hub.notifying.webhooks import Webhooks
from hub.store import domain_events, journal, recipients
from hub.store.engine import Database
from hub.store.notice_tables import notice, notice_try
from hub.store.recipients import Recipient, Wants
from tests.fakes.clock import FakeClock

DISTRICT = "baiyun"
# whsec_ and the secret of the Standard Webhooks libraries' own tests
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LOCAL = WebhookSettings(allow_hosts=("127.0.0.1",))

# Read once: it takes a tenth of a second.
public_authorities = cache(ssl.create_default_context)


@dataclass
class Office:
    """One worker. `beside` makes another on the same database."""

    database: Database
    clock: FakeClock = field(default_factory=FakeClock)
    senders: Mapping[str, Send] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.senders:
            self.senders = {"webhook": self.webhooks()}

    def webhooks(self, settings: WebhookSettings = LOCAL, **ports: Any) -> Webhooks:
        tls = ports.pop("tls", None) or public_authorities()
        return Webhooks(settings, tls, utc_ns=lambda: self.clock.utc_ns, **ports)

    def beside(self, **senders: Send) -> Office:
        return Office(self.database, self.clock, senders or self.senders)

    @property
    def now(self) -> str:
        return rfc3339(self.clock.utc_ns)

    @property
    def delivery(self) -> Delivery:
        return Delivery(
            database=self.database,
            district=DISTRICT,
            senders=self.senders,
            utc_ns=lambda: self.clock.utc_ns,
            draw=lambda: 0.5,
        )

    def add(self, name: str, target: str, *, channel: Any = "webhook", **wants: Any) -> None:
        """Told of everything from now on."""
        with self.database.write() as conn:
            recipients.add(
                conn,
                district=DISTRICT,
                name=name,
                channel=channel,
                target=target,
                secret=SECRET if channel == "webhook" else None,
                wants=Wants(**wants),
                at=self.now,
                cursor=domain_events.last(conn, DISTRICT),
            )

    def happens(self, type_: str = "order.moved", subject: str = "o1", **data: object) -> None:
        with self.database.write() as conn:
            book = journal.begin(conn, DISTRICT)
            book.tell(journal.Told(self.now, type_, f"work-order/{subject}", data))
            book.flush()

    def fan_out(self) -> None:
        while self.delivery.fan_out():
            pass

    def round(self) -> None:
        """Everything that can be made and sent now."""
        self.fan_out()
        asyncio.run(self.delivery.deliver())

    def wait(self, seconds: float) -> None:
        self.clock.tick(seconds)

    def recipient(self, name: str) -> Recipient:
        with self.database.read() as conn:
            return recipients.named(conn, DISTRICT, name)

    def notices(self) -> list[Any]:
        with self.database.read() as conn:
            return list(conn.execute(sa.select(notice).order_by(notice.c.n)))

    def tries(self) -> list[Any]:
        with self.database.read() as conn:
            return list(conn.execute(sa.select(notice_try).order_by(notice_try.c.n)))

    def states(self) -> list[tuple[str, int]]:
        return [(one.state, one.attempts) for one in self.notices()]
