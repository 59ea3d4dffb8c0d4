"""The document of units, read and checked: every fault with its line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from zoneinfo import ZoneInfo

from contract.names import SLUG
from contract.rosters.cells import parts
from hub.owners.faults import Fault, OwnersRefused
from hub.owners.spans import BEGINNING, FOREVER, told
from hub.owners.tables import Columns, Row, instant, read_table
from hub.owners.units import KINDS, Unit, UnitKind, Units

COLUMNS = Columns(
    ("id", "kind", "parent"), ("zh", "en", "valid_from", "valid_to", "lots", "calendar")
)
_ABOVE: dict[UnitKind, frozenset[UnitKind]] = {
    "district": frozenset(),
    "subdistrict": frozenset({"district"}),
    "grid": frozenset({"subdistrict", "grid"}),
    "department": frozenset({"district", "subdistrict", "department"}),
    "contractor": frozenset({"district", "subdistrict", "department", "contractor"}),
    "crew": frozenset({"subdistrict", "grid", "department", "contractor"}),
}
_KIND: dict[str, UnitKind] = {kind: kind for kind in KINDS}
_MOST_LINES = 20  # units of a cycle that a fault names


def read_units(file: str, content: bytes) -> Units:
    """OwnersRefused with every fault."""
    table = read_table(file, content, COLUMNS)
    faults = list(table.faults)
    rows: list[Unit] = []
    for row in table.rows:
        wrong = list(_cell_faults(row, table.zone))
        faults += [Fault(file, row.line, text) for text in wrong]
        if not wrong:
            rows.append(_unit(row, table.zone))
    units = Units(rows)
    if not faults:
        # What rows say of each other follows from what each says.
        faults = [Fault(file, row.line, text) for row, text in _graph_faults(units)]
    if faults:
        raise OwnersRefused(sorted(faults, key=lambda fault: fault.line))
    return units


def _cell_faults(row: Row, zone: ZoneInfo | None) -> Iterator[str]:
    cells = row.cells
    for name in ("id", "parent"):
        if (cells[name] or name == "id") and not SLUG.fullmatch(cells[name]):
            yield f"{name} {cells[name]!r}: expected lower-case letters, digits and hyphens, at most 63"
    for name in ("lots", "calendar"):
        for part in parts(cells[name]):
            if not SLUG.fullmatch(part):
                yield f"{name} {part!r}: expected lower-case letters, digits and hyphens, at most 63"
    kind = cells["kind"]
    if kind not in KINDS:
        yield f"kind {kind!r}: expected one of {', '.join(KINDS)}"
    elif bool(cells["parent"]) == (kind == "district"):
        expected = "nobody above a district" if kind == "district" else f"a unit above a {kind}"
        yield f"parent {cells['parent']!r}: expected {expected}"
    if cells["lots"] and kind != "contractor":
        yield f"lots {cells['lots']!r}: expected them at a contractor, not at a {kind}"
    if not (cells["zh"] or cells["en"]):
        yield "no name: expected one in `zh` or in `en`"
    yield from _time_faults(cells, zone)


def _time_faults(cells: dict[str, str], zone: ZoneInfo | None) -> Iterator[str]:
    times = []
    for name in ("valid_from", "valid_to"):
        try:
            times.append(_time(cells[name], name, zone))
        except ValueError as error:
            yield f"{name}: {error}"
    if len(times) == 2 and times[0] >= times[1]:
        yield f"valid_to {cells['valid_to']}: expected a time behind valid_from"


def _time(text: str, name: str, zone: ZoneInfo | None) -> int:
    if not text:
        return BEGINNING if name == "valid_from" else FOREVER
    return instant(text, zone)


def _unit(row: Row, zone: ZoneInfo | None) -> Unit:
    cells = row.cells
    return Unit(
        id=cells["id"],
        kind=_KIND[cells["kind"]],
        zh=cells["zh"] or cells["en"],
        en=cells["en"] or cells["zh"],
        parent=cells["parent"] or None,
        start_ns=_time(cells["valid_from"], "valid_from", zone),
        end_ns=_time(cells["valid_to"], "valid_to", zone),
        lots=parts(cells["lots"]),
        calendars=parts(cells["calendar"]),
        line=row.line,
    )


def _graph_faults(units: Units) -> Iterator[tuple[Unit, str]]:
    by_id: dict[str, list[Unit]] = defaultdict(list)
    for row in units.rows:
        by_id[row.id].append(row)
    for rows in by_id.values():
        yield from _one_id_faults(rows)
    for row in units.rows:
        if row.parent is not None:
            yield from _parent_faults(row, row.parent, by_id, units)
    yield from _cycles(units)
    yield from _lot_faults(units)


def _one_id_faults(rows: Sequence[Unit]) -> Iterator[tuple[Unit, str]]:
    for earlier, later in pairwise(rows):
        if later.start_ns < earlier.end_ns:
            text = f"{later.id} is valid at the same time as on line {earlier.line}"
            yield later, f"{text}: expected valid_from there not before {told(earlier.end_ns)}"
        if later.kind != earlier.kind:
            text = f"{later.id} is a {later.kind} here, a {earlier.kind} on line {earlier.line}"
            yield later, f"{text}: expected one kind, or another id"


def _parent_faults(
    row: Unit, parent: str, by_id: dict[str, list[Unit]], units: Units
) -> Iterator[tuple[Unit, str]]:
    if parent not in units:
        yield row, f"parent {parent!r}: expected the id of a unit"
        return
    kind = by_id[parent][0].kind
    if kind not in _ABOVE[row.kind]:
        expected = " or ".join(one for one in KINDS if one in _ABOVE[row.kind])
        yield row, f"parent {parent} is a {kind}: expected a {expected} above a {row.kind}"
    without = units.uncovered(parent, row.span)
    if without is not None:
        yield row, f"parent {parent} is not valid at {told(without)}: expected it while {row.id} is"


def _cycles(units: Units) -> Iterator[tuple[Unit, str]]:
    """Rows that stand in a ring at one moment do so when the youngest of them begins."""
    told_of: set[str] = set()
    for row in units.rows:
        ring = _ring(units, row)
        if ring and told_of.isdisjoint(ring):
            told_of.update(ring)
            names = " -> ".join((*ring[:_MOST_LINES], row.id))
            yield row, f"{names}: expected nobody above themselves"


def _ring(units: Units, row: Unit) -> tuple[str, ...]:
    """The chain from this row at its begin, if it comes back to it."""
    chain = units.chain(row.id, row.start_ns)
    return chain if units.parent_of(chain[-1], row.start_ns) == row.id else ()


def _lot_faults(units: Units) -> Iterator[tuple[Unit, str]]:
    for lot in units.lots:
        holders = sorted(units.holders(lot), key=lambda row: row.start_ns)
        for earlier, later in pairwise(holders):
            if later.start_ns < earlier.end_ns and later.id != earlier.id:
                text = f"lot {lot} is held by {earlier.id} then, line {earlier.line}"
                yield later, f"{text}: expected one holder at a time"
