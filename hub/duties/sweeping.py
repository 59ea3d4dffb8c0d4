"""The sweep: finds duties that have become late and hands them to dispatching, exactly once each.

What is to be looked at is read from the index on `wake_at`, the longest overdue first, up to WINDOW of a
kind; these are gone through by number, that is in the order in which they lie on the disk, so that a page is
read and written once. One transaction per batch: the rows that are still to be told are held, their words are
written under a primary key and handed on, the rows leave the index. A worker that dies in it has done
nothing; two workers take turns. What was told is not looked at again before it is to be told again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from contract.payloads.base import Phase
from contract.timestamps import rfc3339
from hub.dispatching.detections import Detection
from hub.dispatching.opening import Undecided
from hub.duties.kinds import DutyBook
from hub.duties.openings import Opener, problem_of, word
from hub.duties.settling import settle, word_row
from hub.duties.spans import due_after
from hub.store import audit, duties
from hub.store.duties import DutyRow
from hub.store.engine import Database

BATCH = 1_000
WINDOW = 50_000  # of each kind, in memory at a time


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
    window: int = WINDOW,
) -> Swept:
    """All that is late by `at_ns`. NotNow leaves what was done done, and the rest to the next sweep. Duties of
    kinds that the book does not know wait untouched."""
    done = Swept()
    compute(database, district, book, open_problem, at_ns=at_ns, done=done, batch=batch)
    for ns in _windows(database, district, book, done, at_ns=at_ns, window=window):
        for start in range(0, len(ns), batch):
            _tell_batch(
                database, district, book, ns[start : start + batch],
                at_ns=at_ns, open_problem=open_problem, done=done,
            )  # fmt: skip
    return done


def _windows(
    database: Database, district: str, book: DutyBook, done: Swept, *, at_ns: int, window: int
) -> Iterator[list[int]]:
    """Numbers of duties to be looked at, in order; kinds that turned out to be undecided are left out."""
    after = dict.fromkeys(book.kinds, duties.START)
    while after:
        ns: list[int] = []
        with database.read() as conn:
            for name in list(after):
                found = [] if name in done.undecided else duties.waking(
                    conn, district, name, now=rfc3339(at_ns), after=after[name], most=window
                )  # fmt: skip
                ns += [one.n for one in found]
                # Behind the last one, not from the start: the index still holds what just left it.
                after[name] = found[-1] if found else after[name]
                if len(found) < window:
                    del after[name]
        yield sorted(ns)


def _tell_batch(
    database: Database,
    district: str,
    book: DutyBook,
    ns: Sequence[int],
    *,
    at_ns: int,
    open_problem: Opener,
    done: Swept,
) -> None:
    """One transaction. If there is a kind that no scenario answers for, it is rolled back, and made again
    without that kind."""
    while True:
        rows: list[DutyRow] = []
        try:
            with database.write() as conn:
                audit.lock(conn, district)
                claimed = duties.claim(conn, ns, now=rfc3339(at_ns))
                rows = [row for row in claimed if row.kind not in done.undecided]
                if rows:
                    _tell(conn, book, rows, at_ns=at_ns, open_problem=open_problem)
        except Undecided as error:
            done.undecided[rows[error.at].kind] = str(error)
        else:
            break
    again = sum(row.state == "open" for row in rows)
    done.again += again
    done.opened += len(rows) - again
    done.batches += bool(rows)


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
    rows: Sequence[DutyRow],
    *,
    at_ns: int,
    open_problem: Opener,
) -> None:
    """All at once: they differ in little that is written but their numbers. One word each, in their order."""
    at = rfc3339(at_ns)
    problems = duties.problems(conn, [row.n for row in rows if row.state == "open"])
    words: list[dict[str, object]] = []
    heard: list[Detection] = []
    told: dict[str | None, list[int]] = {}
    again = {
        kind.name: None if kind.again is None else rfc3339(due_after(book.zone, at_ns, kind.again))
        for kind in book.kinds.values()
    }
    for row in rows:
        phase: Phase = "updated" if row.state == "open" else "opened"
        number, kind = row.round + 1, book.kinds[row.kind]
        problem = problems[row.n] if row.state == "open" else problem_of(row)
        words.append(word_row(row, phase, number, problem, at))
        heard.append(word(book, kind, row, phase=phase, number=number, problem_id=problem, at=at))
        told.setdefault(again[row.kind], []).append(row.n)
    open_problem(conn, heard)
    for next_wake, ns in told.items():
        duties.mark_told(conn, ns, next_wake)
    duties.add_words(conn, words)
