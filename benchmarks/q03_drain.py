"""3: how fast a full outbox drains into a real hub, and what an event costs on the wire.

Ours: 100,000 events in a real store, the real uplink in this process, the hub a process of its own
behind loopback HTTP, until all are `stored` and the gateway has noted it. Baseline: how fast the same
hub application takes such batches, signed beforehand, without a gateway or a socket (question 4's way).
Bytes are the kernel's count of the connection, both directions, replies and receipts included.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.rig import DISTRICT, HUB_ID, KID, SLOT, Hub, hub_process, open_store, uplink_to
from benchmarks.rows import Row
from contract.chain import GENESIS, extend
from contract.envelope import Moment, encode_event
from contract.keys import PrivateKey
from contract.names import EventId, epoch_text, source_of
from contract.payloads.air import AirSummary, Quantity
from contract.payloads.base import Payload
from contract.payloads.weigh import Stability, Vehicle, WeighTicket
from contract.sync import join_batch
from contract.timestamps import rfc3339
from edge_agent.clock import SystemClock
from edge_agent.identity import Identity
from edge_agent.ports import Conclusion, HubRequest, HubResponse, Work
from edge_agent.store.writer import Writer
from edge_agent.transports.hub_asgi import AsgiHub
from edge_agent.transports.hub_http import HttpHub
from edge_agent.uplink.batches import squeeze
from edge_agent.uplink.signing import sign, sync_call
from hub.app import create_app
from hub.config import HubConfig
from hub.store import gateways, schema
from hub.store.engine import Database

QUESTION = "3 backlog drain"
RATE_GOAL, AIR_GOAL, TICKET_GOAL = 0.8, 40, 100
BATCH = 500
GROUP = 100
WINDOW_S = 300
QUANTITIES: tuple[tuple[Quantity, str, float], ...] = (
    ("pm2_5", "ug/m3", 35),
    ("pm10", "ug/m3", 60),
    ("hydrogen-sulfide", "mg/m3", 2),
    ("noise", "dB", 61),
    ("temperature", "degC", 24),
    ("humidity", "%", 70),
)
Facts = Iterator[tuple[Moment, Payload, str]]


def air_summaries(seed: int) -> Facts:
    """Six quantities of one sensor every five minutes, wandering as air does."""
    rng = random.Random(seed)
    level = {name: start for name, _, start in QUANTITIES}
    mono, utc = 10**12, time.time_ns() - 400 * 86_400 * 10**9
    while True:
        step = WINDOW_S * 10**9 + rng.randrange(-3_000_000, 3_000_000)
        mono, utc = mono + step, utc + step
        for name, unit, start in QUANTITIES:
            level[name] += rng.gauss(0, start / 20) + (start - level[name]) / 20
            mean = level[name]
            low, high = (mean + sign * abs(rng.gauss(0, start / 15)) for sign in (-1, 1))
            payload = AirSummary(
                sensor="air-1",
                quantity=name,
                unit=unit,
                window_s=WINDOW_S,
                n=rng.randrange(296, 301),
                min=round(low, 1),
                max=round(high, 1),
                mean=round(mean, 2),
                p95=round(mean + (high - mean) * 0.8, 1),
                last=round(rng.uniform(low, high), 1),
            )
            delay = rng.randrange(40_000, 300_000)
            mono, utc = mono + delay, utc + delay
            yield Moment("6f3a1c52-0c1f-4b60-9d5e-0a1b2c3d4e5f", mono, utc, "ntp"), payload, "air-1"


def tickets(seed: int) -> Facts:
    """A truck every few minutes, out of a fleet of forty."""
    rng = random.Random(seed)
    fleet = [f"粤A{rng.randrange(16**5):05X}" for _ in range(40)]
    tare = {plate: rng.randrange(600, 900) * 20 for plate in fleet}
    mono, utc, number = 10**12, time.time_ns() - 400 * 86_400 * 10**9, 0
    while True:
        step = rng.randrange(90, 600) * 10**9 + rng.randrange(10**9)
        mono, utc, number = mono + step, utc + step, number + 1
        plate = rng.choice(fleet)
        gross = tare[plate] + rng.randrange(100, 600) * 20
        payload = WeighTicket(
            ticket_no=f"cs-001-{number:06d}",
            weighbridge="wb-1",
            gross_kg=Decimal(gross),
            started=rfc3339(utc - rng.randrange(40, 90) * 10**9),
            settled=rfc3339(utc - rng.randrange(20, 40) * 10**9),
            ended=rfc3339(utc),
            raw_sha256=sha256(rng.randbytes(32)).hexdigest(),
            settlement="ok",
            vehicle=Vehicle(plate=plate, source="rfid"),
            tare_kg=Decimal(tare[plate]),
            tare_source="stored",
            net_kg=Decimal(gross - tare[plate]),
            stability=Stability(samples=20, spread_kg=Decimal(0), basis="repeats"),
        )
        yield Moment("6f3a1c52-0c1f-4b60-9d5e-0a1b2c3d4e5f", mono, utc, "ntp"), payload, "wb-1"


class _CountingLink:
    """HttpHub, and the bytes of its sync exchanges."""

    def __init__(self, link: HttpHub) -> None:
        self._link = link
        self.bytes = self.exchanges = 0

    async def send(self, request: HubRequest) -> HubResponse:
        response = await self._link.send(request)
        if request.path == "/v1/sync":
            self.bytes += response.bytes_up + response.bytes_down
            self.exchanges += 1
        return response

    async def close(self) -> None:
        await self._link.close()


def drained(kind: Callable[[int], Facts], events: int) -> tuple[float, float]:
    """(events a second, bytes an event) of one full drain."""
    with TemporaryDirectory() as name, hub_process(Path(name)) as hub:
        return asyncio.run(_drain(hub, kind(1), events))


async def _drain(hub: Hub, facts: Facts, events: int) -> tuple[float, float]:
    clock, link = SystemClock(floor_ns=0), _CountingLink(HttpHub(hub.url))
    store = open_store(hub.folder, clock)
    for _ in range(events // GROUP):
        made = (next(facts) for _ in range(GROUP))
        store.commit([Work(moment, (Conclusion(what, about),)) for moment, what, about in made])
    writer = Writer(store)
    uplink = uplink_to(hub, writer, clock, link)
    begun = time.perf_counter()
    while any((await writer.call(lambda one: one.depth())).values()):
        pause = await uplink.exchange_once()
        await clock.sleep(pause.seconds)
    took = time.perf_counter() - begun
    await writer.close()
    await link.close()
    return events / took, link.bytes / events


def ingest_rate(events: int) -> float:
    """Events a second that the hub's application takes in batches of 500, in process."""
    with TemporaryDirectory() as name:
        url, key = f"sqlite:///{name}/hub.db", PrivateKey.generate()
        database = Database.open(url)
        schema.migrate(database)
        with database.write() as conn:
            gateways.add_key(
                conn, kid=KID, public_pem=key.public.to_pem(), district=DISTRICT, unit="n", at="-"
            )
        database.close()
        config = HubConfig(database=url, data_dir=Path(name), hub_id=HUB_ID, district=DISTRICT)
        app = create_app(config)
        requests = _signed(events, Identity(KID, key))
        rate = asyncio.run(_posted(app, requests, events))
        app.state.box.database.close()
        return rate


