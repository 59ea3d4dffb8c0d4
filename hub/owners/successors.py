"""May these documents take the place of those? Only if no answer about a time that has begun changes.

Who owned a point on a day that is over must be answerable from the newest documents alone. So a version
that has begun stays as it is, its end excepted while that is still to come; what is new begins now or
later. What came before the first documents, those tell themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

from hub.owners.area_checks import span_of
from hub.owners.areas import DutyArea
from hub.owners.faults import Fault
from hub.owners.ownership import UNITS_FILE, Ownership
from hub.owners.spans import Span, told
from hub.owners.units import Unit, Units

_SAME = ("unit", "main", "assisting", "overlay", "classes", "lot", "contractor")


def check_successor(old: Ownership, new: Ownership, at_ns: int) -> list[Fault]:
    """`at_ns`: the moment of publishing (UTC ns). Empty when `new` may follow."""
    faults: list[Fault] = []
    if len(old.units):
        faults += _unit_faults(old.units, new.units, at_ns)
    if old.areas:
        faults += _area_faults(old, new, at_ns)
    return faults


def _area_faults(old: Ownership, new: Ownership, at_ns: int) -> Iterator[Fault]:
    after = {(one.area.id, one.area.version): one for one in new.areas}
    begun = {(one.area.id, one.area.version): one for one in old.areas if span_of(one)[0] <= at_ns}
    for key, before in begun.items():
        now = after.get(key)
        if now is None:
            text = f"version {before.area.version}, begun {told(span_of(before)[0])}, is gone"
            yield before.fault(
                f"{text}: expected it kept, with a `valid_to` not before {told(at_ns)}"
            )
            continue
        for text in _changes(before, now, at_ns):
            yield now.fault(f"version {now.area.version} has begun: expected {text}")
    for key, now in after.items():
        if key not in begun and span_of(now)[0] < at_ns:
            text = f"version {now.area.version} is new: expected a `valid_from` not before"
            yield now.fault(f"{text} {told(at_ns)}, found {told(span_of(now)[0])}")


def _changes(before: DutyArea, now: DutyArea, at_ns: int) -> Iterator[str]:
    if (before.area.rings, before.area.more) != (now.area.rings, now.area.more):
        yield "the same ground; a redrawn area is a new version"
    for key in _SAME:
        was, found = getattr(before, key), getattr(now, key)
        if was != found:
            yield f"{key} {was!r} as before, found {found!r}"
    yield from _moved(span_of(before), span_of(now), at_ns)


def _moved(before: Span, now: Span, at_ns: int) -> Iterator[str]:
    """A stretch that has begun keeps its begin, and its end once that is past."""
    if before[0] != now[0]:
        yield f"it to begin at {told(before[0])} as before, found {told(now[0])}"
    if before[1] <= at_ns and now[1] != before[1]:
        yield f"it to end at {told(before[1])} as before, found {told(now[1])}"
    elif before[1] > at_ns > now[1]:
        yield f"it to end not before {told(at_ns)}, found {told(now[1])}"


def _unit_faults(old: Units, new: Units, at_ns: int) -> Iterator[Fault]:
    after = {(row.id, row.start_ns): row for row in new.rows}
    begun = {(row.id, row.start_ns): row for row in old.rows if row.start_ns <= at_ns}
    for key, before in begun.items():
        row = after.get(key)
        if row is None:
            text = f"{before.id}, begun {told(before.start_ns)}, is gone: expected it kept"
            yield Fault(UNITS_FILE, 0, f"{text}, with a valid_to not before {told(at_ns)}")
            continue
        for text in _row_changes(before, row, at_ns):
            yield Fault(UNITS_FILE, row.line, f"{row.id} has begun: expected {text}")
    for key, row in after.items():
        # A unit that nobody knew answers for no day that is over, unless by a lot.
        if key not in begun and row.start_ns < at_ns and (row.id in old or row.lots):
            text = f"{row.id} is new: expected valid_from not before {told(at_ns)}"
            yield Fault(UNITS_FILE, row.line, f"{text}, found {told(row.start_ns)}")


def _row_changes(before: Unit, row: Unit, at_ns: int) -> Iterator[str]:
    for key in ("kind", "parent", "lots"):
        was, found = getattr(before, key), getattr(row, key)
        if was != found:
            yield f"{key} {was!r} as before, found {found!r}; a change is a new row"
    yield from _moved(before.span, row.span, at_ns)
