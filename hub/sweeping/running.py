"""The worker: chunk after chunk while steps may be due, then every few seconds. Any number of them may run on
one PostgreSQL database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import sqlalchemy as sa

from contract.keys import PrivateKey
from hub.commanding import issue
from hub.config import HubConfig
from hub.dispatching.second_looks import Send
from hub.dispatching.transitions import HUB
from hub.errors import HubStop, NotNow
from hub.store.engine import Database
from hub.sweeping.cases import SendWithin
from hub.sweeping.chunks import CHUNK, Swept, sweep_chunk

LOG = logging.getLogger("edile.hub.sweep")
_FAULT_WAIT_S = 60.0


def commands_by(key: PrivateKey) -> SendWithin:
    """Second looks as commands under the hub's command key."""

    def within(conn: sa.Connection, now_ns: int) -> Send:
        def send(slot: str, args: dict[str, Any], expires_in_s: int) -> str | None:
            made = issue(
                conn,
                key,
                slot=slot,
                op="relook",
                args=args,
                actor=HUB,
                now_ns=now_ns,
                expires_in_s=expires_in_s,
            )
            return None if made is None else made.id

        return send

    return within


async def run(
    database: Database,
    config: HubConfig,
    *,
    key: PrivateKey,
    limit: int = CHUNK,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Until cancelled, and then until the chunk in hand is through; at once over where the config sweeps
    nothing. A database that does not answer, or a rule that cannot be read, is said once and waited for."""
    every_s = config.sweep_every_s
    if every_s is None:
        return
    send, lost = commands_by(key), False
    while True:
        wait_s = every_s
        try:
            swept = await _through(database, config, send, limit)
        except NotNow as weather:
            wait_s = max(every_s, weather.retry_after_s)
            _say_once(lost, f"orders' steps wait: {weather}")
            lost = True
        except HubStop as fault:
            wait_s = max(every_s, _FAULT_WAIT_S)
            _say_once(lost, f"orders' steps wait until the rules in force can be read: {fault}")
            lost = True
        else:
            if lost:
                LOG.info("orders' steps go on")
            lost = False
            if swept.counts:
                LOG.info("steps: %s", _told(swept))
            wait_s = 0.0 if swept.more else every_s
        await sleep(wait_s)


async def _through(database: Database, config: HubConfig, send: SendWithin, limit: int) -> Swept:
    """A chunk in a thread. Whoever cancels gets the database back when its transaction has ended."""
    now_ns = config.utc_ns()
    chunk = asyncio.create_task(
        asyncio.to_thread(
            sweep_chunk, database, config.district, now_ns=now_ns, send=send, limit=limit
        )
    )
    try:
        return await asyncio.shield(chunk)
    except asyncio.CancelledError:
        await asyncio.wait([chunk])
        raise


def _say_once(said: bool, text: str) -> None:
    if not said:
        LOG.warning(text)


def _told(swept: Swept) -> str:
    return ", ".join(
        f"{count} {kind} {what}" for (kind, what), count in sorted(swept.counts.items())
    )