def _signed(events: int, identity: Identity) -> list[HubRequest]:
    epoch, facts, head, made = epoch_text(7), air_summaries(2), GENESIS, []
    for first in range(1, events + 1, BATCH):
        items = []
        for seq in range(first, first + BATCH):
            moment, payload, subject = next(facts)
            items.append(
                encode_event(
                    payload,
                    event_id=EventId(epoch, "routine", seq),
                    source=source_of(DISTRICT, SLOT),
                    subject=subject,
                    moment=moment,
                )
            )
        head = extend(head, "routine", enumerate(items, first))
        body, encoding = squeeze(join_batch(items))
        call = sync_call(
            body,
            epoch=epoch,
            lane="routine",
            first=first,
            last=first + BATCH - 1,
            chain_head=head,
            traffic="backlog",
            encoding=encoding,
        )
        made.append(sign(call, identity, HUB_ID, now_s=int(time.time())))
    return made


async def _posted(app: object, requests: list[HubRequest], events: int) -> float:
    link = AsgiHub(app)
    begun = time.perf_counter()
    for request in requests:
        answer = await link.send(request)
        if answer.status != 200:
            raise RuntimeError(f"the hub answered {answer.status}: {answer.body!r}")
    took = time.perf_counter() - begun
    await link.close()
    return events / took


def measure(*, quick: bool) -> list[Row]:
    events, rounds = (20_000, 1) if quick else (100_000, 3)
    ours, base, air = [], [], 0.0
    for _ in range(rounds):
        base.append(ingest_rate(events // 2))
        rate, air = drained(air_summaries, events)
        ours.append(rate)
    _, ticket = drained(tickets, 5_000)
    ratio = median(ours) / median(base)
    name = "hub's application alone"
    return [
        Row(
            QUESTION,
            f"{events:,} events until stored",
            median(ours),
            "events/s",
            median(base),
            name,
            ratio,
            f">= {RATE_GOAL}x",
            ratio >= RATE_GOAL,
        ),
        _wire("bytes on the wire per air summary", air, AIR_GOAL),
        _wire("bytes on the wire per ticket", ticket, TICKET_GOAL),
    ]


def _wire(figure: str, size: float, goal: int) -> Row:
    return Row(QUESTION, figure, size, "bytes", None, "", None, f"<= {goal}", size <= goal)
