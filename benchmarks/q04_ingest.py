"""4: how fast the hub takes batches, with every check, against the bare database.

Ours: signed batches of 500 through the real application (routing, body limit, token, decompression,
decoding of every payload, chain, watermark, receipt, reply), one after the other as a gateway sends them,
into SQLite (WAL, FULL) and into PostgreSQL (fsync and synchronous_commit on). Baseline: `executemany` of
the same rows into the same table, one commit for every 500, by the bare driver and nothing around it.
Each round measures both, one behind the other, on a fresh database; the first batches, which open
connections and fill caches, are not timed on either side.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psycopg
from fastapi import FastAPI

from benchmarks.q03_drain import air_summaries
from benchmarks.rows import Row
from contract.chain import GENESIS, extend
from contract.envelope import encode_event
from contract.keys import PrivateKey
from contract.names import EventId, epoch_text, source_of
from contract.sync import join_batch
from edge_agent.identity import Identity
from edge_agent.ports import HubRequest
from edge_agent.transports.hub_asgi import AsgiHub
from edge_agent.uplink.batches import squeeze
from edge_agent.uplink.signing import sign, sync_call
from hub.app import create_app
from hub.config import HubConfig
from hub.store import gateways, schema
from hub.store.engine import Database
from tests.hub.postgres import fresh_schema, server

QUESTION = "4 hub ingest"
RATE_GOAL, RATIO_GOAL = 25_000, 0.2
BATCH, WARM_UP = 500, 4
DISTRICT, SLOT, KID, HUB_ID = "bench", "cs-001", "cs-001#1", "bench-hub"
EventRow = tuple[int, int, int, str, bytes]
_COLUMNS = "INSERT INTO event (lane_id, seq, received_ns, type, body) VALUES"


@dataclass(frozen=True)
class Load:
    """The same events twice: as signed requests, and as rows by batch."""

    requests: list[HubRequest]
    rows: list[list[EventRow]]
    key: PrivateKey

    @property
    def timed(self) -> int:
        """Events whose way in is timed."""
        return sum(len(batch) for batch in self.rows[WARM_UP:])


def made(events: int) -> Load:
    key, epoch, facts, head = PrivateKey.generate(), epoch_text(7), air_summaries(2), GENESIS
    identity, load = Identity(KID, key), Load([], [], key)
    for first in range(1, events + 1, BATCH):
        items, rows = [], []
        for seq in range(first, first + BATCH):
            moment, payload, subject = next(facts)
            raw = encode_event(
                payload,
                event_id=EventId(epoch, "routine", seq),
                source=source_of(DISTRICT, SLOT),
                subject=subject,
                moment=moment,
            )
            items.append(raw)
            rows.append((1, seq, time.time_ns(), payload.wire_type, raw))
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
        load.requests.append(sign(call, identity, HUB_ID, now_s=int(time.time())))
        load.rows.append(rows)
    return load


def through_the_app(url: str, load: Load) -> float:
    """Events a second."""
    with TemporaryDirectory() as folder:
        database = Database.open(url)
        schema.migrate(database)
        pem = load.key.public.to_pem()
        with database.write() as conn:
            gateways.add_key(conn, kid=KID, public_pem=pem, district=DISTRICT, unit="n", at="-")
        database.close()
        config = HubConfig(database=url, data_dir=Path(folder), hub_id=HUB_ID, district=DISTRICT)
        app = create_app(config)
        try:
            return load.timed / asyncio.run(_posted(app, load.requests))
        finally:
            app.state.box.database.close()


async def _posted(app: FastAPI, requests: list[HubRequest]) -> float:
    link, begun = AsgiHub(app), 0.0
    for number, request in enumerate(requests):
        if number == WARM_UP:
            begun = time.perf_counter()
        answer = await link.send(request)
        if answer.status != 200:
            raise RuntimeError(f"the hub answered {answer.status}: {answer.body!r}")
    took = time.perf_counter() - begun
    await link.close()
    return took


def bare_sqlite(url: str, load: Load) -> float:
    _migrated(url)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as conn:
        conn.execute("PRAGMA synchronous=FULL")
        begun = 0.0
        for number, rows in enumerate(load.rows):
            if number == WARM_UP:
                begun = time.perf_counter()
            conn.execute("BEGIN IMMEDIATE")
            conn.executemany(f"{_COLUMNS} (?, ?, ?, ?, ?)", rows)
            conn.execute("COMMIT")
        return load.timed / (time.perf_counter() - begun)


def bare_postgresql(url: str, load: Load) -> float:
    _migrated(url)
    plain = url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(plain) as conn, conn.cursor() as cursor:
        begun = 0.0
        for number, rows in enumerate(load.rows):
            if number == WARM_UP:
                begun = time.perf_counter()
            cursor.executemany(f"{_COLUMNS} (%s, %s, %s, %s, %s)", rows)
            conn.commit()
        return load.timed / (time.perf_counter() - begun)


def _migrated(url: str) -> None:
    database = Database.open(url)
    schema.migrate(database)
    database.close()


@contextmanager
def sqlite_urls() -> Iterator[Callable[[], str]]:
    with TemporaryDirectory() as folder:
        counted = iter(range(1_000))
        yield lambda: f"sqlite:///{folder}/{next(counted)}.db"


@contextmanager
def postgresql_urls() -> Iterator[Callable[[], str]]:
    with server(fsync=True) as socket:
        yield lambda: fresh_schema(socket)


def _compared(
    title: str,
    fresh: Callable[[], str],
    bare: Callable[[str, Load], float],
    load: Load,
    rounds: int,
) -> list[Row]:
    ours, base = [], []
    for _ in range(rounds):
        base.append(bare(fresh(), load))
        ours.append(through_the_app(fresh(), load))
    rate, ratio = median(ours), median(one / two for one, two in zip(ours, base, strict=True))
    figure = f"batches of {BATCH} into {title}"
    name = "executemany, no app"
    return [
        Row(QUESTION, figure, rate, "events/s", median(base), name, ratio, f">= {RATIO_GOAL}x",
            ratio >= RATIO_GOAL),
        Row(QUESTION, f"{figure}, all checks", rate, "events/s", None, "", None,
            f">= {RATE_GOAL:,}", rate >= RATE_GOAL),
    ]  # fmt: skip


def measure(*, quick: bool) -> list[Row]:
    rounds, load = (1, made(20_000)) if quick else (5, made(50_000))
    with sqlite_urls() as fresh:
        rows = _compared("SQLite (WAL, FULL)", fresh, bare_sqlite, load, rounds)
    try:
        with postgresql_urls() as fresh:
            rows += _compared("PostgreSQL", fresh, bare_postgresql, load, rounds)
    except FileNotFoundError as error:
        print(f"4 hub ingest: PostgreSQL not measured, {error}", file=sys.stderr)
    return rows
