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
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import msgspec

from benchmarks.rows import Row
from benchmarks.town_orders import (
    CLASSES,
    DAY_NS,
    DISTRICT,
    KINDS,
    NOW_NS,
    RARE,
    SEED,
    SOUTH,
    UNITS,
    WEST,
    Bare,
    Values,
    bare_driver,
    fill,
    made,
)
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
LIMIT = 50
Times = dict[str, list[float]]


@dataclass(frozen=True)
class Asked:
    """A kind of list: what we are asked, and the bare WHERE with its values."""

    wanted: OrderFilter
    where: str
    values: Values
    before: int | None = None


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
    with bare_driver(url) as bare:
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
