"""A visit is recorded, or struck out; a duty is given up. Each in the caller's transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import msgspec
import sqlalchemy as sa

from contract.names import source_of
from contract.timestamps import parse_rfc3339, rfc3339
from hub.dispatching.detections import Detection
from hub.duties.course import proved
from hub.duties.kinds import DutyBook, DutyKind
from hub.duties.openings import EVENT_TYPE, SLOT, Opener, word
from hub.duties.settling import settle, told_of, word_row
from hub.errors import HubError
from hub.store import audit, duties
from hub.store.duties import DutyRow

AHEAD_NS = 300 * 10**9
"""How far a visitor's clock may be ahead (contract, section 6)."""


class VisitRefused(HubError):
    """The visit cannot be taken; the message says what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A visit as it is told: by whom, when (RFC 3339) and how it ended. `id` None: its own content names
    it, so that telling it twice is telling it once."""

    kind: str
    object: str
    outcome: str
    made_at: str
    by: str
    covered: float | None = None
    note: str | None = None
    photos: tuple[str, ...] = ()
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """`new` False: it was known. `counts` False: kept, but it lacks the proof its kind asks for."""

    duty: DutyRow
    new: bool
    counts: bool


def record(
    conn: sa.Connection,
    district: str,
    book: DutyBook,
    made: Made,
    open_problem: Opener,
    *,
    at_ns: int,
) -> Noted:
    """VisitRefused for what no such duty has. A visit that comes late is put where it belongs."""
    audit.lock(conn, district)
    kind, row = _known(conn, district, book, made.kind, made.object)
    made_ns = _checked(kind, made, at_ns)
    visit_id = made.id or _named(made)
    fresh = duties.add_visit(
        conn,
        {
            "duty_n": row.n,
            "id": visit_id,
            "made_at": rfc3339(made_ns),
            "recorded_at": rfc3339(at_ns),
            "outcome": made.outcome,
            "covered": made.covered,
            "by": made.by,
            "note": made.note,
            "evidence": msgspec.json.encode(made.photos).decode(),
        },
    )
    if fresh:
        entry = _entry(
            row, "visited", made.by, at_ns, detail={"visit": visit_id, "outcome": made.outcome}
        )
        audit.append(conn, district, entry)
        photos = {row.n: made.photos}
        settle(conn, book, kind, [row], at_ns=at_ns, open_problem=open_problem, photos=photos)
        opens = kind.outcomes[made.outcome].opens
        if opens is not None:
            open_problem(conn, [_found(kind, row, opens, made, visit_id=visit_id, at_ns=at_ns)])
    counts = kind.outcomes[made.outcome].then != "next" or proved(kind, made.covered)
    return Noted(duties.find(conn, district, made.kind, made.object) or row, fresh, counts)


def strike(
    conn: sa.Connection,
    district: str,
    book: DutyBook,
    *,
    kind_name: str,
    object_id: str,
    visit_id: str,
    by: str,
    why: str,
    open_problem: Opener,
    at_ns: int,
) -> DutyRow:
    """A visit that was told by mistake: it stays on record and counts no more."""
    audit.lock(conn, district)
    kind, row = _known(conn, district, book, kind_name, object_id)
    if not why.strip():
        raise VisitRefused("expected a reason for striking a visit out")
    if not duties.strike_visit(conn, row.n, visit_id, at=rfc3339(at_ns), why=why):
        raise VisitRefused(f"{kind_name} {object_id}: no visit {visit_id} that still counts")
    entry = _entry(row, "visit-struck", by, at_ns, detail={"visit": visit_id}, reason=why)
    audit.append(conn, district, entry)
    settle(conn, book, kind, [row], at_ns=at_ns, open_problem=open_problem)
    return duties.find(conn, district, kind_name, object_id) or row


