"""From events to notices, from notices to what is delivered: each step one transaction, sending between
them.

Notices are made exactly once (a unique key, and the recipient's cursor moves in the same transaction).
They are *sent* at least once: whoever dies between sending and recording leaves the notice open, and it
is sent again under the same id. A receiver that keeps those ids sees each notice once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from contract.timestamps import rfc3339
from hub.errors import NotNow
from hub.notifying import fanning
from hub.notifying.retrying import Failure, course_of
from hub.store import domain_events, notices, recipients
from hub.store.domain_events import NotKept
from hub.store.engine import Database
from hub.store.notices import Claimed, Tried

LOG = logging.getLogger("edile.hub.notices")
EVENTS_AT_ONCE = 500
HOLD_S = 300.0  # more than any try takes; after it another worker takes the notice
LANES = 8  # notices on their way at once, each to another recipient
Send = Callable[[Claimed], Awaitable[tuple[Failure | None, str]]]


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """`senders` by channel: a channel without one waits. `draw` is uniform in [0, 1); `sleep` waits
    seconds."""

    database: Database
    district: str
    senders: Mapping[str, Send]
    utc_ns: Callable[[], int]
    draw: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def fan_out(self) -> bool:
        """One recipient's next events become notices; False when everybody has been told of all."""
        with self.database.read() as conn:
            if not recipients.is_behind(conn, self.district):
                return False
        with self.database.write() as conn:
            recipient = recipients.lagging(conn, self.district)
            if recipient is None:
                return False
            try:
                events = domain_events.after(conn, self.district, recipient.cursor, EVENTS_AT_ONCE)
            except NotKept as gone:
                missed = gone.first - 1 - gone.asked
                recipients.move_cursor(conn, recipient.id, gone.first - 1, missed=missed)
                LOG.warning("%s missed %d events that are forgotten", recipient.name, missed)
                return True
            wanted = [one for one in events if fanning.concerns(recipient.wants, one)]
            drafts = [fanning.draft(recipient, one) for one in wanted]
            notices.add(conn, recipient.id, drafts, rfc3339(self.utc_ns()))
            recipients.move_cursor(conn, recipient.id, events[-1].n)
        return True

    async def deliver(self) -> None:
        """Everything that is due now. While nothing is, no writer is disturbed."""
        if not await asyncio.to_thread(self._is_due):
            return
        async with asyncio.TaskGroup() as tasks:
            for number in range(LANES):
                tasks.create_task(self._lane(), name=f"notices-{number}")

    def _is_due(self) -> bool:
        with self.database.read() as conn:
            return notices.is_due(
                conn, self.district, now=rfc3339(self.utc_ns()), channels=sorted(self.senders)
            )

    async def _lane(self) -> None:
        while (claimed := await self._claimed()) is not None:
            began_ns = self.utc_ns()
            try:
                failure, said = await self.senders[claimed.recipient.channel](claimed)
            except asyncio.CancelledError:
                await asyncio.to_thread(self.release, claimed)
                raise
            await self._recorded(claimed, failure, said, began_ns)

    async def _claimed(self) -> Claimed | None:
        """Who is told to stop meanwhile gives back what the thread still brings."""
        claiming = asyncio.create_task(asyncio.to_thread(self.claim))
        try:
            return await asyncio.shield(claiming)
        except NotNow:
            return None  # the next round says so
        except asyncio.CancelledError:
            with suppress(NotNow):
                claimed = await claiming
                if claimed is not None:
                    await asyncio.to_thread(self.release, claimed)
            raise

    async def _recorded(
        self, claimed: Claimed, failure: Failure | None, said: str, began_ns: int
    ) -> None:
        """It was sent: a database that does not answer now is waited for."""
        while True:
            try:
                await asyncio.to_thread(self.record, claimed, failure, said, began_ns)
            except NotNow as weather:
                await self.sleep(weather.retry_after_s)
            else:
                return

    def claim(self) -> Claimed | None:
        now_ns = self.utc_ns()
        with self.database.write() as conn:
            return notices.claim(
                conn,
                self.district,
                now=rfc3339(now_ns),
                until=rfc3339(now_ns + int(HOLD_S * 1e9)),
                channels=sorted(self.senders),
            )

    def release(self, claimed: Claimed) -> None:
        with suppress(NotNow), self.database.write() as conn:
            notices.release(conn, claimed)

    def record(self, claimed: Claimed, failure: Failure | None, said: str, began_ns: int) -> None:
        now_ns = self.utc_ns()
        course = course_of(claimed, failure, now_ns, self.draw())
        tried = Tried(
            at=rfc3339(began_ns),
            took_ms=(now_ns - began_ns) // 1_000_000,
            delivered=failure is None,
            said=said,
        )
        with self.database.write() as conn:
            notices.record(conn, claimed, tried, course)
        name = claimed.recipient.name
        if course.pause_why is not None:
            LOG.warning("%s is paused: %s", name, course.pause_why)
        elif failure is not None and claimed.recipient.failures == 0:
            LOG.warning("%s does not take notices: %s; trying again", name, said)
        elif failure is None and claimed.recipient.failures:
            LOG.info("%s takes notices again", name)
