"""Units: a district, its subdistricts and grids, departments, contractors and crews. Who is above whom.

    zone,Asia/Shanghai
    id,kind,zh,en,parent,valid_from,valid_to,lots,calendar
    north,subdistrict,北街道,North Subdistrict,tianhe,,,,
    clean-co,contractor,洁城公司,Clean Co,tianhe,2026-01-01,2027-01-01,lot-1 lot-2,sweepers

A changed unit is a second row with its own time. A contract lot (标段) belongs to the contractor that
names it, for that row's time, wherever the lot lies.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Literal, NamedTuple, get_args

import msgspec

from hub.owners.spans import Span, uncovered

UnitKind = Literal["district", "subdistrict", "grid", "department", "contractor", "crew"]
KINDS: tuple[UnitKind, ...] = get_args(UnitKind)


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """One row: a unit as it was from `start_ns` up to, not including, `end_ns`. `calendars` name units
    whose working hours it keeps, before those of its parents."""

    id: str
    kind: UnitKind
    zh: str
    en: str
    parent: str | None
    start_ns: int
    end_ns: int
    lots: tuple[str, ...] = ()
    calendars: tuple[str, ...] = ()
    line: int = 0

    @property
    def span(self) -> Span:
        return self.start_ns, self.end_ns


class _History(NamedTuple):
    starts: list[int]
    rows: list[Unit]


class Units:
    """All rows of all units that `unit_file.read_units` found good. A unit that has ended, or has not
    begun, is asked as it stood last, or first: its orders still need somebody above it."""

    def __init__(self, rows: Iterable[Unit] = ()) -> None:
        self.rows = tuple(sorted(rows, key=lambda row: (row.id, row.start_ns)))
        self._of: dict[str, _History] = {}
        self._holders: dict[str, list[Unit]] = {}
        for row in self.rows:
            history = self._of.setdefault(row.id, _History([], []))
            history.starts.append(row.start_ns)
            history.rows.append(row)
            for lot in row.lots:
                self._holders.setdefault(lot, []).append(row)

    def __contains__(self, unit: str) -> bool:
        return unit in self._of

    def __len__(self) -> int:
        return len(self._of)

    @property
    def ids(self) -> tuple[str, ...]:
        """Sorted."""
        return tuple(self._of)

    @property
    def lots(self) -> tuple[str, ...]:
        return tuple(sorted(self._holders))

    def row(self, unit: str, at_ns: int) -> Unit | None:
        """Valid then, else the nearest before, else the first; None for a unit that never was."""
        history = self._of.get(unit)
        if history is None:
            return None
        return history.rows[max(bisect_right(history.starts, at_ns) - 1, 0)]

    def valid(self, unit: str, at_ns: int) -> bool:
        row = self.row(unit, at_ns)
        return row is not None and row.start_ns <= at_ns < row.end_ns

    def uncovered(self, unit: str, span: Span) -> int | None:
        """The first moment of the span (UTC ns) at which the unit is not valid; None = none."""
        history = self._of.get(unit)
        return uncovered(span, [row.span for row in history.rows] if history else ())

    def chain(self, unit: str, at_ns: int) -> tuple[str, ...]:
        """The unit and those above it, the district last; of an unknown unit only itself."""
        found = [unit]
        above = self.parent_of(unit, at_ns)
        # Rows out of their time, see `row`, may disagree about who is above whom.
        while above is not None and above not in found:
            found.append(above)
            above = self.parent_of(above, at_ns)
        return tuple(found)

    def parent_of(self, unit: str, at_ns: int) -> str | None:
        row = self.row(unit, at_ns)
        return None if row is None else row.parent

    def contractor_of(self, unit: str, at_ns: int) -> str | None:
        """The contractor that the unit is or belongs to; of a contractor's contractor the topmost,
        which holds the contract."""
        return self._topmost(unit, "contractor", at_ns)

    def district_of(self, unit: str, at_ns: int) -> str | None:
        return self._topmost(unit, "district", at_ns)

    def holder_of(self, lot: str, at_ns: int) -> str | None:
        """The contractor that holds the lot then."""
        for row in self._holders.get(lot, ()):
            if row.start_ns <= at_ns < row.end_ns:
                return row.id
        return None

    def holders(self, lot: str) -> tuple[Unit, ...]:
        return tuple(self._holders.get(lot, ()))

    def calendars_of(self, unit: str, at_ns: int) -> tuple[str, ...]:
        """Units whose calendar may be asked, the nearest first: for `Calendars.of`."""
        found: dict[str, None] = {}
        for one in self.chain(unit, at_ns):
            row = self.row(one, at_ns)
            found |= dict.fromkeys((one, *(row.calendars if row else ())))
        return tuple(found)

    def below(self, unit: str, at_ns: int) -> tuple[str, ...]:
        """Every unit valid then that has this one above it, sorted."""
        return tuple(
            one
            for one in self._of
            if one != unit and self.valid(one, at_ns) and unit in self.chain(one, at_ns)
        )

    def _topmost(self, unit: str, kind: UnitKind, at_ns: int) -> str | None:
        found = None
        for one in self.chain(unit, at_ns):
            row = self.row(one, at_ns)
            if row is not None and row.kind == kind:
                found = one
        return found


NO_UNITS = Units()