def retire(
    conn: sa.Connection,
    district: str,
    book: DutyBook,
    *,
    kind_name: str,
    object_id: str,
    by: str,
    why: str,
    open_problem: Opener,
    at_ns: int,
) -> None:
    """The object is gone, or owes this no more: its problem ends, nothing falls due again."""
    audit.lock(conn, district)
    kind, row = _known(conn, district, book, kind_name, object_id)
    number = row.round
    if told_of(row) is not None:
        number, at = number + 1, rfc3339(at_ns)
        problem = duties.problems(conn, [row.n])[row.n]
        said = word(book, kind, row, phase="ended", number=number, problem_id=problem, at=at)
        duties.add_words(conn, [word_row(row, "ended", number, problem, at)])
        open_problem(conn, [said])
    kept = {
        name: getattr(row, name)
        for name in (
            *("last_done_at", "next_due_at", "late_at", "reason", "tries"),
            *("revisit_at", "computed_by"),
        )
    }
    gone = {**kept, "state": "retired", "wake_at": None, "round": number}
    duties.stand(conn, [(row.n, gone)])
    audit.append(conn, district, _entry(row, "duty-retired", by, at_ns, detail={}, reason=why))


def _known(
    conn: sa.Connection, district: str, book: DutyBook, kind_name: str, object_id: str
) -> tuple[DutyKind, DutyRow]:
    kind = book.kinds.get(kind_name)
    if kind is None:
        raise VisitRefused(f"{kind_name}: expected one of {', '.join(book.kinds)}")
    row = duties.find(conn, district, kind_name, object_id)
    if row is None or row.state == "retired":
        raise VisitRefused(f"{object_id}: no duty {kind_name} is listed for it")
    return kind, row


def _checked(kind: DutyKind, made: Made, at_ns: int) -> int:
    """When it was made; a clock a little ahead is taken for now."""
    if made.outcome not in kind.outcomes:
        known = ", ".join(kind.outcomes)
        raise VisitRefused(f"{made.outcome}: {kind.name} ends as one of {known}")
    if made.covered is not None and not 0 <= made.covered <= 1:
        raise VisitRefused(f"covered {made.covered}: expected a share from 0 to 1")
    try:
        made_ns = parse_rfc3339(made.made_at)
    except ValueError as error:
        raise VisitRefused(f"made_at: {error}") from error
    if made_ns > at_ns + AHEAD_NS:
        raise VisitRefused(f"made_at {made.made_at}: expected no time to come")
    return min(made_ns, at_ns)


def _found(
    kind: DutyKind, row: DutyRow, opens: str, made: Made, *, visit_id: str, at_ns: int
) -> Detection:
    """What the visitor came upon, as a problem of its own: observed then and there."""
    return Detection(
        district=row.district,
        slot=SLOT,
        event_id=f"{source_of(row.district, SLOT)}#{row.kind}/{row.object}/visit-{visit_id}",
        event_type=EVENT_TYPE,
        kind=opens,
        problem_id=f"{row.kind}/{row.object}/visit-{visit_id}",
        phase="opened",
        object=row.object,
        observed_at=rfc3339(min(parse_rfc3339(made.made_at), at_ns)),
        received_at=rfc3339(at_ns),
        lon=row.lon,
        lat=row.lat,
        detail=f"{kind.zh} {kind.en}: {made.outcome}" + (f", {made.note}" if made.note else ""),
        evidence=made.photos,
        source_kind="person",
        unit=kind.unit or (row.unit if kind.owner == "duty" else None),
        address=row.address,
    )


def _named(made: Made) -> str:
    said = repr(replace(made, id=None))
    return hashlib.sha256(said.encode()).hexdigest()[:24]


def _entry(
    row: DutyRow,
    action: str,
    actor: str,
    at_ns: int,
    *,
    detail: dict[str, object],
    reason: str | None = None,
) -> audit.Entry:
    return audit.Entry(
        at=rfc3339(at_ns),
        actor=actor,
        action=action,
        subject=f"duty/{row.kind}/{row.object}",
        reason=reason,
        detail=detail,
    )
