"""The word that dispatching is told about a duty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from contract.names import source_of
from contract.payloads.base import Phase
from contract.timestamps import rfc3339
from hub.dispatching.detections import Detection
from hub.dispatching.opening import dispatch_many
from hub.duties.kinds import DutyBook, DutyKind, Reason
from hub.duties.spans import day_end
from hub.store.duties import DutyRow
from hub.store.journal import begin

Opener = Callable[[sa.Connection, Sequence[Detection]], object]
"""Hands words to dispatching, in the caller's transaction, which holds `audit.lock` already."""

SLOT, EVENT_TYPE = "duties", "edile.duty.v1"
_SAYS: dict[Reason, str] = {
    "overdue": "not done since {last}, was due by {due}",
    "never": "never done, was due by {due}",
    "unreached": "nobody met at {tries} visits, due by {due}",
    "refused": "refused, due by {due}",
}


def problem_of(row: DutyRow) -> str:
    """One for all that is told between two doings."""
    return f"{row.kind}/{row.object}/{row.last_done_at or 'never'}"


def word(
    book: DutyBook,
    kind: DutyKind,
    row: DutyRow,
    *,
    phase: Phase,
    number: int,
    problem_id: str,
    at: str,
    evidence: tuple[str, ...] = (),
) -> Detection:
    """`number` is the round of the duty's words, so that each is another event and each repeat the same.
    It is observed when the hub concludes it: orders that were closed before do not take it."""
    reason = cast("Reason", row.reason)
    return Detection(
        district=row.district,
        slot=SLOT,
        event_id=f"{source_of(row.district, SLOT)}#{row.kind}/{row.object}/{number}",
        event_type=EVENT_TYPE,
        kind=kind.order_kind(reason),
        problem_id=problem_id,
        phase=phase,
        object=row.object,
        observed_at=at,
        received_at=at,
        lon=row.lon,
        lat=row.lat,
        detail=says(book, kind, row) if phase != "ended" else f"{kind.en}: no longer owed",
        evidence=evidence,
        class_code=kind.class_code,
        catalogue=kind.catalogue,
        facet=kind.name,
        source_kind="duty",
        unit=kind.unit or (row.unit if kind.owner == "duty" else None),
        address=row.address,
    )


def says(book: DutyBook, kind: DutyKind, row: DutyRow) -> str:
    """A line for people, with days of the district's zone."""
    due = _day(book.zone, row.next_due_at, ending=True)
    last = "" if row.last_done_at is None else _day(book.zone, row.last_done_at)
    text = _SAYS[cast("Reason", row.reason)].format(last=last, due=due, tries=row.tries)
    return f"{kind.zh} {kind.en}: {text}"


def _day(zone: ZoneInfo, text: str, *, ending: bool = False) -> str:
    """The day of an instant as `rfc3339` writes it; of one that ends a day, that day."""
    starts = _days_about(zone, text[:10])
    return next(day for start, day in starts if start < text or (start == text and not ending))


@lru_cache(maxsize=4096)
def _days_about(zone: ZoneInfo, utc_day: str) -> tuple[tuple[str, str], ...]:
    """When the zone's days about a day of UTC begin, the latest first: comparing texts costs a twentieth of
    asking the zone, and duties are told by the hundred thousand."""
    middle = date.fromisoformat(utc_day)
    days = [middle + timedelta(n) for n in (1, 0, -1)]
    return tuple((rfc3339(day_end(zone, one - timedelta(1))), one.isoformat()) for one in days)


def dispatched(conn: sa.Connection, words: Sequence[Detection]) -> None:
    """The opener of a running hub. All words are of one district."""
    if words:
        journal = begin(conn, words[0].district)
        dispatch_many(journal, words)
        journal.flush()
