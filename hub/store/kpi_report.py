"""Key figures as they are given out: each with its definition, its counts and the orders behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from operator import attrgetter
from urllib.parse import urlencode

import sqlalchemy as sa

from contract.kpis import KpiFigure, KpiPart, KpiReport
from hub.store import kpi_days
from hub.store.kpis import By, Figures

STATEMENTS = "/v1/kpis/statements"
_ORDERS = "/v1/work-orders"
_OPEN = ("review", "no-owner", "dispatched", "resolved", "returned", "shelved")
_NOT_VOID = (*_OPEN, "closed")
_NAMES = tuple(one.name for one in fields(Figures))
_COUNTS_OF = attrgetter(*_NAMES)
_NARROWED = {"unit": "unit", "area": "area", "class": "class_code"}
"""Parameters of the list, by axis; it has none for contractors."""


def _figure(name: str, chinese: str, of: str, share: tuple[str, str], file: str) -> KpiFigure:
    numerator, denominator = (side.split() for side in share)
    sql = f"{STATEMENTS}/{file}"
    return KpiFigure(
        name=name, chinese=chinese, of=of, numerator=numerator, denominator=denominator, sql=sql
    )


FIGURES = (
    _figure("filing_rate", "立案率", "opened", ("filed", "filed refused"), "filing"),
    _figure("dispatch_accuracy", "派遣准确率", "opened", ("accurate", "dispatched"), "dispatching"),
    _figure("resolved_in_time", "按期处置率", "due", ("resolved_in_time", "to_resolve"), "in_time"),
    _figure(
        "rectified_in_time", "按期整改率", "due", ("rectified_in_time", "to_rectify"), "in_time"
    ),
    _figure("closed_in_time", "按期结案率", "due", ("closed_in_time", "to_close"), "in_time"),
    _figure("rework_rate", "返工率", "closed", ("reworked", "closed"), "ended"),
    _figure("relapse_rate", "复发率", "closed", ("relapsed", "closed"), "ended"),
    _figure("gross_mean_s", "平均用时", "closed", ("gross_s", "closed"), "elapsed"),
    _figure(
        "net_mean_s", "平均用时 (扣除挂账)", "closed", ("gross_s -stopped_s", "closed"), "elapsed"
    ),
    _figure("self_closed", "自报自结率", "closed", ("self_closed", "closed"), "same_hands"),
    _figure("overdue", "超期数 / 在办数", "open", ("overdue", "open"), "standing"),
)


def report(
    conn: sa.Connection,
    district: str,
    *,
    since: str,
    until: str,
    at: str,
    by: By = "all",
    only: str | None = None,
) -> KpiReport:
    """`only`: one part, a unit, contractor, area or class (with or without its catalogue), of that axis."""
    found = kpi_days.figures(conn, district, since=since, until=until, at=at, by=by)
    parts = [part for part in found if only is None or _is(part, only, by)]
    lists = _lists(since, until, at)
    return KpiReport(
        since=since,
        until=until,
        at=at,
        by=by,
        figures=list(FIGURES),
        parts=[
            _part(part, found[part], _narrowed(lists, part, by))
            for part in sorted(parts, key=lambda one: (one is None, one or ""))
        ],
    )


def _is(part: str | None, only: str, by: By) -> bool:
    return part == only or (by == "class" and part is not None and part.endswith(f"/{only}"))


def _part(part: str | None, found: Figures, lists: dict[str, str]) -> KpiPart:
    counts = dict(zip(_NAMES, _COUNTS_OF(found), strict=True))
    values = {one.name: _value(one, counts) for one in FIGURES}
    return KpiPart(part=part, values=values, counts=counts, orders=lists)


def _value(figure: KpiFigure, counts: Mapping[str, float]) -> float | None:
    total = sum(counts[name] for name in figure.denominator)
    return sum(_signed(name, counts) for name in figure.numerator) / total if total else None


def _signed(name: str, counts: Mapping[str, float]) -> float:
    return -counts[name[1:]] if name.startswith("-") else counts[name]


def _lists(since: str, until: str, at: str) -> dict[str, str]:
    """Of the whole district."""
    period = [("since", since), ("until", until)]
    due = [("since", since), ("until", min(until, at))]
    asked = {
        "opened": [("time", "opened"), *period],
        "due": [("time", "due"), *due, *(("state", one) for one in _NOT_VOID)],
        "closed": [("time", "closed"), *period, ("state", "closed")],
        "open": [("state", one) for one in _OPEN],
    }
    return {name: f"{_ORDERS}?{urlencode(given)}" for name, given in asked.items()}


def _narrowed(lists: dict[str, str], part: str | None, by: By) -> dict[str, str]:
    """The lists know a class without its catalogue, and neither contractors nor those that have none."""
    if by == "all":
        return lists
    if part is None or by not in _NARROWED:
        return {}
    value = part.rpartition("/")[2] if by == "class" else part
    more = urlencode({_NARROWED[by]: value})
    return {name: f"{link}&{more}" for name, link in lists.items()}


def table(found: KpiReport) -> str:
    """For people: a column each part, a row each figure, with what it is a share of."""
    lines = [f"{found.since} to {found.until}, as orders stand at {found.at}"]
    for part in found.parts:
        lines += ["", part.part or f"without {found.by}"]
        for one in found.figures:
            value = part.values[one.name]
            share = f"{_sum_of(one.numerator, part)} / {_sum_of(one.denominator, part)}"
            told = "-" if value is None else _told(one.name, value)
            file = one.sql.rpartition("/")[2]
            lines.append(f"  {one.name:<18} {told:>9}  {share:>22}  {one.chinese} ({file}.sql)")
        counts = ", ".join(f"{name} {part.counts[name]:g}" for name in _BESIDE)
        lines.append(f"  {counts}")
    return "\n".join(lines)


_BESIDE = ("void", "refused", "merged", "in_review", "shelved", "no_owner", "resolved", "late")
"""What a rate could hide behind."""


def _told(name: str, value: float) -> str:
    return f"{value / 3600:.1f} h" if name.endswith("_s") else f"{value:.1%}"


def _sum_of(names: list[str], part: KpiPart) -> str:
    return f"{sum(_signed(name, part.counts) for name in names):g}"
