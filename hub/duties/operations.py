"""What people ask about duties and performance by command or console: operations as the desk has them. Each
takes plain values and gives lines for a person with an exit status; HubError says what to mend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from contract.timestamps import rfc3339
from hub.config import HubConfig
from hub.duties.book import contracts_of, duty_book
from hub.duties.cases import (
    CaseRefused,
    Proposed,
    decide,
    late_rectification,
    missed_sweeping,
    propose,
)
from hub.duties.contracts import read_contracts
from hub.duties.documents import read_duties
from hub.duties.openings import dispatched, says
from hub.duties.performance import Fact, Terms, holds, period_of, yuan
from hub.duties.registering import read_register, take_in
from hub.duties.sweeping import sweep
from hub.duties.visits import Made, VisitRefused, record, retire, strike
from hub.store import audit, duty_lists, performance, reference
from hub.store.engine import Database

MOST_FAULTS = 50
Values = Mapping[str, Any]


Said = tuple[str, int]
"""Text for a person; the status as a program's exit status: 1 = done, and something of it was refused."""
Operation = Callable[[Database, HubConfig, Values], Said]


def put_document(database: Database, config: HubConfig, values: Values) -> Said:
    """`kind` duties or contracts, `content`, `by`. In force at once; the next sweep computes duties anew."""
    kind, content = values["kind"], str(values["content"]).encode()
    if kind == "duties":
        read_duties("duties", content)
    else:
        read_contracts("contracts", content)
    at, by = rfc3339(config.utc_ns()), values.get("by", "desk")
    named: reference.Kind = "duties" if kind == "duties" else "contracts"
    with database.write() as conn:
        audit.lock(conn, config.district)
        version = reference.put(conn, config.district, named, named, content, at=at, by=by)
        if version is None:
            return _said(f"{named}: as it stands already")
        entry = audit.Entry(
            at=at, actor=by, action=f"{named}-put", subject=f"reference/{named}",
            detail={"version": version},
        )  # fmt: skip
        audit.append(conn, config.district, entry)
    return _said(f"{named}: version {version} is in force")


def import_register(database: Database, config: HubConfig, values: Values) -> Said:
    """`content` (CSV), `dry_run`, `by`. Rows in = taken + refused, each refused one with its line."""
    at_ns = config.utc_ns()
    with database.read() as conn:
        book = duty_book(conn, config.district)
    found = read_register(values["content"], book, district=config.district, at_ns=at_ns)
    refused = found.count - found.taken
    lines = [str(fault) for fault in found.faults[:MOST_FAULTS]]
    if len(found.faults) > MOST_FAULTS:
        lines.append(f"... and {len(found.faults) - MOST_FAULTS} more")
    if values.get("dry_run"):
        lines.append(f"{found.count} rows: {found.taken} can be taken, {refused} refused; dry run")
        return _said("\n".join(lines), int(bool(found.faults)))
    done = take_in(
        database, config.district, book, found, by=values.get("by", "desk"),
        open_problem=dispatched, at_ns=at_ns,
    )  # fmt: skip
    taken, refused = done.new + done.known, refused + done.given_up
    if done.given_up:
        lines.append(f"{done.given_up} of duties that were given up")
    lines.append(
        f"{found.count} rows: {taken} taken ({done.new} new, {done.known} known), {refused} refused"
    )
    return _said("\n".join(lines), int(bool(refused)))


def list_duties(database: Database, config: HubConfig, values: Values) -> Said:
    """`which` late or never, `kind`, `limit`; without a kind the counts of each."""
    now, kind_name = rfc3339(config.utc_ns()), values.get("kind")
    with database.read() as conn:
        book = duty_book(conn, config.district)
        if kind_name is None:
            rows = duty_lists.counts(conn, config.district, now)
            return _said(
                "\n".join(
                    f"{one.kind:<28} {one.listed:>9,} listed {one.never:>9,} never done "
                    f"{one.late:>9,} late {one.open:>7,} open"
                    for one in rows
                )
            )
        kind = book.kinds.get(kind_name)
        if kind is None:
            raise VisitRefused(f"{kind_name}: expected one of {', '.join(book.kinds)}")
        most = int(values.get("limit", 50))
        if values.get("which", "late") == "never":
            page = duty_lists.never_done(conn, config.district, kind_name, most=most)
        else:
            page = duty_lists.late(conn, config.district, kind_name, now=now, most=most)
    lines = [f"{row.object:<20} {row.state:<8} {says(book, kind, row)}" for row in page.rows]
    return _said("\n".join([*lines, *(["... and more"] if page.after else [])]))


def record_visit(database: Database, config: HubConfig, values: Values) -> Said:
    """The fields of `Made`; `made_at` now, `by` desk where they are left out."""
    at_ns = config.utc_ns()
    told = {"made_at": rfc3339(at_ns), "by": "desk", **values}
    made = msgspec.convert(told, Made, strict=False)
    with database.write() as conn:
        book = duty_book(conn, config.district)
        noted = record(conn, config.district, book, made, dispatched, at_ns=at_ns)
    said = says(book, book.kinds[made.kind], noted.duty)
    kept = "" if noted.counts else "; kept, but without the proof its kind asks for"
    fresh = "" if noted.new else "; was recorded before"
    return _said(f"{made.object}: {noted.duty.state}, {said}{kept}{fresh}")


