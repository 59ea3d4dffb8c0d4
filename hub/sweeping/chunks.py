"""The sweep: steps that are due, one transaction for each chunk of them.

A chunk holds its district, claims its steps, has their effects and marks them as taken, all at once or not
at all: a worker that dies in it has done nothing, two workers take turns. A step that fails is undone
alone, tried again later, and told when it has failed often.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field, replace

from contract.timestamps import rfc3339
from contract.workorder import Priority
from hub.dispatching.book import Book, book_of
from hub.dispatching.versions import policy_of
from hub.store import journal as journals
from hub.store import order_writes, timers
from hub.store.engine import WEATHER, Database
from hub.store.journal import Journal, Told
from hub.store.timers import Mark, TimerRow
from hub.sweeping.acting import ACTING
from hub.sweeping.cases import Case, Due, Effect, Result, SendWithin, cases_of
from hub.sweeping.telling import TELLING

LOG = logging.getLogger("edile.hub.sweep")
CHUNK = 50
"""Ingest waits while a chunk holds the district: some 40 ms."""

TOLD_AFTER_TRIES = 5
_FIRST_RETRY_S, _LONGEST_RETRY_S = 5, 3600
_EFFECTS = {**TELLING, **ACTING}


@dataclass(slots=True)
class Swept:
    """How many steps, by kind and by what came of them: `done`, `moot`, `waits`, `failed`. `more`: others
    may be due by now."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    more: bool = False

    def of(self, what: str) -> int:
        return sum(count for (_, came), count in self.counts.items() if came == what)


class _StepFailed(Exception):
    """A step's effect is at fault, and its alone."""


def sweep(
    database: Database, district: str, *, now_ns: int, send: SendWithin, limit: int = CHUNK
) -> Swept:
    """All that is due by then. NotNow leaves what was done done, and the rest to the next sweep."""
    whole = Swept()
    while True:
        chunk = sweep_chunk(database, district, now_ns=now_ns, send=send, limit=limit)
        whole.counts += chunk.counts
        if not chunk.more:
            return whole


def sweep_chunk(
    database: Database, district: str, *, now_ns: int, send: SendWithin, limit: int = CHUNK
) -> Swept:
    """At most `limit` steps, in one transaction; none at all where nothing is due."""
    now = rfc3339(now_ns)
    with database.read() as conn:
        if not timers.any_due(conn, district, now):
            return Swept()
    with database.write() as conn:
        journal = journals.begin(conn, district)
        rows = timers.claim(conn, district, now, limit)
        chunk = _Chunk(journal, book_of(conn, district), send, now_ns, now)
        chunk.load({row.order_id for row in rows})
        for row in rows:
            chunk.step(row)
        chunk.settle()
        journal.flush()
    return Swept(chunk.counts, more=len(rows) == limit or bool(chunk.stirred))


@dataclass(slots=True)
class _Chunk:
    """One transaction's steps. `stirred` are orders that one of them has changed."""

    journal: Journal
    book: Book
    send: SendWithin
    now_ns: int
    now: str
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    cases: dict[str, Case] = field(default_factory=dict)
    stirred: set[str] = field(default_factory=set)
    marks: list[Mark] = field(default_factory=list)

    def load(self, order_ids: set[str]) -> None:
        self.cases |= cases_of(self.journal.conn, self.journal.district, order_ids)

    def settle(self) -> None:
        timers.settle(self.journal.conn, self.marks, self.now)
        self.marks.clear()

    def step(self, row: TimerRow) -> None:
        kind = row.step.partition(":")[0]
        changes = kind not in TELLING or row.order_id in self.stirred
        try:
            result = self._changing(row) if changes else self._effect(row)
        except _StepFailed as failed:
            self._put_off(row, failed)
            self.counts[kind, "failed"] += 1
            return
        if result is None:
            return
        self.marks.append(Mark(row.n, result.text, waits=result.what == "waits"))
        self.counts[kind, result.what] += 1
        if result.priority is not None:
            self._raise_priority(row.order_id, result.priority)

    def _changing(self, row: TimerRow) -> Result | None:
        """Within a savepoint, after everything before it is written. None: it is not due any more."""
        conn = self.journal.conn
        self.settle()
        if row.order_id in self.stirred:
            self.cases.pop(row.order_id, None)
            self.load({row.order_id})
        with conn.begin_nested():
            if not timers.take(conn, self.journal.district, row.n, self.now):
                return None
            self.stirred.add(row.order_id)
            return self._effect(row)

    def _effect(self, row: TimerRow) -> Result:
        """What it noted is noted only when it did not fail. Raises _StepFailed."""
        case = self.cases.get(row.order_id)
        if case is None:
            return Result("moot", "there is no such order")
        conn, district = self.journal.conn, self.journal.district
        own = Journal(conn, district, self.journal.draw)
        try:
            due = Due(
                journal=own,
                book=self.book,
                send=self.send(conn, self.now_ns),
                row=row,
                case=case,
                policy=policy_of(conn, district, self.book, case.head),
                at_ns=self.now_ns,
                at=self.now,
            )
            result = _effect_of(row)(due)
        except WEATHER:
            raise  # the database's, not this step's fault
        except Exception as error:
            raise _StepFailed(f"{type(error).__name__}: {error}") from error
        self.journal.entries += own.entries
        self.journal.told += own.told
        return result

    def _raise_priority(self, order_id: str, to: Priority) -> None:
        head = self.cases[order_id].head
        changes = {"priority": to}
        order_writes.change_order(self.journal.conn, self.journal.district, order_id, changes)
        raised = replace(head, priority=to, version=head.version + 1)
        self.cases[order_id] = replace(self.cases[order_id], head=raised)

    def _put_off(self, row: TimerRow, failed: _StepFailed) -> None:
        tries = row.tries + 1
        wait_s = min(_FIRST_RETRY_S * 2 ** min(row.tries, 20), _LONGEST_RETRY_S)
        until = rfc3339(self.now_ns + wait_s * 10**9)
        timers.put_off(self.journal.conn, row.n, until=until, tries=tries, why=str(failed))
        LOG.error("%s of order %s failed (%d): %s", row.step, row.order_id, tries, failed)
        if tries == TOLD_AFTER_TRIES:
            data: dict[str, object] = {
                "step": row.step,
                "round": row.round,
                "tries": tries,
                "reason": str(failed),
            }
            subject = f"work-order/{row.order_id}"
            self.journal.tell(Told(self.now, "order.step-failed", subject, data))


def _effect_of(row: TimerRow) -> Effect:
    """KeyError for a kind that this hub does not know."""
    return _EFFECTS[row.step.partition(":")[0]]
