"""A later word on a ticket: void or correction, as an audited event of its own.

With the agent running the wish comes over the status page and passes through its one writer; else
the folder is locked and its store opened for this one event. The CLI brings the ticket as it last
stood and how many revisions it saw; who comes second with the same number is told to look again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from contract.envelope import Moment
from contract.payloads.weigh import Vehicle, WeighTicket
from edge_agent import tickets
from edge_agent.app.building import clocks, open_store
from edge_agent.app.lock import FolderLock
from edge_agent.config.gateway import GatewayConfig
from edge_agent.errors import StopError
from edge_agent.ports import Clock, Conclusion, Work
from edge_agent.store.writer import Writer


class Wish(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`ticket` as it last stood, `seen` its revisions so far. Only what is given is corrected."""

    ticket: WeighTicket
    seen: int
    kind: Literal["void", "correction"]
    reason: str
    actor: str
    plate: str | None = None
    carrier: str | None = None
    tare_kg: Decimal | None = None


class Revisions:
    """Takes wishes one after the other."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer, self._clock, self._turn = writer, clock, asyncio.Lock()

    async def take(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """The new ticket's number, once it is durable. StopError when it cannot be."""
        try:
            wish = msgspec.convert(given, Wish)
        except msgspec.ValidationError as error:
            raise StopError(f"not a revision: {error}") from error
        async with self._turn:
            key = _key(wish)
            count = await self._writer.call(lambda store: store.setting(key))
            work, number = _work(wish, count, self._clock.moment())
            await self._writer.record(work)
            await self._writer.flush()
        return {"ticket_no": number}


def revise_offline(config: GatewayConfig, wish: Wish) -> str:
    """The new ticket's number. StopError, AlreadyRunning."""
    lock = FolderLock.take(config.gateway.data_dir)
    clean = False
    try:
        clock = clocks(config)[1]
        lock.mark_dirty()
        store = open_store(config, lock, clock)
        work, number = _work(wish, store.setting(_key(wish)), clock.moment())
        store.commit([work])
        store.close()
        clean = True
    finally:
        lock.release(clean=clean)
    return number


def _work(wish: Wish, count: bytes | None, now: Moment) -> tuple[Work, str]:
    done = int(count or b"0")
    if done != wish.seen:
        raise StopError(f"{wish.ticket.ticket_no} was revised meanwhile; look at it and try again")
    revision = wish.ticket.revision
    if revision is not None and revision.kind == "void":
        raise StopError(f"{revision.of_ticket} is void already; a void ticket stays as it is")
    new = _revised(wish, done + 1)
    conclusion = Conclusion(new, f"weighbridge/{new.weighbridge}")
    return Work(now, (conclusion,), settings={_key(wish): b"%d" % (done + 1)}), new.ticket_no


def _revised(wish: Wish, number: int) -> WeighTicket:
    if wish.kind == "void":
        return tickets.void(wish.ticket, reason=wish.reason, actor=wish.actor, number=number)
    return tickets.correct(
        wish.ticket,
        reason=wish.reason,
        actor=wish.actor,
        number=number,
        vehicle=Vehicle(plate=wish.plate) if wish.plate else None,
        carrier=wish.carrier,
        tare_kg=wish.tare_kg,
    )


def _key(wish: Wish) -> str:
    revision = wish.ticket.revision
    return f"revisions/{revision.of_ticket if revision else wish.ticket.ticket_no}"
