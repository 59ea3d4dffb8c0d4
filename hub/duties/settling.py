"""Duties computed anew from their visits, and what dispatching then has to hear. In the caller's transaction,
which holds `audit.lock` of the district."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from contract.timestamps import parse_rfc3339, rfc3339
from hub.dispatching.detections import Detection
from hub.duties.course import Told, reconciled
from hub.duties.kinds import DutyBook, DutyKind
from hub.duties.openings import Opener, problem_of, word
from hub.duties.rows import columns, reason_of, stood
from hub.store import duties
from hub.store.duties import DutyRow

Photos = Mapping[int, tuple[str, ...]]


def settle(
    conn: sa.Connection,
    book: DutyBook,
    kind: DutyKind,
    rows: Sequence[DutyRow],
    *,
    at_ns: int,
    open_problem: Opener,
    photos: Photos | None = None,
) -> int:
    """Rows of one kind, none retired; how many words were told. `photos` (SHA-256 by number) go with the
    word that a visit causes."""
    ns = [row.n for row in rows]
    visits, problems = duties.visits(conn, ns), duties.problems(conn, ns)
    changes: list[tuple[int, dict[str, object]]] = []
    words: list[dict[str, object]] = []
    heard: list[Detection] = []
    computed_by, at = book.digest_of(kind), rfc3339(at_ns)
    for row in rows:
        now = stood(book, kind, row, visits.get(row.n, ()))
        told, conclusions = reconciled(kind, book.zone, now, told_of(row), at_ns=at_ns)
        made = columns(now, computed_by)
        fresh = row._replace(**made)  # type: ignore[arg-type]  # the columns of a row
        number = row.round
        for one in conclusions:
            number += 1
            problem = problem_of(fresh) if one.phase == "opened" else problems[row.n]
            said = fresh._replace(reason=one.reason)
            heard.append(
                word(
                    book, kind, said, phase=one.phase, number=number, problem_id=problem, at=at,
                    evidence=(photos or {}).get(row.n, ()),
                )
            )  # fmt: skip
            words.append(word_row(said, one.phase, number, problem, at))
        wake = str(made["late_at"]) if told is None else _text(told.again_ns)
        state = "waiting" if told is None else "open"
        changes.append((row.n, {**made, "state": state, "wake_at": wake, "round": number}))
    if heard:
        open_problem(
            conn, heard
        )  # first: what nobody has a scenario for is refused before all else
    duties.stand(conn, changes)
    duties.add_words(conn, words)
    return len(heard)


def told_of(row: DutyRow) -> Told | None:
    """What dispatching knows of it; when it was told is of no consequence."""
    if row.state != "open":
        return None
    again_ns = None if row.wake_at is None else parse_rfc3339(row.wake_at)
    return Told(reason_of(row), 0, again_ns)


def word_row(row: DutyRow, phase: str, number: int, problem: str, at: str) -> dict[str, object]:
    return {
        "duty_n": row.n,
        "round": number,
        "phase": phase,
        "reason": row.reason,
        "due_at": row.next_due_at,
        "problem_id": problem,
        "at": at,
    }


def _text(utc_ns: int | None) -> str | None:
    return None if utc_ns is None else rfc3339(utc_ns)
