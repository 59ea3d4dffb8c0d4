"""The engine itself, over an empty database in memory: what a draft would do is what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from hub.dispatching import Detection, Undecided, dispatch_many
from hub.dispatching.book import Book
from hub.replaying.outcome import Outcome, Row
from hub.store.every_table import metadata
from hub.store.flow_tables import order_problem
from hub.store.journal import begin
from hub.store.order_tables import sighting, work_order
from hub.store.tables import gateway

BATCH = 500


def replay(
    words: Sequence[Detection],
    book: Book,
    *,
    district: str,
    units: Mapping[str, str],
    progress: Callable[[int], None] = lambda _done: None,
) -> Outcome:
    """`units` are the gateways' own, by slot. `progress` is told how many words are done."""
    engine = sa.create_engine("sqlite://", poolclass=StaticPool)
    try:
        with engine.begin() as conn:
            metadata.create_all(conn, checkfirst=False)
            for slot, unit in units.items():
                conn.execute(gateway.insert().values(slot=slot, district=district, unit=unit))
            unanswered = _all(conn, words, book, district, progress)
            return _outcome(conn, unanswered)
    finally:
        engine.dispose()


def _all(
    conn: sa.Connection,
    words: Sequence[Detection],
    book: Book,
    district: str,
    progress: Callable[[int], None],
) -> dict[str, int]:
    """How many words of each kind nobody answers for."""
    unanswered: dict[str, int] = {}
    left, done = iter(words), 0
    while batch := list(islice(left, BATCH)):
        done += len(batch)
        journal = begin(conn, district)
        while batch:
            try:
                dispatch_many(journal, batch, book)
            except Undecided as failed:
                kind = batch[failed.at].kind
                unanswered[kind] = unanswered.get(kind, 0) + 1
                del batch[failed.at]
            else:
                break
        journal.flush()
        progress(done)
    return unanswered


def _outcome(conn: sa.Connection, unanswered: dict[str, int]) -> Outcome:
    seen = (
        sa.select(sighting.c.order_id, sa.func.count().label("words"))
        .group_by(sighting.c.order_id)
        .subquery()
    )
    rows = conn.execute(
        sa.select(work_order, sa.func.coalesce(seen.c.words, 0).label("words"))
        .join(seen, seen.c.order_id == work_order.c.id, isouter=True)
        .order_by(work_order.c.seq)
    )
    orders = [
        Row(
            policy=row.policy_name,
            kind=row.kind,
            class_code=row.class_code,
            object=row.object or "",
            state=row.state,
            priority=row.priority,
            unit=row.owner_unit,
            observed_at=row.observed_at,
            opened_at=row.opened_at,
            due_at=row.due_at,
            words=row.words,
            relapse=row.relapse_of is not None,
            reopened=row.reopened,
        )
        for row in rows
    ]
    unfiled = conn.scalar(
        sa.select(sa.func.count())
        .select_from(order_problem)
        .where(order_problem.c.order_id.is_(None))
    )
    return Outcome(orders=tuple(orders), unfiled=int(unfiled or 0), unanswered=unanswered)
