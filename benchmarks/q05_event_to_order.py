"""Question 5: from the commit on the gateway to the dispatched work order at the hub, over loopback.

A real store, writer and uplink in this process; the hub is another process. The order counts as there
when a reader of the hub's database sees it dispatched. The hub's share is bounded from above by the
whole HTTP exchange that carried the event.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from benchmarks.rig import Hub, hub_process, open_store, uplink_to
from benchmarks.rows import Row
from contract.payloads.weigh import WeighAnomaly
from edge_agent.clock import SystemClock
from edge_agent.ports import Conclusion, HubRequest, HubResponse, Work
from edge_agent.store.writer import Writer
from edge_agent.transports.hub_http import HttpHub

QUESTION = "5 event to order"
GOAL_S, HUB_GOAL_S = 0.300, 0.050
PATIENCE_S = 10.0


class _TimedLink:
    """HttpHub, and how long each sync exchange took."""

    def __init__(self, link: HttpHub) -> None:
        self._link = link
        self.took_s: list[float] = []

    async def send(self, request: HubRequest) -> HubResponse:
        begun = time.perf_counter()
        response = await self._link.send(request)
        if request.path == "/v1/sync":
            self.took_s.append(time.perf_counter() - begun)
        return response

    async def close(self) -> None:
        await self._link.close()


async def _times(hub: Hub, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds from commit to order, and of each exchange."""
    clock, link = SystemClock(floor_ns=0), _TimedLink(HttpHub(hub.url))
    writer = Writer(open_store(hub.folder, clock))
    uplink = uplink_to(hub, writer, clock, link)
    running = asyncio.create_task(uplink.run(), name="uplink")
    took = []
    with closing(sqlite3.connect(f"file:{hub.database}?mode=ro", uri=True)) as reader:
        for number in range(-3, rounds):  # the first three warm both ends up
            problem = f"wb-1-bench-{number}"
            anomaly = WeighAnomaly(
                problem_id=problem,
                phase="opened",
                kind="over-capacity",
                weighbridge="wb-1",
                value=Decimal(63_400),
                limit=Decimal(60_000),
            )
            work = Work(clock.moment(), (Conclusion(anomaly, "weighbridge/wb-1"),))
            await writer.record(work)
            committed = time.perf_counter()
            while not _dispatched(reader, problem):
                if time.perf_counter() - committed > PATIENCE_S:
                    raise TimeoutError(f"no order for {problem}; uplink: {await uplink.status()}")
                await asyncio.sleep(0.001)
            if number >= 0:
                took.append(time.perf_counter() - committed)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await writer.close()
    await link.close()
    return took, link.took_s[-rounds:]


def _dispatched(reader: sqlite3.Connection, problem: str) -> bool:
    sql = "SELECT 1 FROM work_order WHERE state = 'dispatched' AND dedupe_key LIKE ?"
    return reader.execute(sql, (f"%{problem}",)).fetchone() is not None


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]


def measure(*, quick: bool) -> list[Row]:
    with TemporaryDirectory() as name, hub_process(Path(name)) as hub:
        took, exchanges = asyncio.run(_times(hub, 50 if quick else 300))
    total, share = _p95(took), _p95(exchanges)
    return [
        Row(
            question=QUESTION, figure="commit to dispatched order, p95", ours=total * 1000,
            unit="ms", baseline=None, baseline_name="", ratio=None,
            goal=f"<= {GOAL_S * 1000:.0f} ms", ok=total <= GOAL_S,
        ),
        Row(
            question=QUESTION, figure="HTTP exchange (bounds the hub's share), p95",
            ours=share * 1000, unit="ms", baseline=None, baseline_name="", ratio=None,
            goal=f"<= {HUB_GOAL_S * 1000:.0f} ms", ok=share <= HUB_GOAL_S,
        ),
    ]  # fmt: skip
