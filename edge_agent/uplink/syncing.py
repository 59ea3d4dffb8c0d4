"""Batches and heartbeats: what is sent, and what each answer does to the store.

While one backlog batch is on its way the next is read and compressed. It is used only if the hub
took all of the first, and dropped when an urgent event came up in between.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from contract.names import parse_lane_key
from contract.sync import SyncReply
from contract.timestamps import parse_rfc3339
from edge_agent.commands import Commands
from edge_agent.errors import HubUnreachable
from edge_agent.ports import Clock
from edge_agent.store.database import Store
from edge_agent.uplink import backoff, replies
from edge_agent.uplink.batches import Prepared, Sizes, heartbeat, prepare
from edge_agent.uplink.drain import Kind
from edge_agent.uplink.exchange import Exchange, Exchanged
from edge_agent.uplink.outbox_side import Outbox

log = logging.getLogger(__name__)
_MOST_COMPRESSED = 512 * 1024


class HubRefuses(Exception):
    """A refusal that concerns this box, not one lane: its key, its slot, its token."""


@dataclass(frozen=True)
class Turn:
    """One exchange about events; `kind` None for a heartbeat."""

    kind: Kind | None
    exchanged: Exchanged


class Syncing:
    """Keeps the next batch while it stays the right one: chosen ahead, or not yet delivered."""

    def __init__(
        self,
        *,
        writer: Outbox,
        exchange: Exchange,
        commands: Commands,
        clock: Clock,
        random: Callable[[], float],
    ) -> None:
        self._writer, self._exchange, self._commands = writer, exchange, commands
        self._clock, self._random = clock, random
        self._sizes = Sizes()
        self._ahead: Prepared | None = None
        self._blocked: dict[str, tuple[float, str]] = {}
        self.last_sync_s: float | None = None
        self.desired_etag: str | None = None
        self.generation: str | None = None
        self.quarantined = 0

    @property
    def refused(self) -> tuple[str, ...]:
        return tuple(f"{key}: {reason}" for key, (_, reason) in self._blocked.items())

    @property
    def chosen(self) -> bool:
        """Whether the next batch is chosen already."""
        return self._ahead is not None

    def choose_anew(self) -> None:
        """Something more urgent may have come up."""
        self._ahead = None

    async def step(self) -> Turn | None:
        """Sends the most urgent batch; None when none waits. Raises HubUnreachable, HubRefuses."""
        self._unblock()
        prepared, self._ahead = self._ahead, None
        if prepared is None:
            prepared = await self._prepare()
        if prepared is None:
            return None
        try:
            exchanged, ahead = await self._send(prepared)
        except HubUnreachable:
            self._ahead = prepared
            raise
        if await self._answered(prepared, replies.read_sync(exchanged.response)):
            self._ahead = ahead
        return Turn(prepared.kind, exchanged)

    async def beat(self) -> Turn | None:
        """An empty sync: says that we live, and brings every lane's watermarks."""
        call = await self._writer.call(heartbeat)
        exchanged = await self._exchange.send(call)
        reply = replies.read_sync(exchanged.response)
        if isinstance(reply, replies.Accepted):
            await self._accept(reply.reply)
        elif isinstance(reply, replies.Gap):
            await self._rewind(reply.stored)
        else:
            raise HubRefuses(_reason(reply))
        return Turn(None, exchanged)

    async def _prepare(self, after: Prepared | None = None) -> Prepared | None:
        blocked = frozenset(self._blocked)
        sizes = self._sizes.for_link(self._exchange.meter.fitting(_MOST_COMPRESSED, 0))
        return await self._writer.call(lambda store: prepare(store, sizes, blocked, after))

    async def _send(self, prepared: Prepared) -> tuple[Exchanged, Prepared | None]:
        if prepared.kind != "backlog" or not prepared.more:
            return await self._exchange.send(prepared.call), None
        sending = asyncio.create_task(self._exchange.send(prepared.call))
        try:
            ahead = await self._prepare(after=prepared)
            return await sending, ahead
        finally:
            sending.cancel()

    async def _answered(self, prepared: Prepared, reply: replies.Reply) -> bool:
        """True when the hub has all of `prepared`."""
        if isinstance(reply, replies.Accepted):
            await self._accept(reply.reply)
            self._sizes = self._sizes.doubled()
            reached = _reached(reply.reply, prepared.key)
            if reached < prepared.batch.first:
                raise HubUnreachable(f"the hub took {prepared.key} but stored nothing of it")
            return reached >= prepared.batch.last  # short of a poison event it takes what it can
        if isinstance(reply, replies.Gap):
            await self._rewind(reply.stored)
            if reply.stored.get(prepared.key, 0) + 1 == prepared.batch.first:
                raise HubUnreachable(f"the hub misses nothing before {prepared.key} yet says so")
            return False
        if isinstance(reply, replies.TooLarge) and len(prepared.batch.items) > 1:
            self._sizes = self._sizes.halved(len(prepared.batch.items))
            return False
        if isinstance(reply, replies.ClockWrong) or (
            isinstance(reply, replies.Refused) and reply.status in (401, 403)
        ):
            raise HubRefuses(_reason(reply))
        self._block(prepared.key, _reason(reply))
        return False

    async def _accept(self, reply: SyncReply) -> None:
        moment = self._clock.moment()
        try:
            hub_ns = parse_rfc3339(reply.hub_time)
            for key in (*reply.stored, *reply.archived):
                parse_lane_key(key)
        except ValueError as error:
            raise HubUnreachable(f"the hub's reply makes no sense: {error}") from error

        def apply(store: Store) -> None:
            store.apply_reply(
                stored=reply.stored,
                archived=reply.archived,
                generation=reply.hub_generation,
                receipt=reply.receipt,
                moment=moment,
            )

        await self._writer.call(apply)
        self.last_sync_s = self._clock.monotonic_s()
        self.desired_etag = reply.desired_etag
        if self.generation not in (None, reply.hub_generation):
            log.warning(
                "the hub was restored (%s, was %s): sending again what it had not archived",
                reply.hub_generation,
                self.generation,
            )
            self._ahead = None
        self.generation = reply.hub_generation
        for item in reply.quarantined:
            log.warning("the hub set event %s aside: %s", item.id, item.reason)
        self.quarantined += len(reply.quarantined)
        self._commands.offer(reply.commands, hub_ns)

    async def _rewind(self, stored: dict[str, int]) -> None:
        log.warning("the hub misses events before ours; going back to where it is")
        self._ahead = None
        await self._writer.call(lambda store: store.rewind(stored))

    def _block(self, key: str, reason: str) -> None:
        log.error("the hub refuses lane %s: %s; other lanes go on, this one is kept", key, reason)
        until = self._clock.monotonic_s() + backoff.after_refusal(self._random())
        self._blocked[key] = (until, reason)

    def _unblock(self) -> None:
        now = self._clock.monotonic_s()
        self._blocked = {key: held for key, held in self._blocked.items() if held[0] > now}


def _reached(reply: SyncReply, key: str) -> int:
    """How far the hub is in a lane: one that is fully archived may be named in `archived` only."""
    return max(reply.stored.get(key, 0), reply.archived.get(key, 0))


def _reason(reply: replies.Reply) -> str:
    if isinstance(reply, replies.Refused):
        return replies.advice(reply)
    if isinstance(reply, replies.TooLarge):
        return f"one event is too large for it: {reply.detail}"
    return "it does not take the time that it told"
