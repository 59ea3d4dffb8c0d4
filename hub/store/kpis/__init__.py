"""Key figures of work orders (KPIs), each worked out by a published statement: the `.sql` files beside this.

Each file says what it counts, with its own denominator, and runs as it is on SQLite and PostgreSQL.
`from_audit.sql` works the same inputs out from the audit log alone and tells where the two differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any, Literal

import sqlalchemy as sa

By = Literal["all", "unit", "contractor", "area", "class"]
FILES = ("filing", "dispatching", "in_time", "ended", "elapsed", "standing", "same_hands")
"""What `figures` asks, in this order."""

CHECK = "from_audit"


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
    conn: sa.Connection, district: str, *, since: str, until: str, at: str, by: By = "all"
) -> dict[str | None, Figures]:
    """Of the period from `since` to before `until`, as it stands at `at` (RFC 3339 UTC of
    `contract.timestamps`), by unit, contractor, area or CATALOGUE/CLASS; None = those that have none."""
    asked = {"district": district, "since": since, "until": until, "at": at, "by": by}
    found: dict[str | None, dict[str, Any]] = {}
    for name in FILES:
        query = _prepared(name)
        wanted = {key: asked[key] for key in query._bindparams}
        for row in conn.execute(query, wanted):
            found.setdefault(row.part, {}).update(_named(name, row._asdict()))
    return {part: Figures(**counts) for part, counts in found.items()}


def differences(conn: sa.Connection, district: str) -> list[Difference]:
    """Orders that the audit log tells otherwise; [] as long as every change was told."""
    rows = conn.execute(_prepared(CHECK), {"district": district})
    return [_difference(row._asdict()) for row in rows]


def _named(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Orders void in the period are other ones than those void of the orders opened in it."""
    prefix = (
        {one: f"ended_{one}" for one in ("void", "refused", "merged")} if name == "ended" else {}
    )
    kinds = {one.name: one.type for one in fields(Figures)}
    named = {prefix.get(key, key): value for key, value in row.items() if key != "part"}
    return {
        key: float(value) if kinds[key] == "float" else int(value) for key, value in named.items()
    }


def _difference(row: Mapping[str, Any]) -> Difference:
    pairs = {key: (row[key], row[f"told_{key}"]) for key in row if f"told_{key}" in row}
    unlike = {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
    return Difference(row["id"], row["number"], unlike)


@cache
def _prepared(name: str) -> sa.TextClause:
    return sa.text(statement(name))


def _share(hits: int, n: int) -> float | None:
    return hits / n if n else None
