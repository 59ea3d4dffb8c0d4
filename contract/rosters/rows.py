"""The rows a roster is made of: the same for CSV and JSON. A row is texts under column names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contract.rosters.mistakes import Mistake
from contract.rosters.shift import PlannedShift

AUDIT = frozenset({"edited_by", "edited_at", "approved_by", "reason"})
_WORK = frozenset({"person", "group", "start", "end", "night", "break", "areas", "crew", "vehicle"})


@dataclass(frozen=True, slots=True)
class Kind:
    """`section` is the name of the JSON list; `key` the columns that make two rows the same one."""

    section: str
    columns: frozenset[str]
    needed: tuple[str, ...]


KINDS = {
    "zone": Kind("zone", frozenset({"zone"}), ("zone",)),
    "person": Kind(
        "people", frozenset({"person", "name", "group", "crew", "vehicle"}), ("person",)
    ),
    "badge": Kind("badges", frozenset({"badge", "person", "from", "until"}), ("badge", "person")),
    "weekly": Kind(
        "weekly", _WORK | {"days", "from", "until", "calendar"}, ("days", "start", "end", "areas")
    ),
    "day": Kind("days", _WORK | {"date"}, ("date", "start", "end", "areas")),
    "holiday": Kind("holidays", frozenset({"date", "until", "calendar", "name"}), ("date",)),
    "workday": Kind("workdays", frozenset({"date", "as", "calendar", "name"}), ("date", "as")),
    "substitute": Kind(
        "substitutes", frozenset({"person", "date", "number", "by"}), ("person", "date", "by")
    ),
    "leave": Kind("leaves", frozenset({"person", "from", "until"}), ("person", "from", "until")),
}
COLUMNS = frozenset({"what"}) | AUDIT | {name for kind in KINDS.values() for name in kind.columns}
SECTIONS = {kind.section: what for what, kind in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Row:
    """`cells` without the empty ones; several values in one cell are parted by commas."""

    what: str
    cells: Mapping[str, str]
    file: str
    place: str

    def mistake(self, key: str, expected: str) -> Mistake:
        return Mistake(self.file, self.place, key, expected)


@dataclass(frozen=True, slots=True)
class Roster:
    """What was read, not yet understood: `Timetable` does that. `planned` are shifts that another
    program has worked out already; `mistakes` are those of the form."""

    origin: str
    rows: tuple[Row, ...] = ()
    planned: tuple[PlannedShift, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