def strike_visit(database: Database, config: HubConfig, values: Values) -> Said:
    """`kind`, `object`, `visit`, `why`, `by`."""
    with database.write() as conn:
        book = duty_book(conn, config.district)
        row = strike(
            conn, config.district, book, kind_name=values["kind"], object_id=values["object"],
            visit_id=values["visit"], by=values.get("by", "desk"), why=values["why"],
            open_problem=dispatched, at_ns=config.utc_ns(),
        )  # fmt: skip
    return _said(f"{row.object}: {row.state}, {says(book, book.kinds[row.kind], row)}")


def retire_duty(database: Database, config: HubConfig, values: Values) -> Said:
    """`kind`, `object`, `why`, `by`."""
    with database.write() as conn:
        book = duty_book(conn, config.district)
        retire(
            conn, config.district, book, kind_name=values["kind"], object_id=values["object"],
            by=values.get("by", "desk"), why=values["why"], open_problem=dispatched,
            at_ns=config.utc_ns(),
        )  # fmt: skip
    return _said(f"{values['object']}: {values['kind']} is given up")


def sweep_now(database: Database, config: HubConfig, _values: Values) -> Said:
    """As the worker does all the time."""
    with database.read() as conn:
        book = duty_book(conn, config.district)
    done = sweep(database, config.district, book, dispatched, at_ns=config.utc_ns())
    lines = [f"{done.opened} opened, {done.again} told again, {done.computed} computed anew"]
    lines += [f"{kind}: nothing was told, {said}" for kind, said in done.undecided.items()]
    return _said("\n".join(lines), int(bool(done.undecided)))


def propose_deductions(database: Database, config: HubConfig, values: Values) -> Said:
    """`period`; `measure`, `contractor`, `lot` narrow it; `rows` (Fact as JSON, by measure attendance) where
    the hub has none of its own. Every case is only proposed."""
    at_ns = config.utc_ns()
    with database.write() as conn:
        contracts = contracts_of(conn, config.district)
        if contracts is None:
            raise CaseRefused("no contracts document is in force: put one first")
        lines = []
        for terms in contracts.terms:
            if any(values.get(key, found) != found for key, found in _names(terms).items()):
                continue
            try:
                period = period_of(values["period"], terms.every)
            except ValueError:
                continue  # terms of another length
            if holds(terms, period):
                bounds = period.bounds(contracts.zone)
                facts = _facts(conn, config.district, terms, bounds, values=values, now_ns=at_ns)
                found = propose(
                    conn, config.district, terms, period, facts,
                    open_problem=dispatched, at_ns=at_ns,
                )  # fmt: skip
                lines.append(_line(terms, found))
    if not lines:
        raise CaseRefused(f"{values['period']}: no terms hold for it")
    return _said("\n".join(lines))


def list_cases(database: Database, config: HubConfig, values: Values) -> Said:
    with database.read() as conn:
        rows = performance.cases(conn, config.district, undecided=bool(values.get("undecided")))
    return _said(
        "\n".join(
            f"{one.id} r{one.revision} {one.period:<10} {one.contractor} {one.lot} {one.measure}: "
            f"proposed {yuan(one.proposed_fen)}, "
            + (
                "to be decided"
                if one.decided_fen is None
                else f"{one.decision} {yuan(one.decided_fen)} by {one.decided_by}"
                + (", rows came since" if one.since else "")
            )
            for one in rows
        )
    )


def decide_case(database: Database, config: HubConfig, values: Values) -> Said:
    """`id`, `revision`, `decision` accepted / changed / waived, `fen`, `by`, `reason`."""
    with database.write() as conn:
        case = decide(
            conn, config.district, values["id"], revision=int(values["revision"]),
            decision=values["decision"], fen=int(values["fen"]), by=values["by"],
            reason=values.get("reason", ""), at_ns=config.utc_ns(),
        )  # fmt: skip
    return _said(f"{case.id}: {case.decision} {yuan(case.decided_fen or 0)} by {case.decided_by}")


OPERATIONS: dict[str, Operation] = {
    "duties-put": put_document,
    "duties-import": import_register,
    "duties-list": list_duties,
    "duties-visit": record_visit,
    "duties-strike": strike_visit,
    "duties-retire": retire_duty,
    "duties-sweep": sweep_now,
    "performance-propose": propose_deductions,
    "performance-list": list_cases,
    "performance-decide": decide_case,
}


def _said(text: str, status: int = 0) -> Said:
    return text, status


def _names(terms: Terms) -> dict[str, str]:
    return {"measure": terms.measure, "contractor": terms.contractor, "lot": terms.lot}


def _facts(
    conn: Any, district: str, terms: Terms, bounds: tuple[int, int], *, values: Values, now_ns: int
) -> list[Fact]:
    if terms.measure == "attendance":
        return msgspec.convert(values.get("rows", []), list[Fact])
    if terms.measure == "sweeping":
        book = duty_book(conn, district)
        return missed_sweeping(conn, district, book, terms, bounds, now_ns=now_ns)
    return late_rectification(conn, district, terms, bounds, now_ns=now_ns)


def _line(terms: Terms, found: Proposed) -> str:
    share = "nothing expected" if found.finding.share is None else f"{found.finding.share} %"
    case = "" if found.case is None else f" (case {found.case.id} r{found.case.revision})"
    return (
        f"{terms.contractor} {terms.lot} {terms.measure}: {share} of {terms.target} %, {found.what}, "
        f"proposed {yuan(found.finding.proposed_fen)}{case}"
    )
