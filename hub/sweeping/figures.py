"""Keeps the key figures of days that are over (docs/adr/0021). Any number of workers may: who comes second
finds nothing to do."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from contract.timestamps import rfc3339
from hub.config import HubConfig
from hub.errors import NotNow
from hub.store import kpi_days
from hub.store.engine import Database

LOG = logging.getLogger("edile.hub.figures")
EVERY_S, SOON_S = 300.0, 5.0
AT_ONCE = 20
"""Days of one round, each in a transaction of its own: nobody waits for more than a day."""


async def run(
    database: Database,
    config: HubConfig,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Until cancelled, and then until the day in hand is kept."""
    while True:
        wait_s = EVERY_S
        try:
            if await _kept(database, config):
                wait_s = SOON_S
        except NotNow as weather:
            LOG.warning("key figures of past days wait: %s", weather)
        await sleep(wait_s)


async def _kept(database: Database, config: HubConfig) -> bool:
    """A round in a thread, newest days first. Are there more?"""
    days = await asyncio.to_thread(_missing, database, config)
    for day in days[:AT_ONCE]:
        task = asyncio.create_task(asyncio.to_thread(keep, database, config.district, day))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            raise
    return len(days) > AT_ONCE


def _missing(database: Database, config: HubConfig) -> list[str]:
    with database.read() as conn:
        return kpi_days.missing(conn, config.district, at=rfc3339(config.utc_ns()))


def keep(database: Database, district: str, day: str) -> None:
    with database.write() as conn:
        kpi_days.rebuild(conn, district, day)
