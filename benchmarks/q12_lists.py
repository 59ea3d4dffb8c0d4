"""Question 12: lists of work orders and key figures with 1 million generated orders, on both databases.

Two years of orders, 15,000 of them open; classes, units and kinds as unevenly common as in a city. Ours:
a page of 50 as the API gives it out, from the filter to the bytes (`list_orders` and JSON), the same through
the whole application over ASGI, and the key figures of 30 days. Baseline in the same run, call by call with
the same values: the bare driver with the same SQL, rows fetched and thrown away. Times are of single calls
on a warm cache, one after the other; the 95th percentile of each kind is told, not of a mix of them.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import msgspec
import psycopg

from benchmarks.rows import Row
from contract.timestamps import rfc3339
from contract.workorder import Page
from hub.api.order_query import cursor_of
from hub.app import create_app
from hub.config import HubConfig
from hub.store import kpis, orders, schema, tokens
from hub.store.engine import Database
from hub.store.orders import Box, OrderFilter
from tests.hub.postgres import fresh_schema, server

QUESTION = "12 lists"
ORDERS, QUICK_ORDERS, ROUNDS = 1_000_000, 100_000, 60
GOAL_MS, RATIO_GOAL = 100.0, 1.5
DISTRICT, SEED, LIMIT = "bench", 12, 50
NOW_NS, DAY_NS, HOUR_NS = 1_790_000_000 * 10**9, 86_400 * 10**9, 3600 * 10**9
YEARS_NS, OPEN_SHARE = 730 * DAY_NS, 0.015
WITH_LOG_NS = (
    65 * DAY_NS
)  # orders opened since then have audit rows and pauses: key figures ask for them
CLASSES = [f"{n:05d}" for n in range(6001, 6041)]
UNITS, KINDS = [f"unit-{n:02d}" for n in range(60)], [f"kind-{n:02d}" for n in range(20)]
RARE = "09999"
WEST, SOUTH, WIDE = 113.2, 23.1, 0.3
OPEN = ("dispatched",) * 12 + ("resolved",) * 3 + ("review", "no-owner", "returned", "shelved")
Values = tuple[Any, ...]
COLUMNS = (
    "id", "number", "district", "class_code", "catalogue", "kind", "state", "priority", "dedupe_key",
    "object", "slot", "lon", "lat", "area", "owner_unit", "owner_assisting", "policy_name",
    "policy_version", "observed_at", "opened_at", "dispatched_at", "resolved_at", "resolved_by",
    "closed_at", "due_at", "due_rule", "detail", "rework", "relapse_of", "last_at", "cell",
)  # fmt: skip
AUDIT = (
    "district", "seq", "at", "actor", "action", "subject", "from_state", "to_state", "prev_hash", "hash",
)  # fmt: skip
PAUSE = ("order_id", "begin_ns", "end_ns", "reason", "by")


@dataclass(frozen=True, slots=True)
class Made:
    """One generated order with what the log says of it."""

    order: Values
    log: tuple[Values, ...]
    pause: Values | None


@dataclass(frozen=True)
class Asked:
    """A kind of list: what we are asked, and the bare WHERE with its values."""

    wanted: OrderFilter
    where: str
    values: Values
    before: int | None = None


def made(count: int) -> Iterator[Made]:
    """In the order of their opening."""
    luck, audit_seq = Random(SEED), 1_000  # behind what the log has already
    common = [1 / (n + 1) for n in range(60)]
    begin_ns = NOW_NS - YEARS_NS
    for n in range(count):
        opened_ns = begin_ns + YEARS_NS * n // count
        name = f"{luck.getrandbits(96):024x}"
        state = luck.choice(OPEN) if luck.random() < OPEN_SHARE else "closed"
        if state == "closed" and luck.random() < 0.02:
            state = "void"
        handled_ns = opened_ns + int(luck.expovariate(1 / 20) * HOUR_NS)
        ended_ns = handled_ns + int(luck.expovariate(1 / 2) * HOUR_NS)
        opened, done = rfc3339(opened_ns), state in {"closed", "void"}
        asked = state not in {"review", "no-owner"}
        handled = state in {"closed", "resolved"}
        actor = f"token/person-{luck.randrange(200)}"
        lon, lat = WEST + luck.random() * WIDE, SOUTH + luck.random() * WIDE
        rare = n % (count // 20) == 7
        order = (
            name, f"2026-{n:07d}", DISTRICT,
            RARE if rare else luck.choices(CLASSES, common[:40])[0], "gbt47678-2026",
            luck.choices(KINDS, common[:20])[0], state, "normal", f"key-{n}",
            f"camera/{luck.randrange(5_000)}", f"cs-{luck.randrange(300):03d}", lon, lat,
            f"area-{luck.randrange(400)}", luck.choices(UNITS, common)[0] if asked else None, "[]",
            "litter", 1, opened, opened, opened if asked else None,
            rfc3339(handled_ns) if handled else None, actor if handled else None,
            rfc3339(ended_ns) if done else None,
            None if state == "shelved" else rfc3339(opened_ns + 24 * HOUR_NS), "edile-1",
            "Waste beside the bins, three bags and a mattress.", int(luck.random() < 0.05),
            name if luck.random() < 0.01 else None, opened, f"{int(lon * 500)}:{int(lat * 500)}",
        )  # fmt: skip
        log: list[Values] = []
        pause = None
        if opened_ns >= NOW_NS - WITH_LOG_NS:
            steps: list[tuple[str, str, str, str | None, str]]
            steps = [(opened, "gateway/cs-001", "opened", None, "dispatched")]
            if done:
                steps.append((rfc3339(ended_ns), actor, "moved", "resolved", state))
            for at, who, action, origin, to in steps:
                audit_seq += 1
                subject = f"work-order/{name}"
                log.append((DISTRICT, audit_seq, at, who, action, subject, origin, to, "-", "-"))
            if luck.random() < 0.03:
                pause = (name, opened_ns, opened_ns + HOUR_NS, "shelved", actor)
        yield Made(order, tuple(log), pause)


def questions(luck: Random, count: int) -> dict[str, Asked]:
    """One of each kind, with values that differ from round to round."""
    kind, unit, code = luck.choice(KINDS), luck.choice(UNITS), luck.choice(CLASSES)
    day_ns = NOW_NS - luck.randrange(700) * DAY_NS
    since, until = rfc3339(day_ns - 7 * DAY_NS), rfc3339(day_ns)
    west, south = WEST + luck.random() * 0.29, SOUTH + luck.random() * 0.29
    box = Box(west, south, west + 0.01, south + 0.01)
    thing = f"camera/{luck.randrange(5_000)}"
    inside = "lat BETWEEN ? AND ? AND lon BETWEEN ? AND ?"
    return {
        "all": Asked(OrderFilter(), "", ()),
        "a page far back": Asked(OrderFilter(), "", (), before=luck.randrange(count // 2) + 99),
        "state": Asked(OrderFilter(states=("dispatched",)), "state IN (?)", ("dispatched",)),
        "unit": Asked(OrderFilter(unit=unit), "owner_unit = ?", (unit,)),
        "unit, open": Asked(
            OrderFilter(unit=unit, states=("dispatched", "returned")),
            "state IN (?, ?) AND owner_unit = ?",
            ("dispatched", "returned", unit),
        ),
        "kind": Asked(OrderFilter(kind=kind), "kind = ?", (kind,)),
        "class": Asked(OrderFilter(class_code=code), "class_code = ?", (code,)),
        "a rare class": Asked(OrderFilter(class_code=RARE), "class_code = ?", (RARE,)),
        "object": Asked(OrderFilter(object=thing), "object = ?", (thing,)),
        "a week": Asked(
            OrderFilter(since=since, until=until),
            "observed_at >= ? AND observed_at < ?",
            (since, until),
        ),
        "a box of 1 km": Asked(
            OrderFilter(bbox=box), inside, (box.south, box.north, box.west, box.east)
        ),
    }


def measure(*, quick: bool) -> list[Row]:
    count = QUICK_ORDERS if quick else ORDERS
    with TemporaryDirectory() as folder:
        rows = _measured(f"sqlite:///{folder}/hub.db", count, "SQLite")
    try:
        with server(fsync=True) as socket:
            rows += _measured(fresh_schema(socket), count, "PostgreSQL")
    except FileNotFoundError as error:
        print(f"12 lists: PostgreSQL not measured, {error}", file=sys.stderr)
    return rows


def _measured(url: str, count: int, title: str) -> list[Row]:
    database = Database.open(url)
    try:
        schema.migrate(database)
        database.close()
        fill(url, made(count))
        database = Database.open(url)
        rows = timed(database, url, count, title)
    finally:
        database.close()
    return [*rows, *_through_the_app(url, count, title)]


def timed(database: Database, url: str, count: int, title: str) -> list[Row]:
    """Rows of one database that is filled."""
    rows: list[Row] = []
    with _bare(url) as bare:
        ours, base = _lists(database, bare, count)
        rows += [_row(f"page of {LIMIT}: {kind}, {title}", ours[kind], base[kind]) for kind in ours]
        ours, base = _figures(database, bare)
        rows += [_row(f"30 days: {name}, {title}", ours[name], base[name]) for name in ours]
    return rows


def _through_the_app(url: str, count: int, title: str) -> list[Row]:
    """Token, route, query, filter, page, headers: all kinds of list in turn, in one figure."""
    database = Database.open(url)
    with database.write() as conn:
        token = tokens.add_token(
            conn,
            district=DISTRICT,
            name="bench",
            role="viewer",
            at=rfc3339(NOW_NS),
            entropy=os.urandom,
        )
    database.close()
    with TemporaryDirectory() as folder:
        app = create_app(
            HubConfig(database=url, data_dir=Path(folder), hub_id="bench-hub", district=DISTRICT)
        )
        try:
            took = asyncio.run(_requested(app, token, count))
        finally:
            app.state.box.database.close()
    return [_row(f"GET /v1/work-orders, every kind in turn, {title}", took, [])]


async def _requested(app: object, token: str, count: int) -> list[float]:
    luck, took = Random(SEED), []
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://hub", headers=headers
    ) as client:
        for number in range(-2, ROUNDS):
            for asked in questions(luck, count).values():
                begun = time.perf_counter()
                answer = await client.get("/v1/work-orders", params=_query(asked))
                if answer.status_code != 200:
                    raise RuntimeError(f"the hub answered {answer.status_code}: {answer.text}")
                if number >= 0:
                    took.append(time.perf_counter() - begun)
    return took


def _query(asked: Asked) -> dict[str, Any]:
    wanted, box = asked.wanted, asked.wanted.bbox
    query = {
        "state": list(wanted.states),
        "kind": wanted.kind,
        "class_code": wanted.class_code,
        "unit": wanted.unit,
        "object": wanted.object,
        "since": wanted.since,
        "until": wanted.until,
        "bbox": None if box is None else f"{box.west},{box.south},{box.east},{box.north}",
        "cursor": None if asked.before is None else cursor_of(asked.before, wanted),
    }
    return {name: value for name, value in query.items() if value}


Times = dict[str, list[float]]
Bare = Callable[[str, Sequence[Any] | Mapping[str, Any]], object]


def _lists(database: Database, bare: Bare, count: int) -> tuple[Times, Times]:
    luck, ours, base = Random(SEED), Times(), Times()
    encoder = msgspec.json.Encoder()
    for number in range(-2, ROUNDS):
        for kind, asked in questions(luck, count).items():
            begun = time.perf_counter()
            with database.read() as conn:
                items, _ = orders.list_orders(
                    conn, DISTRICT, asked.wanted, before=asked.before, limit=LIMIT
                )
                encoder.encode(Page(items=items))
            took = time.perf_counter() - begun
            sql, values = _bare_list(asked)
            begun = time.perf_counter()
            bare(sql, values)
            if number >= 0:  # the first two warm both up
                ours.setdefault(kind, []).append(took)
                base.setdefault(kind, []).append(time.perf_counter() - begun)
    return ours, base


def _bare_list(asked: Asked) -> tuple[str, Values]:
    clauses, values = ["district = ?"], list[Any]([DISTRICT])
    if asked.where:
        clauses.append(asked.where)
        values += asked.values
    if asked.before is not None:
        clauses.append("seq < ?")
        values.append(asked.before)
    where = " AND ".join(clauses)
    sql = f"SELECT * FROM work_order WHERE {where} ORDER BY seq DESC LIMIT {LIMIT + 1}"
    return sql, tuple(values)


def _figures(database: Database, bare: Bare) -> tuple[Times, Times]:
    luck, ours, base = Random(SEED), Times(), Times()
    for number in range(-1, ROUNDS // 3):
        until_ns = NOW_NS - luck.randrange(30) * DAY_NS
        asked: dict[str, Any] = {
            "district": DISTRICT,
            "since": rfc3339(until_ns - 30 * DAY_NS),
            "until": rfc3339(until_ns),
            "at": rfc3339(NOW_NS),
            "by": luck.choice(("all", "unit", "area", "class")),
        }
        begun = time.perf_counter()
        with database.read() as conn:
            kpis.figures(conn, **asked)
        took = time.perf_counter() - begun
        together = 0.0
        for name in kpis.FILES:
            begun = time.perf_counter()
            bare(kpis.statement(name), asked)
            one = time.perf_counter() - begun
            together += one
            if number >= 0:
                ours.setdefault(name, []).append(one)
                base.setdefault(name, [])
        if number >= 0:
            ours.setdefault("all key figures", []).append(took)
            base.setdefault("all key figures", []).append(together)
    return ours, base


def _row(figure: str, ours: list[float], base: list[float]) -> Row:
    mine = _p95(ours) * 1e3
    if not base:
        return Row(
            QUESTION,
            f"p95, {figure}",
            mine,
            "ms",
            None,
            "",
            None,
            f"<= {GOAL_MS:g} ms",
            mine <= GOAL_MS,
        )
    bare = _p95(base) * 1e3
    ratio = mine / bare
    goal = f"<= {GOAL_MS:g} ms, <= {RATIO_GOAL}x"
    met = mine <= GOAL_MS and ratio <= RATIO_GOAL
    return Row(QUESTION, f"p95, {figure}", mine, "ms", bare, "the bare SQL", ratio, goal, met)


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]


# -- the databases themselves


@contextmanager
def _bare(url: str) -> Iterator[Bare]:
    """The driver alone; `?` and `:name` as SQLite has them."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(f"file:{_file(url)}?mode=ro", uri=True)) as lite:
            yield lambda sql, values: lite.execute(sql, values).fetchall()
        return
    with psycopg.connect(_plain(url), autocommit=True) as conn:
        yield lambda sql, values: conn.execute(_native(sql), values).fetchall()


