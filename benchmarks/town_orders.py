"""Two years of generated work orders, and the databases that they are put into past every check.

15,000 of a million are open; classes, units and kinds are as unevenly common as in a city. Only the last
65 days have audit rows and pauses. Each was told of in two words by one of 300 gateways.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import psycopg

from contract.timestamps import rfc3339
from hub.dispatching.cells import cell_of

Values = tuple[Any, ...]
Bare = Callable[[str, Sequence[Any] | Mapping[str, Any]], object]
DISTRICT, SEED = "bench", 12
NOW_NS, DAY_NS, HOUR_NS = 1_790_000_000 * 10**9, 86_400 * 10**9, 3600 * 10**9
YEARS_NS, OPEN_SHARE = 730 * DAY_NS, 0.015
WITH_LOG_NS = 65 * DAY_NS  # key figures of the last 30 days ask for no older log
CLASSES = [f"{n:05d}" for n in range(6001, 6041)]
UNITS, KINDS = [f"unit-{n:02d}" for n in range(60)], [f"kind-{n:02d}" for n in range(20)]
RARE = "09999"
WEST, SOUTH, WIDE = 113.2, 23.1, 0.3
OPEN = ("dispatched",) * 12 + ("resolved",) * 3 + ("review", "no-owner", "returned", "shelved")
COLUMNS = (
    "id", "number", "district", "class_code", "catalogue", "kind", "state", "priority", "dedupe_key",
    "object", "slot", "lon", "lat", "area", "owner_unit", "owner_assisting", "policy_name",
    "policy_version", "observed_at", "opened_at", "dispatched_at", "resolved_at", "resolved_by",
    "closed_at", "due_at", "due_rule", "detail", "rework", "relapse_of", "last_at", "cell",
)  # fmt: skip
AUDIT = (
    "district", "seq", "at", "actor", "action", "subject", "from_state", "to_state", "prev_hash", "hash",
)  # fmt: skip
SIGHTING = (
    "district", "event_id", "order_id", "source", "problem_id", "phase", "observed_at", "received_at",
)  # fmt: skip
PAUSE = ("order_id", "begin_ns", "end_ns", "reason", "by")


@dataclass(frozen=True, slots=True)
class Made:
    """One generated order with what the log says of it."""

    order: Values
    words: tuple[Values, ...]
    log: tuple[Values, ...]
    pause: Values | None


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
        slot = f"cs-{luck.randrange(300):03d}"
        rare = n % (count // 20) == 7
        order = (
            name, f"2026-{n:07d}", DISTRICT,
            RARE if rare else luck.choices(CLASSES, common[:40])[0], "gbt47678-2026",
            luck.choices(KINDS, common[:20])[0], state, "normal", f"key-{n}",
            f"camera/{luck.randrange(5_000)}", slot, lon, lat,
            f"area-{luck.randrange(400)}", luck.choices(UNITS, common)[0] if asked else None, "[]",
            "litter", 1, opened, opened, opened if asked else None,
            rfc3339(handled_ns) if handled else None, actor if handled else None,
            rfc3339(ended_ns) if done else None,
            None if state == "shelved" else rfc3339(opened_ns + 24 * HOUR_NS), "edile-1",
            "Waste beside the bins, three bags and a mattress.", int(luck.random() < 0.05),
            name if luck.random() < 0.01 else None, opened, cell_of(lon, lat),
        )  # fmt: skip
        words = [
            (DISTRICT, f"{source}#{n}.{phase}", name, source, f"p-{n}", phase, opened, opened)
            for source in (f"/{DISTRICT}/{slot}",)
            for phase in ("opened", "updated")
        ]
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
        yield Made(order, tuple(words), tuple(log), pause)


@contextmanager
def bare_driver(url: str) -> Iterator[Bare]:
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
        ("sighting", SIGHTING, [row for one in some for row in one.words]),
        ("audit", AUDIT, [row for one in some for row in one.log]),
        ("order_pause", PAUSE, [one.pause for one in some if one.pause is not None]),
    ]


def _file(url: str) -> str:
    return url.removeprefix("sqlite:///")


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg", "postgresql")
