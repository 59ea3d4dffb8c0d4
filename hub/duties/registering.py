"""A register of duties (CSV): who owes what where, and when it was last done. Every row is taken or refused
with its line and what was expected; none is lost between.

Columns: `kind`, `object`; and as far as known `lon`, `lat`, `address`, `unit`, `contractor`, `lot`,
`last_done`, `first_due` (days of the district, or RFC 3339). Without `first_due` a duty that was never done
has the kind's `first`, else its interval, from the day on which it was listed first: listing it again puts
nothing off. An empty `last_done` leaves what is known.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa

from contract.timestamps import parse_rfc3339, rfc3339
from hub.duties.course import standing
from hub.duties.kinds import DutyBook, DutyKind
from hub.duties.openings import Opener
from hub.duties.rows import columns
from hub.duties.settling import settle
from hub.duties.spans import day_end, due_after
from hub.store import audit, duties
from hub.store.duties import DutyRow
from hub.store.engine import Database

NEEDED = ("kind", "object")
PLAIN = ("address", "unit", "contractor", "lot")
KNOWN = (*NEEDED, "lon", "lat", *PLAIN, "last_done", "first_due")
MAX_OBJECT, BATCH = 120, 500


@dataclass(frozen=True, slots=True)
class RowFault:
    """`line` counts from 1, the header included."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


@dataclass(frozen=True, slots=True)
class Listed:
    """A row as the table takes it, and whether the file says when it is due first."""

    row: dict[str, object]
    first_told: bool

    @property
    def object_id(self) -> str:
        return str(self.row["object"])

    def beside(self, known: DutyRow | None) -> dict[str, object]:
        """With what is known of it where the file is silent."""
        if known is None:
            return self.row
        first = self.row["first_due_at"] if self.first_told else known.first_due_at
        done = self.row["register_done_at"] or known.register_done_at
        return {**self.row, "first_due_at": first, "register_done_at": done}


@dataclass(slots=True)
class Register:
    """`rows` by kind; with `faults` they are all rows of the file."""

    rows: dict[str, list[Listed]] = field(default_factory=dict)
    faults: list[RowFault] = field(default_factory=list)
    count: int = 0

    @property
    def taken(self) -> int:
        return sum(len(rows) for rows in self.rows.values())


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What the database did: `new`, `known` before, `given_up` (retired: nothing was done)."""

    new: int
    known: int
    given_up: int


class _Wrong(ValueError):
    """Why a row cannot be taken."""


def read_register(text: str, book: DutyBook, *, district: str, at_ns: int) -> Register:
    """Pure. Everything that is wrong is told; the rest can be taken."""
    found = Register()
    rows = _rows(text.removeprefix("\ufeff"), found.faults)
    header = [name.strip() for name in next(rows, (1, []))[1]]
    wrong = [*(f"{name} is missing" for name in NEEDED if name not in header)]
    wrong += [f"{name!r} is unknown" for name in header if name not in KNOWN]
    if wrong or len(set(header)) != len(header):
        said = ", ".join(wrong) or "a column stands there twice"
        found.faults.append(RowFault(1, f"{said}: expected columns of {', '.join(KNOWN)}"))
        found.count = sum(bool(one) for _, one in rows)
        return found
    seen: dict[tuple[str, str], int] = {}
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        found.count += 1
        try:
            kind, one = _listed(header, cells, book, district=district, at_ns=at_ns)
        except _Wrong as error:
            found.faults.append(RowFault(line, str(error)))
            continue
        key = kind.name, one.object_id
        if key in seen:
            said = f"{' '.join(key)} stands in line {seen[key]} too: expected it once"
            found.faults.append(RowFault(line, said))
            continue
        seen[key] = line
        found.rows.setdefault(kind.name, []).append(one)
    return found


def _rows(text: str, faults: list[RowFault]) -> Iterator[tuple[int, list[str]]]:
    """With the line on which each begins; as far as it is CSV."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    try:
        for cells in reader:
            yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        faults.append(RowFault(begins, f"{error}: expected CSV from here"))


