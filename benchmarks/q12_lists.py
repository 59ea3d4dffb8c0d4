"""Question 12: lists of work orders and key figures with 1 million generated orders, on both databases.

Two years of orders, 15,000 of them open; classes, units and kinds as unevenly common as in a city. Ours:
a page of 50 as the API gives it out, from the filter to the bytes (`list_orders` and JSON), the same through
the whole application over ASGI, and all key figures of 30 days whose ends lie within a day, past days kept
(docs/adr/0021). Baseline in the same run, call by call with the same values: the bare driver with the SQL
that one writes down for it (for key figures the published statements), rows fetched and thrown away. Times are
of single calls on a warm cache, one after the other; the 95th percentile of each kind is told, not of a mix.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator
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
from hub.store import kpi_days, kpis, schema, tokens
from hub.store.engine import Database
from hub.store.order_lists import Box, Last, OrderFilter, list_orders
from hub.store.order_rows import COLUMNS
from tests.hub.postgres import fresh_schema, server

QUESTION = "12 lists"
ORDERS, QUICK_ORDERS, ROUNDS = 1_000_000, 100_000, 60
GOAL_MS, RATIO_GOAL = 100.0, 1.5
LIMIT = 50
KEPT_DAYS = 65
IS_OPEN = ("review", "no-owner", "dispatched", "resolved", "returned", "shelved")
Times = dict[str, list[float]]


@dataclass(frozen=True)
class Asked:
    """A kind of list: what we are asked, and the bare WHERE with its values."""

    wanted: OrderFilter
    where: str
    values: Values
    after: Last | None = None


def questions(luck: Random, count: int) -> dict[str, Asked]:
    """One of each kind, with values that differ from round to round."""
    unit, code = luck.choice(UNITS), luck.choice(CLASSES)
    area = f"area-{luck.randrange(400)}"
    return {
        **_by_values(luck, count, unit, code, area),
        **_by_time_and_place(luck, count, unit, code, area),
    }


def _by_values(luck: Random, count: int, unit: str, code: str, area: str) -> dict[str, Asked]:
    kind, source = luck.choice(KINDS), f"/{DISTRICT}/cs-{luck.randrange(300):03d}"
    thing = f"camera/{luck.randrange(5_000)}"
    told = "EXISTS (SELECT 1 FROM sighting WHERE order_id = work_order.id AND source = ?)"
    back = Last(luck.randrange(count // 2) + 99)
    asked = OrderFilter
    return {
        "all": Asked(asked(), "", ()),
        "a page far back": Asked(asked(), "", (), after=back),
        "state": Asked(asked(states=("dispatched",)), "state IN (?)", ("dispatched",)),
        "open": Asked(asked(states=IS_OPEN), f"state IN ({_marks(IS_OPEN)})", IS_OPEN),
        "unit": Asked(asked(unit=unit), "owner_unit = ?", (unit,)),
        "unit, far back": Asked(asked(unit=unit), "owner_unit = ?", (unit,), after=back),
        "unit, open": Asked(
            asked(unit=unit, states=IS_OPEN),
            f"state IN ({_marks(IS_OPEN)}) AND owner_unit = ?",
            (*IS_OPEN, unit),
        ),
        "kind": Asked(asked(kind=kind), "kind = ?", (kind,)),
        "class": Asked(asked(class_code=code), "class_code = ?", (code,)),
        "a rare class": Asked(asked(class_code=RARE), "class_code = ?", (RARE,)),
        "unit, class": Asked(
            asked(unit=unit, class_code=code), "owner_unit = ? AND class_code = ?", (unit, code)
        ),
        "area": Asked(asked(area=area), "area = ?", (area,)),
        "area, unit, class": Asked(
            asked(area=area, unit=unit, class_code=code),
            "area = ? AND owner_unit = ? AND class_code = ?",
            (area, unit, code),
        ),
        "object": Asked(asked(object=thing), "object = ?", (thing,)),
        "source": Asked(asked(source=source), told, (source,)),
        "source, class": Asked(
            asked(source=source, class_code=code), f"{told} AND class_code = ?", (source, code)
        ),
    }


def _by_time_and_place(
    luck: Random, count: int, unit: str, code: str, area: str
) -> dict[str, Asked]:
    day_ns = NOW_NS - luck.randrange(700) * DAY_NS
    since, until = rfc3339(day_ns - 7 * DAY_NS), rfc3339(day_ns)
    halfway = rfc3339(day_ns - 4 * DAY_NS)
    west, south = WEST + luck.random() * 0.29, SOUTH + luck.random() * 0.29
    box, wide = Box(west, south, west + 0.01, south + 0.01), Box(WEST, SOUTH, WEST + 0.1, SOUTH + 1)
    week: dict[str, Any] = {"since": since, "until": until}
    during = "observed_at >= ? AND observed_at < ?"
    inside = "lat BETWEEN ? AND ? AND lon BETWEEN ? AND ?"
    asked = OrderFilter
    return {
        "a week": Asked(asked(**week), during, (since, until)),
        "a week, halfway": Asked(asked(**week), during, (since, until), after=Last(count, halfway)),
        "a week, unit, class": Asked(
            asked(**week, unit=unit, class_code=code),
            f"{during} AND owner_unit = ? AND class_code = ?",
            (since, until, unit, code),
        ),
        "a week, area": Asked(
            asked(**week, area=area), f"{during} AND area = ?", (since, until, area)
        ),
        "a box of 1 km": Asked(asked(bbox=box), inside, (box.south, box.north, box.west, box.east)),
        "a third of the town": Asked(
            asked(bbox=wide), inside, (wide.south, wide.north, wide.west, wide.east)
        ),
        "a box of 1 km, class, a week": Asked(
            asked(**week, bbox=box, class_code=code),
            f"{during} AND {inside} AND class_code = ?",
            (since, until, box.south, box.north, box.west, box.east, code),
        ),
    }


def _marks(values: Values) -> str:
    return ", ".join("?" * len(values))


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
        _keep_days(database)
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
            HubConfig(
                database=url,
                data_dir=Path(folder),
                hub_id="bench-hub",
                district=DISTRICT,
                utc_ns=lambda: NOW_NS,
            )
        )
        try:
            lists, figures = asyncio.run(_requested(app, token, count))
        finally:
            app.state.box.database.close()
    return [
        _row(f"GET /v1/work-orders, every kind in turn, {title}", lists, []),
        _row(f"GET /v1/kpis, 30 days, {title}", figures, []),
    ]


async def _requested(app: object, token: str, count: int) -> tuple[list[float], list[float]]:
    luck, lists, figures = Random(SEED), list[float](), list[float]()
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://hub", headers=headers
    ) as client:

        async def timed_get(path: str, params: dict[str, Any]) -> float:
            begun = time.perf_counter()
            answer = await client.get(path, params=params)
            if answer.status_code != 200:
                raise RuntimeError(f"the hub answered {answer.status_code}: {answer.text}")
            return time.perf_counter() - begun

        for number in range(-2, ROUNDS):
            for asked in questions(luck, count).values():
                took = await timed_get("/v1/work-orders", _query(asked))
                if number >= 0:
                    lists.append(took)
        for number, period in zip(range(-1, ROUNDS // 3), periods(), strict=False):
            took = await timed_get("/v1/kpis", period)
            if number >= 0:
                figures.append(took)
    return lists, figures


def _query(asked: Asked) -> dict[str, Any]:
    wanted, box = asked.wanted, asked.wanted.bbox
    query = {
        "state": list(wanted.states),
        "kind": wanted.kind,
        "class_code": wanted.class_code,
        "unit": wanted.unit,
        "area": wanted.area,
        "object": wanted.object,
        "source": wanted.source,
        "since": wanted.since,
        "until": wanted.until,
        "bbox": None if box is None else f"{box.west},{box.south},{box.east},{box.north}",
        "cursor": None if asked.after is None else cursor_of(asked.after, wanted),
    }
    return {name: value for name, value in query.items() if value}


def _lists(database: Database, bare: Bare, count: int) -> tuple[Times, Times]:
    luck, ours, base = Random(SEED), Times(), Times()
    encoder = msgspec.json.Encoder()
    for number in range(-2, ROUNDS):
        for kind, asked in questions(luck, count).items():
            begun = time.perf_counter()
            with database.read() as conn:
                items, _ = list_orders(conn, DISTRICT, asked.wanted, after=asked.after, limit=LIMIT)
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
    """What one writes down for it: the same columns, conditions and order."""
    clauses, values = ["district = ?"], list[Any]([DISTRICT])
    if asked.where:
        clauses.append(asked.where)
        values += asked.values
    order = "seq DESC"
    if asked.wanted.timed:
        order = "observed_at DESC, seq DESC"
    if asked.after is not None and asked.wanted.timed:
        clauses.append("(observed_at, seq) < (?, ?)")
        values += [asked.after.at, asked.after.seq]
    elif asked.after is not None:
        clauses.append("seq < ?")
        values.append(asked.after.seq)
    columns, where = ", ".join((*COLUMNS, "seq")), " AND ".join(clauses)
    sql = f"SELECT {columns} FROM work_order WHERE {where} ORDER BY {order} LIMIT {LIMIT + 1}"
    return sql, tuple(values)


def _keep_days(database: Database) -> None:
    """As the hub has done by then; older days than these are not asked for."""
    with database.read() as conn:
        days = kpi_days.missing(conn, DISTRICT, at=rfc3339(NOW_NS))[:KEPT_DAYS]
    for day in days:
        with database.write() as conn:
            kpi_days.rebuild(conn, DISTRICT, day)


def periods() -> Iterator[dict[str, Any]]:
    """Thirty days that end within the last month, not at a day's end, by one axis or none."""
    luck = Random(SEED)
    while True:
        until_ns = NOW_NS - luck.randrange(30) * DAY_NS
        yield {
            "since": rfc3339(until_ns - 30 * DAY_NS),
            "until": rfc3339(until_ns),
            "by": luck.choice(("all", "unit", "area", "class")),
        }


def _figures(database: Database, bare: Bare) -> tuple[Times, Times]:
    ours, base = Times(), Times()
    for number, period in zip(range(-1, ROUNDS // 3), periods(), strict=False):
        asked = {"district": DISTRICT, "at": rfc3339(NOW_NS), **period}
        begun = time.perf_counter()
        with database.read() as conn:
            kpi_days.figures(conn, **asked)
        took = time.perf_counter() - begun
        together = 0.0
        for name in kpis.FILES:
            begun = time.perf_counter()
            bare(kpis.statement(name), asked)
            together += time.perf_counter() - begun
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
