"""Performance cases: a shortfall becomes an order to the contractor with the rows behind it and a proposed
deduction. A person decides; nothing is ever deducted here.

One case, and one problem, for each contractor, lot, measure and period. Rows that come later revise the
proposal until it is decided; afterwards they are told beside the decision and change nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
import sqlalchemy as sa

from contract.names import source_of
from contract.payloads.base import Phase
from contract.timestamps import parse_rfc3339, rfc3339
from hub.dispatching.detections import Detection
from hub.duties.kinds import DutyBook
from hub.duties.obligations import obligations
from hub.duties.openings import SLOT, Opener
from hub.duties.performance import Fact, Finding, Period, Terms, assess, holds, yuan
from hub.duties.rows import visit_of
from hub.errors import HubError
from hub.store import audit, duties, performance
from hub.store.performance import CaseRow

KIND, EVENT_TYPE = "performance-shortfall", "edile.performance.v1"
Decision = Literal["accepted", "changed", "waived"]
What = Literal["nothing", "opened", "revised", "unchanged", "withdrawn", "after-decision"]


class CaseRefused(HubError):
    """What was asked of a case cannot be; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """`what` became of it. `case` None: there was never anything short."""

    what: What
    case: CaseRow | None
    finding: Finding


def case_id(district: str, terms: Terms, period: Period) -> str:
    said = repr((district, terms.contractor, terms.lot, terms.measure, period.name))
    return hashlib.sha256(said.encode()).hexdigest()[:24]


def propose(
    conn: sa.Connection,
    district: str,
    terms: Terms,
    period: Period,
    facts: Sequence[Fact],
    *,
    open_problem: Opener,
    at_ns: int,
) -> Proposed:
    """Computed from these rows, which are all there are. ValueError for rows that cannot be; CaseRefused
    for a period that the terms do not hold for."""
    if not holds(terms, period):
        raise CaseRefused(f"{period.name}: these terms do not hold for all of it")
    audit.lock(conn, district)
    finding = assess(terms, facts)
    name = case_id(district, terms, period)
    old = performance.case_of(conn, district, name)
    if old is None and not finding.short:
        return Proposed("nothing", None, finding)
    fresh = _columns(terms, facts, finding)
    if old is not None and all(getattr(old, key) == value for key, value in fresh.items()):
        return Proposed("unchanged", old, finding)
    at = rfc3339(at_ns)
    if old is not None and old.decided_at is not None:
        return _beside(conn, old, fresh, finding, at)
    revision = 1 if old is None else old.revision + 1
    made = {**fresh, "revision": revision, "proposed_at": at, "told": int(finding.short)}
    if old is None:
        same = {"id": name, "district": district, "contractor": terms.contractor}
        named = {"lot": terms.lot, "measure": terms.measure, "period": period.name}
        performance.add_case(conn, {**same, **named, **made})
    else:
        performance.change_case(conn, name, made)
    _note(conn, district, name, "deduction-proposed", at=at, finding=finding, revision=revision)
    phase = _phase(bool(old and old.told), finding.short)
    if phase is not None:
        word = _word(
            district, name, terms, period=period, finding=finding, phase=phase, revision=revision, at=at
        )  # fmt: skip
        open_problem(conn, [word])
    what: What = "opened" if old is None else "revised" if finding.short else "withdrawn"
    return Proposed(what, performance.case_of(conn, district, name), finding)


def decide(
    conn: sa.Connection,
    district: str,
    name: str,
    *,
    revision: int,
    decision: Decision,
    fen: int,
    by: str,
    reason: str,
    at_ns: int,
) -> CaseRow:
    """By a person, once, on the proposal that the person saw. CaseRefused otherwise. Whatever differs from
    the proposal needs a reason; more than was proposed is never taken."""
    audit.lock(conn, district)
    case = performance.case_of(conn, district, name)
    if case is None:
        raise CaseRefused(f"no performance case {name}")
    if case.decided_at is not None:
        raise CaseRefused(f"{name} was decided by {case.decided_by} on {case.decided_at}")
    if case.revision != revision:
        raise CaseRefused(f"{name} was revised ({case.revision}, not {revision}): look again")
    wanted = {"accepted": (case.proposed_fen,) * 2, "waived": (0, 0)}
    low, high = wanted.get(decision, (0, case.proposed_fen))
    if not low <= fen <= high:
        raise CaseRefused(f"{decision} {yuan(fen)}: expected {yuan(low)} to {yuan(high)}")
    if not by.strip() or by == "hub":
        raise CaseRefused("expected the person who decides")
    if decision != "accepted" and not reason.strip():
        raise CaseRefused(f"{decision}: expected a reason")
    at = rfc3339(at_ns)
    performance.change_case(
        conn,
        name,
        {
            "decision": decision,
            "decided_fen": fen,
            "decided_by": by,
            "decided_at": at,
            "reason": reason or None,
        },
    )
    detail: dict[str, object] = {"decision": decision, "fen": fen, "revision": revision}
    audit.append(
        conn,
        district,
        audit.Entry(
            at=at, actor=by, action="deduction-decided", subject=f"performance/{name}",
            reason=reason or None, detail=detail,
        ),
    )  # fmt: skip
    return performance.case_of(conn, district, name) or case


