"""The one loop that talks to the hub, and the only place that retries it.

Each turn does the most urgent thing there is (drain.py), then rests as long as the outcome asks:
not at all while events wait, a little between backlog batches, until the next heartbeat when idle,
with full jitter after a failure. An urgent commit ends a rest at once. Nothing is forgotten here:
what the hub did not confirm is still in the store, so any exchange may be lost or repeated.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

import apsw

from contract.keys import PublicKey
from contract.payloads.gateway import Anchor, GatewayNotice
from contract.sync import IDLE_SYNC_S
from edge_agent import ledger as ledgers
from edge_agent.commands import Commands
from edge_agent.desired import DesiredState
from edge_agent.errors import HubUnreachable, StoreFull
from edge_agent.identity import Identity
from edge_agent.ledger import Ledger
from edge_agent.ports import Clock, Conclusion, HubLink, Work
from edge_agent.uplink import backoff
from edge_agent.uplink.desired_fetch import DesiredFetch
from edge_agent.uplink.exchange import Exchange
from edge_agent.uplink.link_meter import backlog_pause
from edge_agent.uplink.outbox_side import Outbox
from edge_agent.uplink.rest import ON, Pause, Rest
from edge_agent.uplink.status import UplinkStatus
from edge_agent.uplink.syncing import HubRefuses, Syncing, Turn
from edge_agent.uplink.uploads import Uploads

log = logging.getLogger(__name__)
ROUTINE_DELAY_S = 2.0  # routine events gather this long, so that a weighing costs one exchange
IMPATIENCE_S = 10.0  # an alarm shortens the wait for an unreachable hub to at most this
LEDGER_EVERY_S = 60.0  # a crash forgets at most this much of the bill
FULL_S = 15.0


class Uplink:
    """`random` is uniform in [0, 1). `adopt(offset_ns, err_ms)` hears of a corrected clock.
    `idle_s` is the heartbeat: 300 s, up to 1,800 on metered links."""

    def __init__(
        self,
        *,
        writer: Outbox,
        link: HubLink,
        identity: Identity,
        clock: Clock,
        hub_id: str,
        command_key: PublicKey,
        desired: DesiredState,
        commands: Commands,
        ledger: Ledger,
        random: Callable[[], float],
        idle_s: float = IDLE_SYNC_S,
        adopt: Callable[[int, int], None] = lambda _offset, _err: None,
    ) -> None:
        self._writer, self._clock, self._random = writer, clock, random
        self._commands, self._ledger, self._idle_s = commands, ledger, idle_s
        self._adopt = adopt
        self._exchange = Exchange(
            link=link,
            identity=identity,
            hub_id=hub_id,
            command_key=command_key,
            clock=clock,
            ledger=ledger,
            corrected=self._clock_corrected,
        )
        self._rest = Rest(clock)
        writer.on_commit = self._rest.committed
        self._syncing = Syncing(
            writer=writer,
            exchange=self._exchange,
            commands=commands,
            clock=clock,
            random=random,
        )
        self._uploads = Uploads(writer, self._exchange)
        self._desired = DesiredFetch(writer, self._exchange, desired, clock)
        self._ledger_saved_s = clock.monotonic_s()
        self._status = UplinkStatus()

    async def run(self) -> None:
        """For ever; a member of the agent's TaskGroup."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._commands.run(), name="commands")
            await self._desired.report_complaint()
            while True:
                await self._rest.take(await self.exchange_once())

    async def exchange_once(self) -> Pause:
        """The most urgent thing there is, once. The answer is how long to rest afterwards."""
        self._status = replace(self._status, next_try_mono_s=None)
        before = self._exchange.answers
        try:
            pause = await self._turn()
        except HubUnreachable as error:
            pause = self._unreachable(error)
        except HubRefuses as error:
            pause = self._refused(str(error))
        except (StoreFull, apsw.FullError) as error:
            self._failed(f"the disk is full: {error}; nothing is lost, trying again")
            pause = Pause(FULL_S)
        else:
            if self._exchange.answers > before:
                self._reached()
        self._status = replace(
            self._status, next_try_mono_s=self._clock.monotonic_s() + pause.seconds
        )
        return pause

    async def status(self) -> UplinkStatus:
        depth = await self._writer.call(lambda store: store.depth())
        moment, time = self._clock.moment(), self._exchange.time
        uploads = (f"evidence {sha}: {why}" for sha, why in self._uploads.refused.items())
        return replace(
            self._status,
            depth=depth,
            offset_ns=time.offset_ns if time.known(moment) else None,
            hub_generation=self._syncing.generation,
            bytes_per_s=self._exchange.meter.bytes_per_s,
            idle_bytes_per_day=self._ledger.idle_bytes_per_day(self._idle_s),
            refused=(*self._syncing.refused, *uploads),
            quarantined=self._syncing.quarantined,
        )

    async def save_ledger(self) -> None:
        """Also at shutdown; between saves a power cut costs at most ten minutes of counting."""
        self._ledger_saved_s = self._clock.monotonic_s()
        written = self._ledger.dump()
        await self._writer.call(lambda store: store.put_setting(ledgers.SETTING, written))

    async def _turn(self) -> Pause:
        if self._clock.monotonic_s() - self._ledger_saved_s >= LEDGER_EVERY_S:
            await self.save_ledger()
        if self._rest.urgent_waits or not self._syncing.chosen:
            self._syncing.choose_anew()
            self._rest.begin()
        turn = await self._syncing.step()
        if turn is not None:
            return self._after(turn)
        if self._beat_due() <= 0:
            await self._syncing.beat()
            return ON
        if self._desired.wanted(self._syncing.desired_etag):
            await self._desired.fetch(self._syncing.desired_etag)
            return ON
        uploaded = await self._uploads.step()
        if uploaded is not None:
            return Pause(backlog_pause(uploaded.busy_s, uploaded.took_s), urgent_s=0, routine_s=0)
        return Pause(self._beat_due(), urgent_s=0, routine_s=ROUTINE_DELAY_S)

    def _after(self, turn: Turn) -> Pause:
        if turn.kind != "backlog":
            return ON
        spent = turn.exchanged
        return Pause(backlog_pause(spent.busy_s, spent.took_s), urgent_s=0, routine_s=0)

    def _beat_due(self) -> float:
        """Seconds until the hub must hear from us again."""
        last = self._syncing.last_sync_s
        return 0.0 if last is None else last + self._idle_s - self._clock.monotonic_s()

    def _reached(self) -> None:
        if self._status.failures:
            log.info("the hub answers again after %d failures", self._status.failures)
        self._status = replace(
            self._status, last_success=self._clock.moment(), last_error=None, failures=0
        )

    def _unreachable(self, error: HubUnreachable) -> Pause:
        self._failed(f"hub not reached: {error}")
        draw = self._random()
        if error.retry_after_s is not None:
            return Pause(backoff.after_busy(error.retry_after_s, draw))
        wait = backoff.after_failure(self._status.failures, draw)
        return Pause(wait, urgent_s=IMPATIENCE_S * draw)

    def _refused(self, reason: str) -> Pause:
        self._failed(f"the hub refuses this gateway: {reason}; a person must look at it")
        return Pause(backoff.after_refusal(self._random()))

    def _failed(self, message: str) -> None:
        if message != self._status.last_error:
            log.warning("%s", message)
        self._status = replace(self._status, last_error=message, failures=self._status.failures + 1)

    async def _clock_corrected(self, anchor: Anchor, offset_ns: int) -> None:
        self._adopt(offset_ns, anchor.err_ms)
        notice = GatewayNotice(kind="clock-corrected", anchor=anchor)
        conclusion = Conclusion(notice, subject="gateway")
        await self._writer.record(Work(self._clock.moment(), (conclusion,)))
