"""15: words on problems against many open orders, by key and by place, on both databases.

100,000 open orders of eight classes lie in a district of 30 x 33 km. Then come 10,000 words in batches of
500, as ingest hands them on: half are another camera's of a problem that is open there (joined by place),
a quarter are updates, a quarter are new. Every batch is one transaction with all that belongs to it:
scene, decision, sightings, orders, numbers, clocks, timers, audit chain, domain events, commit (WAL, FULL;
fsync on). Baseline: the bare driver inserting the sightings' rows alone, batch by batch.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

import psycopg
import sqlalchemy as sa

from benchmarks.rows import Row
from contract.timestamps import rfc3339
from hub.dispatching import Detection, dispatch_many
from hub.store import journal, schema
from hub.store.engine import Database
from hub.store.order_tables import work_order
from tests.hub.postgres import fresh_schema, server

QUESTION = "15 correlation"
OPEN, WORDS, BATCH, GOAL = 100_000, 10_000, 500, 2_000
QUICK_OPEN, QUICK_WORDS = 10_000, 2_000
DISTRICT, SEED, START_NS = "bench", 15, 1_790_000_000 * 10**9
CODES = ("06010", "06011", "09001", "09005", "09006", "06036", "06042", "07001")
SLOTS = 500
_NEAR_DEG = 0.00005  # some five metres
_BARE = (
    "INSERT INTO bare_sighting (district, event_id, order_id, source, problem_id, phase, observed_at,"
    " received_at, lon, lat) VALUES "
)


@dataclass(frozen=True)
class Spot:
    lon: float
    lat: float
    code: str


def word(
    n: int, slot: int, problem: str, spot: Spot, *, second: int, updated: bool = False
) -> Detection:
    at = rfc3339(START_NS + second * 10**9)
    return Detection(
        district=DISTRICT,
        slot=f"cam-{slot}",
        event_id=f"/{DISTRICT}/cam-{slot}#0C9K2TQ7M4XWZ.urgent.{n}",
        event_type="edile.problem.v1",
        kind=spot.code,
        problem_id=problem,
        phase="updated" if updated else "opened",
        object="camera/c-1",
        observed_at=at,
        received_at=at,
        lon=spot.lon,
        lat=spot.lat,
        class_code=spot.code,
        catalogue="gbt47678-2026",
        confidence=0.9,
        looks=5,
    )


def spots(count: int) -> list[Spot]:
    draw = Random(SEED)
    return [
        Spot(113.2 + draw.random() * 0.3, 23.1 + draw.random() * 0.3, draw.choice(CODES))
        for _ in range(count)
    ]


def later_words(known: Sequence[Spot], count: int) -> list[Detection]:
    draw, found = Random(SEED + 1), []
    for n in range(count):
        at = draw.randrange(len(known))
        spot, number = known[at], 10**7 + n
        if n % 4 < 2:
            near = Spot(spot.lon + _NEAR_DEG, spot.lat, spot.code)
            found.append(word(number, SLOTS + n % 50, f"q-{n}", near, second=600))
        elif n % 4 == 2:
            found.append(word(number, at % SLOTS, f"p-{at}", spot, second=600, updated=True))
        else:
            fresh = Spot(112.8 + draw.random() * 0.3, 23.1 + draw.random() * 0.3, spot.code)
            found.append(word(number, SLOTS + 99, f"z-{n}", fresh, second=600))
    return found


def taken(database: Database, words: Sequence[Detection]) -> float:
    """Seconds."""
    begun = perf_counter()
    for start in range(0, len(words), BATCH):
        with database.write() as conn:
            written = journal.begin(conn, DISTRICT)
            dispatch_many(written, words[start : start + BATCH])
            written.flush()
    return perf_counter() - begun


def _rows(words: Sequence[Detection]) -> list[tuple[object, ...]]:
    return [
        (
            one.district, one.event_id, "0" * 24, one.source, one.problem_id, one.phase,
            one.observed_at, one.received_at, one.lon, one.lat,
        )
        for one in words
    ]  # fmt: skip


_TABLE = (
    "CREATE TABLE bare_sighting (district TEXT, event_id TEXT, order_id TEXT, source TEXT, problem_id"
    " TEXT, phase TEXT, observed_at TEXT, received_at TEXT, lon DOUBLE PRECISION, lat DOUBLE PRECISION,"
    " PRIMARY KEY (district, event_id))"
)


def _bare_sqlite(folder: Path, words: Sequence[Detection]) -> float:
    rows = _rows(words)
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode=WAL")
        conn.execute("PRAGMA synchronous=FULL")
        conn.execute(_TABLE)
        begun = perf_counter()
        for start in range(0, len(rows), BATCH):
            conn.execute("BEGIN IMMEDIATE")
            conn.executemany(f"{_BARE} ({','.join('?' * 10)})", rows[start : start + BATCH])
            conn.execute("COMMIT")
        return perf_counter() - begun


def _bare_postgres(plain: str, words: Sequence[Detection]) -> float:
    rows = _rows(words)
    with psycopg.connect(plain) as conn:
        conn.execute(_TABLE)
        conn.commit()
        begun = perf_counter()
        for start in range(0, len(rows), BATCH):
            conn.cursor().executemany(
                f"{_BARE} ({','.join(['%s'] * 10)})", rows[start : start + BATCH]
            )
            conn.commit()
        return perf_counter() - begun


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database.open(url)
    try:
        schema.migrate(database)
        yield database
    finally:
        database.close()


def _measured(name: str, database: Database, bare_s: float, opened: int, count: int) -> Row:
    known = spots(opened)
    first = [word(n, n % SLOTS, f"p-{n}", spot, second=0) for n, spot in enumerate(known)]
    taken(database, first)
    if database.dialect == "postgresql":
        with database.writer_engine.connect() as conn:
            conn.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("ANALYZE"))
    before = _orders(database)
    took = taken(database, later_words(known, count))
    fresh = _orders(database) - before
    # What is "new" may by chance lie beside another of its kind.
    if not 0.98 * count / 4 <= fresh <= 1.02 * count / 4:
        raise RuntimeError(f"{fresh} orders were opened by {count} words, not a quarter of them")
    rate, bare = count / took, count / bare_s
    return Row(
        question=QUESTION,
        figure=f"{count:,} words against {before:,} open orders, {name}",
        ours=rate,
        unit="words/s",
        baseline=bare,
        baseline_name="bare INSERT of their sightings",
        ratio=rate / bare,
        goal=f">= {GOAL:,}/s",
        ok=rate >= GOAL,
    )


def _orders(database: Database) -> int:
    with database.read() as conn:
        return int(conn.scalar(sa.select(sa.func.count()).select_from(work_order)) or 0)


def measure(*, quick: bool) -> list[Row]:
    opened, count = (QUICK_OPEN, QUICK_WORDS) if quick else (OPEN, WORDS)
    words = later_words(spots(opened), count)
    with TemporaryDirectory() as name:
        folder = Path(name)
        bare_s = _bare_sqlite(folder, words)
        with _opened(f"sqlite:///{folder / 'hub.db'}") as database:
            rows = [_measured("SQLite (WAL, FULL)", database, bare_s, opened, count)]
    try:
        with server(fsync=True) as socket:
            plain = fresh_schema(socket).replace("postgresql+psycopg", "postgresql")
            bare_s = _bare_postgres(plain, words)
            with _opened(fresh_schema(socket)) as database:
                rows.append(_measured("PostgreSQL", database, bare_s, opened, count))
    except FileNotFoundError as error:
        print(f"{QUESTION}: PostgreSQL not measured, {error}", file=sys.stderr)
    return rows