def late_rectification(
    conn: sa.Connection, district: str, terms: Terms, bounds: tuple[int, int], *, now_ns: int
) -> list[Fact]:
    """The contractor's orders that were due in the period: met when resolved by their due time. Due times
    that have not come are not judged yet."""
    until = min(bounds[1], now_ns)
    rows = performance.orders_due(
        conn, district, terms.contractor, rfc3339(bounds[0]), rfc3339(until)
    )
    return [
        _fact(f"work-order/{one}", due, met=done is not None and done <= due)
        for one, due, done in rows
    ]


def missed_sweeping(
    conn: sa.Connection,
    district: str,
    book: DutyBook,
    terms: Terms,
    bounds: tuple[int, int],
    *,
    now_ns: int,
) -> list[Fact]:
    """Each time a duty of the lot fell due in the period. Only visits with the proof that their kind asks
    for count, whenever they were told."""
    kinds = [
        one
        for one in book.kinds.values()
        if (one.name in terms.kinds if terms.kinds else one.coverage is not None)
    ]
    names = [one.name for one in kinds]
    rows = performance.duties_of_lot(conn, district, terms.contractor, terms.lot, names)
    visits = duties.visits(conn, [row.n for row in rows])
    found = []
    for row in rows:
        told = [visit_of(one) for one in visits.get(row.n, ()) if one.struck_at is None]
        register = row.register_done_at
        for due_ns, met in obligations(
            book.kinds[row.kind],
            book.zone,
            first_due_ns=parse_rfc3339(row.first_due_at),
            register_done_ns=None if register is None else parse_rfc3339(register),
            visits=told,
            begin_ns=bounds[0],
            end_ns=bounds[1],
            now_ns=now_ns,
        ):
            due = rfc3339(due_ns)
            found.append(_fact(f"duty/{row.kind}/{row.object}/{due}", due, met=met))
    return found


def _fact(ref: str, at: str, *, met: bool) -> Fact:
    return msgspec.convert({"ref": ref, "at": at, "expected": "1", "met": str(int(met))}, Fact)


def _columns(terms: Terms, facts: Sequence[Fact], finding: Finding) -> dict[str, object]:
    rows = sorted(facts, key=lambda one: one.ref)
    return {
        "terms": _json(terms),
        "rows": _json(rows),
        "finding": _json(finding),
        "proposed_fen": finding.proposed_fen,
    }


def _beside(
    conn: sa.Connection, old: CaseRow, fresh: dict[str, object], finding: Finding, at: str
) -> Proposed:
    """What would be proposed by now, next to what was decided."""
    since = _json({"at": at, "proposed_fen": finding.proposed_fen, "finding": finding})
    told = None if old.since is None else msgspec.json.decode(old.since)["proposed_fen"]
    if told == finding.proposed_fen or fresh["finding"] == old.finding:
        return Proposed("unchanged", old, finding)
    performance.change_case(conn, old.id, {"since": since})
    action, revision = "rows-after-decision", old.revision
    _note(conn, old.district, old.id, action, at=at, finding=finding, revision=revision)
    case = performance.case_of(conn, old.district, old.id)
    return Proposed("after-decision", case, finding)


def _phase(was_open: bool, short: bool) -> Phase | None:
    if short:
        return "updated" if was_open else "opened"
    return "ended" if was_open else None


def _word(
    district: str,
    name: str,
    terms: Terms,
    *,
    period: Period,
    finding: Finding,
    phase: Phase,
    revision: int,
    at: str,
) -> Detection:
    said = f"{finding.share} % of {terms.target} %, {finding.cases} rows not met"
    return Detection(
        district=district,
        slot=SLOT,
        event_id=f"{source_of(district, SLOT)}#performance/{name}/{revision}",
        event_type=EVENT_TYPE,
        kind=KIND,
        problem_id=f"performance/{name}",
        phase=phase,
        object=f"{terms.contractor}/{terms.lot}",
        observed_at=at,
        received_at=at,
        detail=(
            f"{terms.measure} {period.name}: {said}; proposed deduction {yuan(finding.proposed_fen)},"
            f" to be decided by a person; rows: performance/{name}"
        ),
        facet=f"{terms.measure}/{period.name}",
        source_kind="hub",
        unit=terms.unit,
    )


def _note(
    conn: sa.Connection,
    district: str,
    name: str,
    action: str,
    *,
    at: str,
    finding: Finding,
    revision: int,
) -> None:
    detail: dict[str, object] = {"fen": finding.proposed_fen, "revision": revision}
    entry = audit.Entry(
        at=at, actor="hub", action=action, subject=f"performance/{name}", detail=detail
    )
    audit.append(conn, district, entry)


def _json(value: object) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()
