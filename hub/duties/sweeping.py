"""The sweep: finds duties that have become late and hands them to dispatching, exactly once each.

One transaction per batch: rows are claimed through the index on `wake_at`, their words are written under a
primary key and handed on, the rows leave the index. A worker that dies in it has done nothing; two workers
take turns. What was told is not looked at again before it is to be told again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from contract.payloads.base import Phase
from contract.timestamps import rfc3339
from hub.dispatching.detections import Detection
from hub.duties.kinds import DutyBook, DutyKind
from hub.duties.openings import Opener, problem_of, word
from hub.duties.settling import settle, word_row
from hub.duties.spans import due_after
from hub.store import audit, duties
from hub.store.duties import DutyRow
from hub.store.engine import Database

BATCH = 500


@dataclass(slots=True)
class Swept:
    """`opened` problems, open ones told `again`, rows `computed` anew because the document changed."""

    opened: int = 0
    again: int = 0
    computed: int = 0
    batches: int = 0


def sweep(
    database: Database,
    district: str,
    book: DutyBook,
    open_problem: Opener,
    *,
    at_ns: int,
    batch: int = BATCH,
) -> Swept:
    """All that is late by `at_ns`. NotNow leaves what was done done, and the rest to the next sweep. Duties of
    kinds that the book does not know wait untouched."""
    done = Swept()
    done.computed = compute(database, district, book, open_problem, at_ns=at_ns, batch=batch)
    for kind in book.kinds.values():
        after, more = ("", 0), True
        while more:
            with database.write() as conn:
                audit.lock(conn, district)
                claimed = duties.claim(
                    conn, district, kind.name, now=rfc3339(at_ns), after=after, most=batch
                )
                if claimed.rows:
                    _tell(conn, book, kind, claimed.rows, at_ns=at_ns, open_problem=open_problem)
            # Behind the last one, not from the start: the index still holds what just left it.
            after, more = claimed.after, len(claimed.rows) == batch
            again = sum(row.state == "open" for row in claimed.rows)
            done.again += again
            done.opened += len(claimed.rows) - again
            done.batches += bool(claimed.rows)
    return done


def compute(
    database: Database,
    district: str,
    book: DutyBook,
    open_problem: Opener,
    *,
    at_ns: int,
    batch: int = BATCH,
) -> int:
    """Every duty by the document in force, unless it is so already; how many were not. Goes on where a
    worker that died had come to."""
    by_kind = {kind.name: book.digest_of(kind) for kind in book.kinds.values()}
    count, more = 0, True
    while more:
        with database.write() as conn:
            audit.lock(conn, district)
            known = duties.progress(conn, district)
            if known is not None and known.by == book.digest and known.whole:
                return count
            through = known.through_n if known is not None and known.by == book.digest else 0
            rows = duties.outdated(conn, district, by_kind, behind_n=through, most=batch)
            for name in by_kind:
                own = [row for row in rows if row.kind == name]
                if own:
                    kind = book.kinds[name]
                    settle(conn, book, kind, own, at_ns=at_ns, open_problem=open_problem)
            more = len(rows) == batch
            last = rows[-1].n if rows else through
            now = duties.Progress(book.digest, last, whole=not more)
            duties.put_progress(conn, district, now)
        count += len(rows)
    return count


def _tell(
    conn: sa.Connection,
    book: DutyBook,
    kind: DutyKind,
    rows: Sequence[DutyRow],
    *,
    at_ns: int,
    open_problem: Opener,
) -> None:
    """All at once: they differ in nothing that is written but their numbers."""
    ns, at = [row.n for row in rows], rfc3339(at_ns)
    problems = duties.problems(conn, [row.n for row in rows if row.state == "open"])
    words: list[dict[str, object]] = []
    heard: list[Detection] = []
    for row in rows:
        phase: Phase = "updated" if row.state == "open" else "opened"
        number = row.round + 1
        problem = problems[row.n] if row.state == "open" else problem_of(row)
        words.append(word_row(row, phase, number, problem, at))
        heard.append(word(book, kind, row, phase=phase, number=number, problem_id=problem, at=at))
    again = None if kind.again is None else rfc3339(due_after(book.zone, at_ns, kind.again))
    duties.mark_told(conn, ns, again)
    duties.add_words(conn, words)
    open_problem(conn, heard)
