"""A gateway that is not heard is a problem like any other: opened when it has been silent for too long,
ended when it is heard again. What is told is told once, however many workers look.

A hub that was down heard nobody: it judges only what it could have heard since it began.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from contract.names import source_of
from contract.payloads.base import Phase
from contract.timestamps import rfc3339
from hub.config import HubConfig
from hub.dispatching.detections import Detection
from hub.dispatching.opening import dispatch_many
from hub.errors import HubStop, NotNow
from hub.store import silent_gateways
from hub.store.engine import Database
from hub.store.journal import begin
from hub.store.silent_gateways import Heard

LOG = logging.getLogger("edile.hub.silence")
EVERY_S = 60.0
SLOT, EVENT_TYPE, KIND = "hub", "edile.gateway.silence.v1", "gateway-silent"


async def run(
    database: Database,
    config: HubConfig,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Until cancelled, and then until the look in hand is through."""
    begun_ns, said = config.utc_ns(), ""
    while True:
        await sleep(EVERY_S)
        task = asyncio.create_task(asyncio.to_thread(look, database, config, begun_ns))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            raise
        except (NotNow, HubStop) as fault:
            if str(fault) != said:
                LOG.warning("silent gateways wait: %s", fault)
            said = str(fault)
        else:
            said = ""


def look(database: Database, config: HubConfig, begun_ns: int) -> int:
    """How many words were told. `begun_ns`: since when this hub could have heard anybody."""
    now_ns, source = config.utc_ns(), source_of(config.district, SLOT)
    after_ns = int(config.silent_after_s * 1e9)
    if now_ns - begun_ns < after_ns:
        return 0
    with database.read() as conn:
        since, at = rfc3339(now_ns - after_ns), rfc3339(now_ns)
        words = [
            *(
                _word(one, "ended", config.district, at)
                for one in silent_gateways.back(conn, config.district, source)
            ),
            *(
                _word(one, "opened", config.district, at)
                for one in silent_gateways.silent(conn, config.district, source, since=since)
            ),
        ]
    if words:
        with database.write() as conn:
            journal = begin(conn, config.district)
            dispatch_many(journal, words)
            journal.flush()
    return len(words)


def _word(heard: Heard, phase: Phase, district: str, at: str) -> Detection:
    """By when it was heard last, so that two workers say the same word. It is over when it was heard; that
    it is silent is seen now."""
    ended = phase == "ended"
    told = "heard again" if ended else f"nothing heard since {heard.last_seen}"
    return Detection(
        district=district,
        slot=heard.slot,
        event_id=f"{source_of(district, SLOT)}#{phase}/{heard.slot}/{heard.last_seen}",
        event_type=EVENT_TYPE,
        kind=KIND,
        problem_id=heard.slot,
        phase=phase,
        object=f"gateway/{heard.slot}",
        observed_at=heard.last_seen if ended else at,
        received_at=at,
        detail=told,
    )
