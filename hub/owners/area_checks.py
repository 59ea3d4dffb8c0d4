"""What areas and rosters say of units and lots, held against the units; ids that stand in two documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from contract.rosters.mistakes import near
from contract.timestamps import parse_rfc3339
from hub.owners.areas import DutyArea
from hub.owners.faults import Fault
from hub.owners.rosters import Rosters
from hub.owners.spans import FOREVER, Span, told, uncovered
from hub.owners.units import Units


def faults_between(areas: Iterable[DutyArea], units: Units) -> Iterator[Fault]:
    """Without any unit the names that areas give are taken as they are."""
    home: dict[str, DutyArea] = {}
    for duty in areas:
        first = home.setdefault(duty.area.id, duty)
        if first.document != duty.document:
            yield duty.fault(f"stands in {first.document} too: expected an id in one document")
        yield from (duty.fault(text) for text in _unit_faults(duty, units))


def span_of(duty: DutyArea) -> Span:
    area = duty.area
    end_ns = FOREVER if area.valid_to is None else parse_rfc3339(area.valid_to)
    return parse_rfc3339(area.valid_from), end_ns


def _unit_faults(duty: DutyArea, units: Units) -> Iterator[str]:
    if len(units):
        span = span_of(duty)
        named = [("unit", duty.unit), ("main", duty.main), ("contractor", duty.contractor)]
        named += [("assisting", unit) for unit in duty.assisting]
        for key, unit in named:
            if unit is not None:
                yield from _one_fault(key, unit, span, units)
        if duty.contractor is not None and duty.contractor in units:
            yield from _contractor_faults(duty, duty.contractor, units)
    if duty.lot is not None:
        yield from _lot_faults(duty, duty.lot, units)


def _one_fault(key: str, unit: str, span: Span, units: Units) -> Iterator[str]:
    if unit not in units:
        yield f"{key} {unit!r}: expected the id of a unit{near(unit, units.ids)}"
        return
    without = units.uncovered(unit, span)
    if without is not None:
        yield f"{key} {unit} is not valid at {told(without)}: expected it while the area is"


def _contractor_faults(duty: DutyArea, contractor: str, units: Units) -> Iterator[str]:
    begin_ns = span_of(duty)[0]
    row = units.row(contractor, begin_ns)
    if row is not None and row.kind != "contractor":
        yield f"contractor {contractor} is a {row.kind}: expected a contractor"
    elif duty.unit is not None:
        other = units.contractor_of(duty.unit, begin_ns)
        if other not in (None, units.contractor_of(contractor, begin_ns)):
            yield f"contractor {contractor}: expected {other}, to whom unit {duty.unit} belongs"


def _lot_faults(duty: DutyArea, lot: str, units: Units) -> Iterator[str]:
    holders = units.holders(lot)
    if duty.contractor is not None:
        if any(row.id != duty.contractor for row in holders):
            held = ", ".join(dict.fromkeys(row.id for row in holders))
            yield f"contractor {duty.contractor}: expected it without, lot {lot} is held by {held}"
        return
    if not holders and (len(units) or duty.unit is None):
        yield f"lot {lot!r}: expected one that a contractor holds{near(lot, units.lots)}"
    elif duty.unit is None:
        without = uncovered(span_of(duty), [row.span for row in holders])
        if without is not None:
            yield f"nobody holds lot {lot} at {told(without)}: expected a holder, or a `unit`"


def unknown_on_duty(rosters: Rosters, units: Units) -> Iterator[Fault]:
    if len(units):
        for watch in rosters.watches:
            if watch.unit not in units:
                text = (
                    f"unit {watch.unit!r}: expected the id of a unit{near(watch.unit, units.ids)}"
                )
                yield Fault(watch.document, watch.line, text)
