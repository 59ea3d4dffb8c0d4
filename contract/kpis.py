"""Key figures on the wire (docs/kpis.md)."""

from __future__ import annotations

import msgspec


class KpiFigure(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure is: `numerator` and `denominator` name counts (added up; -NAME is taken off), `sql` is
    where its published statement is, `of` which orders it is about."""

    name: str
    chinese: str
    of: str
    numerator: list[str]
    denominator: list[str]
    sql: str


class KpiPart(msgspec.Struct, frozen=True, kw_only=True):
    """Of one unit, contractor, area or class; `part` null = of those that have none. A value is null where
    nothing is in its denominator. `orders`: lists of the orders behind it, by what they are
    (`KpiFigure.of`); none where the list cannot be narrowed to them."""

    part: str | None
    values: dict[str, float | None]
    counts: dict[str, float]
    orders: dict[str, str] = {}


class KpiReport(msgspec.Struct, frozen=True, kw_only=True):
    """Of the period from `since` to before `until`, as orders stand `at`."""

    since: str
    until: str
    at: str
    by: str
    figures: list[KpiFigure]
    parts: list[KpiPart]
