"""Between the database's rows and the pure course of a duty."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from contract.timestamps import parse_rfc3339, rfc3339
from hub.duties.course import Standing, Visit, standing
from hub.duties.kinds import DutyBook, DutyKind, Reason
from hub.store.duties import DutyRow, VisitRow


def stood(book: DutyBook, kind: DutyKind, row: DutyRow, visits: Iterable[VisitRow]) -> Standing:
    """Where the duty stands by the document in force. Visits that were struck do not count."""
    return standing(
        kind,
        book.zone,
        first_due_ns=parse_rfc3339(row.first_due_at),
        register_done_ns=_ns(row.register_done_at),
        visits=[visit_of(one) for one in visits if one.struck_at is None],
    )


def visit_of(row: VisitRow) -> Visit:
    return Visit(
        id=row.id, made_ns=parse_rfc3339(row.made_at), outcome=row.outcome, covered=row.covered
    )


def columns(now: Standing, computed_by: str) -> dict[str, object]:
    """What of a row follows from where its duty stands."""
    return {
        "last_done_at": _text(now.last_done_ns),
        "next_due_at": rfc3339(now.due_ns),
        "late_at": rfc3339(now.wake_ns),
        "reason": now.reason,
        "tries": now.tries,
        "revisit_at": _text(now.revisit_ns),
        "computed_by": computed_by,
    }


def reason_of(row: DutyRow) -> Reason:
    return cast("Reason", row.reason)


def _ns(text: str | None) -> int | None:
    return None if text is None else parse_rfc3339(text)


def _text(utc_ns: int | None) -> str | None:
    return None if utc_ns is None else rfc3339(utc_ns)
