"""14: what a sweep over 3.33 million duties costs on PostgreSQL (fsync on).

Ours: the hub's sweep with all it does (what is to be told read from the index, claimed in batches of a
thousand, words under their primary key, the rows out of the index, one commit each): first with a hundredth
of the duties late, an hour later, at once again with nothing to do, when another hundredth has become late,
and with a tenth late. In the fourth the opener is the hub's own, so the orders are opened, too; in the others
it counts the words. The baseline does the same to the same rows of duties, and opens no orders, by one bare
SQL statement, in one transaction, on a copy of the table.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import psycopg
import sqlalchemy as sa

import hub.duties
from benchmarks.rows import Row
from contract.timestamps import rfc3339
from hub.dispatching.detections import Detection
from hub.duties.documents import read_duties
from hub.duties.kinds import DutyBook
from hub.duties.openings import Opener, dispatched
from hub.duties.spans import due_after
from hub.duties.sweeping import sweep
from hub.store import schema
from hub.store.engine import Database
from hub.store.order_tables import work_order
from tests.hub.postgres import fresh_schema, server

QUESTION = "14 duties"
DISTRICT, DUTIES, GOAL_S = "bench", 3_330_000, 60.0
LATE = 0.01
NOW_NS = 1_790_000_000 * 10**9
HOUR_NS = 3600 * 10**9
_HUNDREDTH_H = int(
    365 * 24 * LATE
)  # in so many hours so much of what is due within a year becomes late
SHIPPED = Path(hub.duties.__file__).parent / "shipped" / "duties.yaml"
_KINDS = 6
_MADE = """
INSERT INTO duty (district, kind, object, lon, lat, address, unit, first_due_at, register_done_at,
  last_done_at, next_due_at, late_at, reason, tries, computed_by, state, wake_at, round)
SELECT 'bench', (%(kinds)s::text[])[1 + g %% 6], 'object-' || g, 113.2 + random() / 10, 23 + random() / 10,
  g || ' Long Road', 'unit-' || g %% 40, at, at, CASE WHEN g %% 50 = 0 THEN NULL ELSE at END, at, at,
  CASE WHEN g %% 50 = 0 THEN 'never' ELSE 'overdue' END, 0, (%(by)s::text[])[1 + g %% 6], 'waiting', at, 0
FROM (SELECT g, to_char((%(now)s::timestamptz + make_interval(secs => CASE
    WHEN random() < %(late)s THEN -random() * 30 * 86400 ELSE 1 + random() * 365 * 86400 END))
  AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at FROM generate_series(1, %(count)s) AS g) AS made
"""
_BARE = """
WITH late AS (
  UPDATE bare SET state = 'open', round = round + 1, wake_at = (%(again)s::jsonb)->>kind
  WHERE wake_at IS NOT NULL AND wake_at <= %(now)s RETURNING n, round, reason, next_due_at)
INSERT INTO bare_word (duty_n, round, phase, reason, due_at, problem_id, at)
SELECT n, round, 'opened', reason, next_due_at, 'p', %(now)s FROM late
"""


@dataclass
class _Counting:
    """What was told; `then` is told it, too."""

    then: Opener | None = None
    words: int = 0

    def __call__(self, conn: sa.Connection, words: Sequence[Detection]) -> None:
        self.words += len(words)
        if self.then is not None:
            self.then(conn, words)


@dataclass
class _Loaded:
    database: Database
    plain: str
    book: DutyBook


@contextmanager
def _loaded(socket: Path, duties: int) -> Iterator[_Loaded]:
    """Rows as an import leaves them, each computed by the document in force."""
    url = fresh_schema(socket)
    plain = url.replace("postgresql+psycopg", "postgresql")
    database = Database.open(url)
    schema.migrate(database)
    book = read_duties("duties.yaml", SHIPPED.read_bytes())
    made = {
        "kinds": list(book.kinds),
        "by": [book.digest_of(kind) for kind in book.kinds.values()],
        "now": rfc3339(NOW_NS),
        "late": LATE,
        "count": duties,
    }
    if len(book.kinds) != _KINDS:
        raise RuntimeError(f"the shipped document has {len(book.kinds)} kinds, not {_KINDS}")
    with psycopg.connect(plain, autocommit=True) as conn:
        conn.execute(_MADE, made)
        conn.execute("CREATE TABLE bare (LIKE duty INCLUDING ALL)")
        conn.execute("INSERT INTO bare SELECT * FROM duty")
        conn.execute("CREATE TABLE bare_word (LIKE duty_word INCLUDING ALL)")
        conn.execute("VACUUM ANALYZE")
    try:
        yield _Loaded(database, plain, book)
    finally:
        database.close()


def _swept(loaded: _Loaded, at_ns: int, then: Opener | None) -> tuple[float, int]:
    """Seconds, words."""
    heard = _Counting(then)
    begun = perf_counter()
    found = sweep(loaded.database, DISTRICT, loaded.book, heard, at_ns=at_ns)
    took = perf_counter() - begun
    if found.opened + found.again != heard.words or found.computed or found.undecided:
        raise RuntimeError(f"the sweep says {found}, the opener heard {heard.words}")
    return took, heard.words


def _orders(loaded: _Loaded) -> int:
    with loaded.database.read() as conn:
        return conn.scalar(sa.select(sa.func.count()).select_from(work_order)) or 0


def _bare(loaded: _Loaded, at_ns: int) -> tuple[float, int]:
    kinds = loaded.book.kinds.values()
    again = {
        kind.name: rfc3339(due_after(loaded.book.zone, at_ns, kind.again))
        for kind in kinds
        if kind.again is not None
    }
    with psycopg.connect(loaded.plain) as conn:
        begun = perf_counter()
        told = conn.execute(_BARE, {"now": rfc3339(at_ns), "again": json.dumps(again)}).rowcount
        conn.commit()
        return perf_counter() - begun, told


def _measured(socket: Path, duties: int) -> list[Row]:
    with _loaded(socket, duties) as loaded:
        moments: list[tuple[str, int, Opener | None]] = [
            ("first sweep, 1 % late", 0, None),
            ("an hour later", 1, None),
            ("nothing to do", 1, None),
            ("another 1 % late, orders opened", 1 + _HUNDREDTH_H, dispatched),
            ("another 10 % late", 1 + 11 * _HUNDREDTH_H, None),
        ]
        rows = []
        for what, hours, then in moments:
            at_ns, before = NOW_NS + hours * HOUR_NS, _orders(loaded)
            bare_s, expected = _bare(loaded, at_ns)
            took, words = _swept(loaded, at_ns, then)
            if words != expected:
                raise RuntimeError(f"the sweep told {words}, bare SQL {expected}")
            opened = _orders(loaded) - before
            orders = f", {opened:,} orders" if then is not None else ""
            rows.append(
                Row(
                    question=QUESTION, figure=f"{duties:,} duties, {what}: {words:,} told{orders}",
                    ours=took, unit="s", baseline=bare_s,
                    baseline_name="one bare UPDATE ... RETURNING + INSERT",
                    ratio=took / bare_s if bare_s else None,
                    goal=f"< {GOAL_S:.0f} s", ok=took < GOAL_S,
                )
            )  # fmt: skip
        return rows


def measure(*, quick: bool) -> list[Row]:
    try:
        with server(fsync=True) as socket:
            return _measured(socket, 333_000 if quick else DUTIES)
    except FileNotFoundError as error:
        print(f"{QUESTION}: not measured, {error}", file=sys.stderr)
        return []