def _native(sql: str) -> str:
    sql = "\n".join(line for line in sql.splitlines() if not line.startswith("--"))
    sql = sql.replace("%", "%%").replace("?", "%s")
    for name in ("district", "since", "until", "at", "by"):
        sql = sql.replace(f":{name}", f"%({name})s")
    return sql


def fill(url: str, all_: Iterable[Made]) -> None:
    """Past every check: what is asked for is how fast it is read."""
    if url.startswith("sqlite"):
        _fill_sqlite(_file(url), all_)
    else:
        _fill_postgresql(_plain(url), all_)


def _fill_sqlite(file: str, all_: Iterable[Made]) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as conn:
        conn.execute("PRAGMA synchronous=OFF")
        conn.execute("BEGIN")
        for some in _pieces(all_):
            for table, columns, rows in some:
                marks = ", ".join("?" * len(columns))
                names = ", ".join(f'"{one}"' for one in columns)
                conn.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
        conn.execute("COMMIT")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _fill_postgresql(url: str, all_: Iterable[Made]) -> None:
    with psycopg.connect(url) as conn:
        for some in _pieces(all_):
            for table, columns, rows in some:
                names = ", ".join(f'"{one}"' for one in columns)
                with conn.cursor().copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
        conn.commit()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE")  # as autovacuum has done by then


def _pieces(all_: Iterable[Made]) -> Iterator[list[tuple[str, Values, list[Values]]]]:
    waiting: list[Made] = []
    for one in all_:
        waiting.append(one)
        if len(waiting) == 20_000:
            yield _tables(waiting)
            waiting = []
    if waiting:
        yield _tables(waiting)


def _tables(some: list[Made]) -> list[tuple[str, Values, list[Values]]]:
    return [
        ("work_order", COLUMNS, [one.order for one in some]),
        ("audit", AUDIT, [row for one in some for row in one.log]),
        ("order_pause", PAUSE, [one.pause for one in some if one.pause is not None]),
    ]


def _file(url: str) -> str:
    return url.removeprefix("sqlite:///")


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg", "postgresql")