def take_in(
    database: Database,
    district: str,
    book: DutyBook,
    register: Register,
    *,
    by: str,
    open_problem: Opener,
    at_ns: int,
) -> TakenIn:
    """In batches, each whole. New duties open nothing by themselves: the next sweep does. Taking the same
    register in again changes nothing."""
    new = known = given_up = 0
    for name, rows in register.rows.items():
        kind = book.kinds[name]
        for first in range(0, len(rows), BATCH):
            batch = rows[first : first + BATCH]
            with database.write() as conn:
                audit.lock(conn, district)
                objects = [one.object_id for one in batch]
                there = {one.object: one for one in duties.find_many(conn, district, name, objects)}
                gone = {one.object for one in there.values() if one.state == "retired"}
                taken = [one for one in batch if one.object_id not in gone]
                duties.list_many(conn, [one.beside(there.get(one.object_id)) for one in taken])
                _settle_known(conn, district, book, kind, sorted(set(there) - gone),
                              open_problem=open_problem, at_ns=at_ns)  # fmt: skip
                detail: dict[str, object] = {"duties": len(taken)}
                audit.append(
                    conn,
                    district,
                    audit.Entry(at=rfc3339(at_ns), actor=by, action="duties-listed",
                                subject=f"duty/{name}", detail=detail),
                )  # fmt: skip
            given_up += len(gone)
            known += len(there) - len(gone)
            new += len(batch) - len(there)
    return TakenIn(new, known, given_up)


def _settle_known(
    conn: sa.Connection,
    district: str,
    book: DutyBook,
    kind: DutyKind,
    objects: list[str],
    *,
    open_problem: Opener,
    at_ns: int,
) -> None:
    rows = duties.find_many(conn, district, kind.name, objects) if objects else []
    if rows:
        settle(conn, book, kind, rows, at_ns=at_ns, open_problem=open_problem)


def _listed(
    header: list[str], cells: list[str], book: DutyBook, *, district: str, at_ns: int
) -> tuple[DutyKind, Listed]:
    if len(cells) != len(header):
        raise _Wrong(f"{len(cells)} cells: expected {len(header)}, as in the header")
    told = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    if broken := [name for name, cell in told.items() if "\n" in cell]:
        said = "expected one line; a quotation mark too many, here or below, takes other rows in"
        raise _Wrong(f"{broken[0]}: {said}")
    kind = book.kinds.get(told["kind"])
    if kind is None:
        raise _Wrong(f"kind {told['kind']!r}: expected one of {', '.join(book.kinds)}")
    if not 0 < len(told["object"]) <= MAX_OBJECT:
        raise _Wrong(f"object: expected an id of at most {MAX_OBJECT} characters")
    done_ns = _moment(told, "last_done", book, end=False)
    if done_ns is not None and done_ns > at_ns:
        raise _Wrong(f"last_done {told['last_done']}: expected no time to come")
    first_told_ns = _moment(told, "first_due", book, end=True)
    first_ns = first_told_ns or due_after(book.zone, at_ns, kind.first or kind.every)
    now = standing(kind, book.zone, first_due_ns=first_ns, register_done_ns=done_ns, visits=())
    made = columns(now, book.digest_of(kind))
    row = {
        "district": district,
        "kind": kind.name,
        "object": told["object"],
        **dict(_place(told)),
        **{name: told.get(name) or None for name in PLAIN},
        "first_due_at": rfc3339(first_ns),
        "register_done_at": None if done_ns is None else rfc3339(done_ns),
        **made,
        "state": "waiting",
        "wake_at": made["late_at"],
        "round": 0,
    }
    return kind, Listed(row, first_told_ns is not None)


def _moment(told: dict[str, str], name: str, book: DutyBook, *, end: bool) -> int | None:
    """Of a day its end when something is due by it, its beginning when something was done on it."""
    text = told.get(name, "")
    if not text:
        return None
    try:
        if "T" in text:
            return parse_rfc3339(text)
        day = date.fromisoformat(text)
        return day_end(book.zone, day if end else day - timedelta(1))
    except (ValueError, OverflowError) as error:
        said = f"{name} {text!r}: expected a day like 2026-01-31 or an RFC 3339 time"
        raise _Wrong(said) from error


def _place(told: dict[str, str]) -> Iterator[tuple[str, float | None]]:
    texts = [told.get(name, "") for name in ("lon", "lat")]
    if not all(texts):
        if any(texts):
            raise _Wrong("expected lon and lat, or neither")
        yield from (("lon", None), ("lat", None))
        return
    for name, text, most in zip(("lon", "lat"), texts, (180, 90), strict=True):
        try:
            value = float(text)
        except ValueError as error:
            raise _Wrong(f"{name} {text!r}: expected degrees") from error
        if not -most <= value <= most:
            raise _Wrong(f"{name} {text}: expected degrees from -{most} to {most} (WGS 84)")
        yield name, value
