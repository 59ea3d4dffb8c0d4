"""The worker: once a minute, late duties become orders. It may run several times on PostgreSQL."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from hub.config import HubConfig
from hub.duties.book import duty_book
from hub.duties.openings import dispatched
from hub.duties.sweeping import Swept, sweep
from hub.errors import HubStop, NotNow
from hub.store.engine import Database

LOG = logging.getLogger("edile.hub.duties")
EVERY_S = 60.0


async def run(
    database: Database,
    config: HubConfig,
    *,
    every_s: float = EVERY_S,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Until cancelled, and then until the sweep in hand is through. A database that does not answer, or a
    document that cannot be read, is said once and waited for."""
    said = ""
    while True:
        try:
            swept = await _once(database, config)
        except (NotNow, HubStop) as fault:
            if str(fault) != said:
                LOG.warning("duties wait: %s", fault)
            said = str(fault)
        else:
            said = ""
            if swept.opened or swept.computed:
                LOG.info("%d duties late, %d computed anew", swept.opened, swept.computed)
        await sleep(every_s)


async def _once(database: Database, config: HubConfig) -> Swept:
    task = asyncio.create_task(asyncio.to_thread(_sweep, database, config))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _sweep(database: Database, config: HubConfig) -> Swept:
    with database.read() as conn:
        book = duty_book(conn, config.district)
    return sweep(database, config.district, book, dispatched, at_ns=config.utc_ns())
