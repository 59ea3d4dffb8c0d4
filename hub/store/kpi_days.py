"""Key figures out of days that are kept, and of the published statements for what is not (docs/adr/0021).

The numbers of a whole day (UTC) are kept once it is over, worked out by the published statements themselves.
Triggers take a day out in the very transaction that changes one of its orders (`kpi_tables`); `rebuild` puts
it back. A figure is therefore never older than the orders: what is not kept is worked out as it is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from operator import add, attrgetter

import msgspec
import sqlalchemy as sa

from hub.store import audit, kpis
from hub.store.kpi_tables import kpi_day
from hub.store.kpis import By, Figures
from hub.store.order_tables import work_order

AXES: tuple[By, ...] = ("unit", "contractor", "area", "class")
_NOW = ("open", "overdue", "shelved", "no_owner", "resolved", "late")
_SUMS = tuple(one.name for one in fields(Figures) if one.name not in {*_NOW, "longest_s"})
"""What is kept of each part of a day, and `longest_s`, a maximum, behind it."""

_PLACE = {name: place for place, name in enumerate(_SUMS)}
_SUMS_OF = attrgetter(*_SUMS)
_DAYS = (
    sa.select(kpi_day.c.day, kpi_day.c.figures)
    .where(kpi_day.c.district == sa.bindparam("of_district"))
    .where(kpi_day.c.axis == sa.bindparam("of_axis"))
    .where(kpi_day.c.day.between(sa.bindparam("first"), sa.bindparam("last")))
    .order_by(kpi_day.c.day)
)


@dataclass(slots=True)
class _Total:
    """By part: unit, contractor, area or class."""

    sums: dict[str | None, list[float]] = field(default_factory=dict)
    longest: dict[str | None, float] = field(default_factory=dict)

    def add(self, part: str | None, sums: Sequence[float], longest: float) -> None:
        was = self.sums.get(part)
        self.sums[part] = list(sums if was is None else map(add, was, sums))
        self.longest[part] = max(longest, self.longest.get(part, 0.0))

    def note(self, part: str | None, names: Sequence[str], values: Sequence[float]) -> None:
        sums = self.sums.get(part)
        if sums is None:
            sums = self.sums[part] = [0] * len(_SUMS)
        for name, value in zip(names, values, strict=True):
            if name == "longest_s":
                self.longest[part] = max(value, self.longest.get(part, 0.0))
            else:
                sums[_PLACE[name]] += value

    def document(self) -> str:
        rows = [[part, sums, self.longest.get(part, 0.0)] for part, sums in self.sums.items()]
        return msgspec.json.encode(rows).decode()

    def figures(self, part: str | None, standing: Figures | None) -> Figures:
        named = {} if standing is None else {name: getattr(standing, name) for name in _NOW}
        if part in self.sums:
            named |= zip(_SUMS, self.sums[part], strict=True)
            named["longest_s"] = self.longest[part]
        return Figures(**named)


def figures(
    conn: sa.Connection, district: str, *, since: str, until: str, at: str, by: By = "all"
) -> dict[str | None, Figures]:
    """What `kpis.figures` tells, from the days that are kept as far as they reach."""
    kept = _kept(conn, district, since, min(until, at), "class" if by == "all" else by)
    total = _Total()
    for document in kept.values():
        for part, sums, longest in msgspec.json.decode(document):
            total.add("all" if by == "all" else part, sums, longest)
    for begin, end in _gaps(since, until, kept):
        found = kpis.figures(
            conn, district, since=begin, until=end, at=at, by=by, files=kpis.OF_PERIOD
        )
        for part, one in found.items():
            total.add(part, _SUMS_OF(one), one.longest_s)
    standing = kpis.figures(
        conn, district, since=since, until=until, at=at, by=by, files=kpis.OF_NOW
    )
    return {
        part: total.figures(part, standing.get(part))
        for part in dict.fromkeys((*total.sums, *standing))
    }


def missing(conn: sa.Connection, district: str, *, at: str) -> list[str]:
    """Days that are over at `at` and not kept, newest first."""
    oldest = conn.scalar(
        sa.select(sa.func.min(work_order.c.opened_at)).where(work_order.c.district == district)
    )
    if oldest is None:
        return []
    kept = conn.scalars(
        sa.select(kpi_day.c.day).where(kpi_day.c.district == district, kpi_day.c.axis == AXES[0])
    )
    there = set(kept)
    days = [str(day) for day in _between(oldest[:10], at[:10])]
    return [day for day in reversed(days) if day not in there]


def rebuild(conn: sa.Connection, district: str, day: str) -> None:
    """Work a day out that is over, and keep it. Nobody changes an order meanwhile: the district is locked."""
    audit.lock(conn, district)
    begin, end = _begin(day), _begin(_next(day))
    by_axis = [(axis, _Total()) for axis in AXES]
    for parts, names, values in kpis.rows_of_each(conn, district, since=begin, until=end, at=end):
        for (_, total), part in zip(by_axis, parts, strict=True):
            total.note(part, names, values)
    conn.execute(sa.delete(kpi_day).where(kpi_day.c.district == district, kpi_day.c.day == day))
    rows = [
        {"district": district, "day": day, "axis": axis, "figures": total.document()}
        for axis, total in by_axis
    ]
    conn.execute(kpi_day.insert(), rows)


def _kept(
    conn: sa.Connection, district: str, since: str, until: str, axis: str
) -> Mapping[str, str]:
    """Documents of the days that lie wholly in the period."""
    first = since[:10] if since == _begin(since[:10]) else _next(since[:10])
    last = str(date.fromisoformat(until[:10]) - timedelta(days=1))
    asked = {"of_district": district, "of_axis": axis, "first": first, "last": last}
    return {row.day: row.figures for row in conn.execute(_DAYS, asked)}


def _gaps(since: str, until: str, kept: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What of the period no kept day covers."""
    begin = since
    for day in kept:
        if begin < _begin(day):
            yield begin, _begin(day)
        begin = _begin(_next(day))
    if begin < until:
        yield begin, until


def _between(first: str, until: str) -> Iterator[date]:
    day, end = date.fromisoformat(first), date.fromisoformat(until)
    while day < end:
        yield day
        day += timedelta(days=1)


def _begin(day: str) -> str:
    return f"{day}T00:00:00.000Z"


def _next(day: str) -> str:
    return str(date.fromisoformat(day) + timedelta(days=1))
