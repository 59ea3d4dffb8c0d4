"""The lines of a truth file and of a file of events, as rows to be compared. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from contract.envelope import Envelope
from contract.payloads.attendance import AttendanceException, AttendanceShift
from contract.timestamps import parse_rfc3339

_Form = TypeVar("_Form")
KINDS_OF_TRUTH = frozenset({"truth", "shift", "exception", "end"})


class InvalidRows(ValueError):
    """A line that cannot be used: which one, and what is wrong with it."""


class ShiftTruth(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is the shift's name."""

    id: str
    badge: str
    verdict: str
    knowable: bool
    minutes_inside: float
    minutes_expected: float
    working: bool = True
    person_there: bool = True
    badges: tuple[str, ...] = ()
    party: str = "alone"
    why: str = ""

    @property
    def all_badges(self) -> tuple[str, ...]:
        return self.badges or (self.badge,)


class ExceptionTruth(msgspec.Struct, frozen=True, kw_only=True):
    """Not `knowable`: nobody is blamed for telling it, nor for not telling it. `perhaps`: badges that
    may be named, too."""

    id: str
    exception: str
    badges: tuple[str, ...]
    since: str
    knowable: bool = True
    perhaps: tuple[str, ...] = ()

    @property
    def since_ns(self) -> int:
        return parse_rfc3339(self.since)


class Header(msgspec.Struct, frozen=True, kw_only=True):
    scenario: str
    seed: int
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class DayTruth:
    header: Header
    shifts: tuple[ShiftTruth, ...]
    exceptions: tuple[ExceptionTruth, ...]


@dataclass(frozen=True, slots=True)
class ShiftTold:
    verdict: str
    minutes_inside: int
    revision: int


@dataclass(frozen=True, slots=True)
class ProblemTold:
    """All that was said of one problem: the badges of every phase, since the earliest time."""

    kind: str
    badges: frozenset[str]
    since_ns: int


@dataclass(frozen=True, slots=True)
class DayEvents:
    """`shifts` by name, the latest revision of each. `others`: events about something else."""

    shifts: dict[str, ShiftTold]
    problems: tuple[ProblemTold, ...]
    others: int = 0


class _Kind(msgspec.Struct, frozen=True):
    kind: str


def read_truth(lines: Iterable[str | bytes], origin: str = "truth") -> DayTruth:
    """InvalidRows with `origin` and the line's number."""
    header: Header | None = None
    shifts: list[ShiftTruth] = []
    exceptions: list[ExceptionTruth] = []
    for where, line in _numbered(lines, origin):
        kind = _decoded(line, _Kind, where).kind
        if kind not in KINDS_OF_TRUTH:
            raise InvalidRows(f"{where}: kind {kind!r} is no kind of row of attendance-day")
        if kind == "truth":
            header = _decoded(line, Header, where)
        elif header is None:
            raise InvalidRows(f"{where}: the first line must be the header, kind 'truth'")
        elif kind == "shift":
            shifts.append(_decoded(line, ShiftTruth, where))
        elif kind == "exception":
            exceptions.append(_timed(_decoded(line, ExceptionTruth, where), where))
    if header is None:
        raise InvalidRows(f"{origin}: no line at all")
    _named_once(shifts, origin)
    return DayTruth(header, tuple(shifts), tuple(exceptions))


def read_events(lines: Iterable[str | bytes], origin: str = "events") -> DayEvents:
    """InvalidRows with `origin` and the line's number."""
    shifts: dict[str, ShiftTold] = {}
    problems: dict[str, ProblemTold] = {}
    others = 0
    for where, line in _numbered(lines, origin):
        event = _decoded(line, Envelope, where)
        if event.type == AttendanceShift.wire_type:
            _add_shift(shifts, _decoded(event.data, AttendanceShift, where), where)
        elif event.type == AttendanceException.wire_type:
            _add_problem(problems, _decoded(event.data, AttendanceException, where), where)
        else:
            others += 1
    return DayEvents(shifts, tuple(problems.values()), others)


def _add_shift(shifts: dict[str, ShiftTold], one: AttendanceShift, where: str) -> None:
    if one.shift is None:
        raise InvalidRows(f"{where}: a shift event without the shift's name")
    before = shifts.get(one.shift)
    if before is None or one.revision >= before.revision:
        shifts[one.shift] = ShiftTold(one.verdict, one.minutes_inside, one.revision)


def _add_problem(problems: dict[str, ProblemTold], one: AttendanceException, where: str) -> None:
    try:
        since_ns = parse_rfc3339(one.since)
    except ValueError as error:
        raise InvalidRows(f"{where}: since: {error}") from None
    before = problems.get(one.problem_id)
    if before is None:
        problems[one.problem_id] = ProblemTold(one.kind, frozenset(one.badges), since_ns)
        return
    problems[one.problem_id] = ProblemTold(
        before.kind, before.badges | frozenset(one.badges), min(before.since_ns, since_ns)
    )


def _numbered(lines: Iterable[str | bytes], origin: str) -> Iterator[tuple[str, str | bytes]]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield f"{origin} line {number}", line


def _decoded(line: str | bytes | msgspec.Raw, form: type[_Form], where: str) -> _Form:
    try:
        return msgspec.json.decode(line, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRows(f"{where}: {error}") from None


def _timed(row: ExceptionTruth, where: str) -> ExceptionTruth:
    try:
        parse_rfc3339(row.since)
    except ValueError as error:
        raise InvalidRows(f"{where}: since: {error}") from None
    return row


def _named_once(shifts: list[ShiftTruth], origin: str) -> None:
    seen: set[str] = set()
    for row in shifts:
        if row.id in seen:
            raise InvalidRows(f"{origin}: the shift {row.id!r} is there twice")
        seen.add(row.id)
