"""Key figures of work orders (KPIs), each worked out by a published statement: the `.sql` files beside this.

Each file says what it counts, with its own denominator, and runs as it is on SQLite and PostgreSQL.
`from_audit.sql` works the same inputs out from the audit log alone and tells where the two differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import sqlalchemy as sa

By = Literal["all", "unit", "contractor", "area", "class"]
OF_PERIOD = ("filing", "dispatching", "in_time", "ended", "elapsed", "same_hands")
OF_NOW = ("standing",)
FILES = (*OF_PERIOD, *OF_NOW)
"""What `figures` asks, in this order."""

CHECK = "from_audit"
_PART = re.compile(r"CASE CAST\(:by AS TEXT\).*?\bEND(?= AS part)", re.DOTALL)
_EACH = " || '\n' || ".join(
    f"CASE WHEN {one} IS NULL THEN '-' ELSE '+' || {one} END"
    for one in ("owner_unit", "contractor", "area", "catalogue || '/' || class_code")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts by the columns of the files; seconds where the name says so. A rate is None when there is
    nothing that it could be a share of."""

    # opened in the period
    filed: int = 0
    refused: int = 0
    in_review: int = 0
    merged: int = 0
    void: int = 0
    dispatched: int = 0
    accurate: int = 0
    returns: int = 0
    # due in the period
    to_resolve: int = 0
    resolved_in_time: int = 0
    to_rectify: int = 0
    rectified_in_time: int = 0
    to_close: int = 0
    closed_in_time: int = 0
    # ended in the period
    closed: int = 0
    reworked: int = 0
    reworks: int = 0
    relapsed: int = 0
    ended_void: int = 0
    ended_refused: int = 0
    ended_merged: int = 0
    gross_s: float = 0.0
    stopped_s: float = 0.0
    longest_s: float = 0.0
    self_closed: int = 0
    self_handled: int = 0
    one_gateway: int = 0
    # open now
    open: int = 0
    overdue: int = 0
    shelved: int = 0
    no_owner: int = 0
    resolved: int = 0
    late: int = 0

    @property
    def filing_rate(self) -> float | None:
        """立案率."""
        return _share(self.filed, self.filed + self.refused)

    @property
    def dispatch_accuracy(self) -> float | None:
        """派遣准确率."""
        return _share(self.accurate, self.dispatched)

    @property
    def resolved_in_time_rate(self) -> float | None:
        """按期处置率."""
        return _share(self.resolved_in_time, self.to_resolve)

    @property
    def rectified_in_time_rate(self) -> float | None:
        """按期整改率."""
        return _share(self.rectified_in_time, self.to_rectify)

    @property
    def closed_in_time_rate(self) -> float | None:
        """按期结案率."""
        return _share(self.closed_in_time, self.to_close)

    @property
    def rework_rate(self) -> float | None:
        """返工率."""
        return _share(self.reworked, self.closed)

    @property
    def relapse_rate(self) -> float | None:
        """复发率, within seven days."""
        return _share(self.relapsed, self.closed)

    @property
    def gross_mean_s(self) -> float | None:
        return self.gross_s / self.closed if self.closed else None

    @property
    def net_mean_s(self) -> float | None:
        """Without the time in which the clock stood."""
        return (self.gross_s - self.stopped_s) / self.closed if self.closed else None


_ENDED = {one: f"ended_{one}" for one in ("void", "refused", "merged")}


@dataclass(frozen=True, slots=True)
class Difference:
    """An order of which the log tells something else: by column, (the order's, the log's)."""

    order_id: str
    number: str | None
    columns: dict[str, tuple[object, object]]


def statement(name: str) -> str:
    """The published text of one of FILES, or of CHECK."""
    return resources.files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")


def figures(
    conn: sa.Connection,
    district: str,
    *,
    since: str,
    until: str,
    at: str,
    by: By = "all",
    files: Sequence[str] = FILES,
) -> dict[str | None, Figures]:
    """Of the period from `since` to before `until`, as it stands at `at` (RFC 3339 UTC of
    `contract.timestamps`), by unit, contractor, area or CATALOGUE/CLASS; None = those that have none."""
    asked = {"district": district, "since": since, "until": until, "at": at, "by": by}
    found: dict[str | None, dict[str, Any]] = {}
    for name in files:
        names, rows = _rows(conn, name, asked)
        for part, *values in rows:
            found.setdefault(part, {}).update(zip(names, values, strict=True))
    return {part: Figures(**counts) for part, counts in found.items()}


def rows_of_each(
    conn: sa.Connection, district: str, *, since: str, until: str, at: str
) -> Iterator[tuple[tuple[str | None, ...], tuple[str, ...], tuple[Any, ...]]]:
    """What the statements of a period tell by (unit, contractor, area, CATALOGUE/CLASS) together, row by row:
    these four, names of `Figures`, their values."""
    asked = {"district": district, "since": since, "until": until, "at": at}
    for name in OF_PERIOD:
        names, rows = _rows(conn, name, asked, each=True)
        for part, *values in rows:
            parts = tuple(one[1:] if one[0] == "+" else None for one in part.split("\n"))
            yield parts, names, tuple(values)


def _rows(
    conn: sa.Connection, name: str, asked: Mapping[str, str], *, each: bool = False
) -> tuple[tuple[str, ...], Sequence[Sequence[Any]]]:
    """Names of `Figures`, and rows of a part and their values. Orders void in the period are other ones than
    those void of the orders opened in it."""
    query = _prepared(name, each=each)
    result = conn.execute(query, {key: asked[key] for key in query._bindparams})
    prefix = _ENDED if name == "ended" else {}
    part, *names = result.keys()
    if part != "part":
        raise LookupError(f"{name}.sql: its first column is {part}")
    return tuple(prefix.get(one, one) for one in names), result.all()


def differences(conn: sa.Connection, district: str) -> list[Difference]:
    """Orders that the audit log tells otherwise; [] as long as every change was told."""
    rows = conn.execute(_prepared(CHECK), {"district": district})
    return [_difference(row._asdict()) for row in rows]


def _difference(row: Mapping[str, Any]) -> Difference:
    pairs = {key: (row[key], row[f"told_{key}"]) for key in row if f"told_{key}" in row}
    unlike = {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
    return Difference(row["id"], row["number"], unlike)


@cache
def _prepared(name: str, *, each: bool = False) -> sa.TextClause:
    """`each`: the same statement, only its parts are by all four at once, one a line."""
    text = statement(name)
    return sa.text(_PART.sub(lambda _: _EACH, text, count=1) if each else text)


def _share(hits: int, n: int) -> float | None:
    return hits / n if n else None
