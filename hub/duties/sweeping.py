"""The sweep: finds duties that have become late and hands them to dispatching, exactly once each.

One transaction per batch: rows are claimed through the index on `wake_at`, their words are written under a
primary key and handed on, the rows leave the index. A worker that dies in it has done nothing; two workers
take turns. What was told is not looked at again before it is to be told again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from contract.payloads.base import Phase
from contract.timestamps import rfc3339
from hub.dispatching.detections import Detection
from hub.dispatching.opening import Undecided
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
    """`opened` problems, open ones told `again`, rows `computed` anew because the document changed.
    `undecided`: kinds that no scenario answers for, and what dispatching said; theirs wait untouched."""

    opened: int = 0
    again: int = 0
    computed: int = 0
    batches: int = 0
    undecided: dict[str, str] = field(default_factory=dict)


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
    compute(database, district, book, open_problem, at_ns=at_ns, done=done, batch=batch)
    for kind in book.kinds.values():
        after, more = ("", 0), True
        while more:
            try:
                with database.write() as conn:
                    audit.lock(conn, district)
                    claimed = duties.claim(
                        conn, district, kind.name, now=rfc3339(at_ns), after=after, most=batch
                    )
                    if claimed.rows:
                        _tell(
                            conn, book, kind, claimed.rows, at_ns=at_ns, open_problem=open_problem
                        )
            except Undecided as error:
                done.undecided[kind.name] = str(error)
                break
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
    done: Swept,
    batch: int = BATCH,
) -> None:
    """Every duty by the document in force, unless it is so already. Goes on where a worker that died had
    come to; kinds that no scenario answers for are gone through again by the next sweep."""
    by_kind = {kind.name: book.digest_of(kind) for kind in book.kinds.values()}
    more = True
    while more:
        with database.write() as conn:
            audit.lock(conn, district)
            known = duties.progress(conn, district)
            if known is not None and known.by == book.digest and known.whole:
                return
            through = known.through_n if known is not None and known.by == book.digest else 0
            rows = duties.outdated(conn, district, by_kind, behind_n=through, most=batch)
            for name in by_kind:
                own = [row for row in rows if row.kind == name]
                try:
                    if own:
                        kind = book.kinds[name]
                        settle(conn, book, kind, own, at_ns=at_ns, open_problem=open_problem)
                        done.computed += len(own)
                except Undecided as error:  # before anything of these was written
                    done.undecided[name] = str(error)
            more = len(rows) == batch
            last = rows[-1].n if rows else through
            whole = not more and not done.undecided
            now = duties.Progress(book.digest, last if more or whole else 0, whole)
            duties.put_progress(conn, district, now)


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
    open_problem(conn, heard)
    duties.mark_told(conn, ns, again)
    duties.add_words(conn, words)
