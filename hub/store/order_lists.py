"""A page of the list of work orders, by any filters together.

A page must cost what a page costs, however many orders there are and whatever is asked for. Either what is
asked for is common, then a walk in the order of the list soon finds a page of it; or it is rare, then all
of it is fetched by its own index and put in order. Which one it is is counted, up to FEW; neither
database's planner knows it (SQLite keeps no statistics, PostgreSQL's do not tell about boxes and sources).
The SQL is text: SQLAlchemy's own takes longer to be put together than a page to be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from contract.workorder import WorkOrder
from hub.store.order_rows import COLUMNS, order_of

FEW = 1_000
"""So many rows are fetched and sorted in some milliseconds."""

_FETCHED_FOR_SOURCE = 8
"""Times FEW: a walk asks for each order who told of it, in another table, and meets one source in every few
hundred. With 300,000 orders and 2,000 sightings of a source PostgreSQL took ten times as long to walk."""

_MANY, _FETCHED_OF_MANY = 3, 8
"""Of so many conditions together so many times FEW: each may be common and all of them rare. A walk over a
million orders of SQLite met an area's, a unit's and a class's page after 119 ms; the area had 2,500 rows."""

Time = Literal["observed", "opened", "closed", "due"]
_TIMES: dict[Time, tuple[str, str]] = {
    "observed": ("observed_at", "ix_work_order_district_observed_at_seq"),
    "opened": ("opened_at", "ix_work_order_district_opened_at"),
    "closed": ("closed_at", "ix_work_order_district_closed_at"),
    "due": ("due_at", "ix_work_order_district_due_at"),
}
_ALL = "ix_work_order_district_seq"
_INDEXES = {
    "state": "ix_work_order_district_state_seq",
    "kind": "ix_work_order_district_kind_seq",
    "class_code": "ix_work_order_district_class_seq",
    "owner_unit": "ix_work_order_district_owner_unit_seq",
    "area": "ix_work_order_district_area_seq",
    "object": "ix_work_order_district_object_seq",
}
_MOST = frozenset({"closed", "void"})  # states of nearly all orders


@dataclass(frozen=True, slots=True)
class Box:
    """West, south, east, north in degrees; `west` > `east` crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """All that are given must hold; several states mean any of them. `source`:
    who told a word of it (CloudEvents), `area`: the duty area that gave the owner. `time` says which times
    `since` and `until` mean."""

    states: tuple[str, ...] = ()
    kind: str | None = None
    class_code: str | None = None
    unit: str | None = None
    area: str | None = None
    object: str | None = None
    source: str | None = None
    time: Time = "observed"
    since: str | None = None
    until: str | None = None
    bbox: Box | None = None

    @property
    def timed(self) -> bool:
        return self.since is not None or self.until is not None


@dataclass(frozen=True, slots=True)
class Last:
    """The last row of a page: the next page begins behind it. `at` where the list goes by a time."""

    seq: int
    at: str | None = None


@dataclass(frozen=True, slots=True)
class _Condition:
    """`sql` over `work_order`; `fetch` selects the `key`s (id or seq) of all that it holds for, `index` has
    these in the order of the list, `probe` asks that index alone about a row: SQLite would read the row.
    Up to `times` FEW it is fetched."""

    sql: str
    fetch: str
    key: str = "seq"
    index: str | None = None
    probe: str | None = None
    times: int = 1


def list_orders(
    conn: sa.Connection,
    district: str,
    wanted: OrderFilter,
    *,
    after: Last | None,
    limit: int,
    few: int = FEW,
) -> tuple[list[WorkOrder], Last | None]:
    """Newest first, and the last of the page where there is another. Sightings and evidence are left to
    `fetch_order`.

    Without times the list goes by `seq`, as orders were opened: orders opened meanwhile neither repeat nor
    hide a row. With times it goes by these; an order whose time changes meanwhile (an earlier word comes in,
    it is closed again) may be seen again, or not at all.
    """
    asked = _Asked(conn, district, wanted, after=after, limit=limit + 1, few=few)
    rows = asked.rows()
    return [order_of(row) for row in rows[:limit]], (
        asked.last(rows[limit - 1]) if len(rows) > limit else None
    )


class _Asked:
    def __init__(
        self,
        conn: sa.Connection,
        district: str,
        wanted: OrderFilter,
        *,
        after: Last | None,
        limit: int,
        few: int,
    ) -> None:
        self._conn, self._wanted, self._limit, self._few = conn, wanted, limit, few
        self._lite = conn.dialect.name == "sqlite"
        self._values: dict[str, Any] = {"district": district}
        self._timed = wanted.timed
        self._column, self._index = _TIMES[wanted.time]
        self._order = f"{self._column} DESC, seq DESC" if self._timed else "seq DESC"
        self._here = f"district = {self._mark('district')}"
        self._plain = [self._here, *self._within(), *self._behind(after)]
        self._picks = self._conditions()

    def rows(self) -> list[Any]:
        columns = ", ".join((*COLUMNS, "seq"))
        rare = self._rare()
        if rare is not None:
            query = self._of_few(rare, columns)
        elif self._wanted.states:
            query = self._by_state(columns)
        else:
            query = self._walk(columns, self._picks)
        return self._run(query)

    def last(self, row: Any) -> Last:
        at = row[COLUMNS.index(self._column)] if self._timed else None
        return Last(row[len(COLUMNS)], at)

    def _mark(self, name: str) -> str:
        return f":{name}" if self._lite else f"%({name})s"

    def _given(self, name: str, value: object) -> str:
        self._values[name] = value
        return self._mark(name)

    def _within(self) -> list[str]:
        """The times; a begin or an end alone is a time, too."""
        bounds = (("since", ">=", self._wanted.since), ("until", "<", self._wanted.until))
        return [
            f"{self._column} {sign} {self._given(name, value)}"
            for name, sign, value in bounds
            if value is not None
        ]

    def _behind(self, after: Last | None) -> list[str]:
        if after is None:
            return []
        seq = self._given("after_seq", after.seq)
        if not self._timed:
            return [f"seq < {seq}"]
        at = self._given("after_at", after.at)
        return [f"({self._column}, seq) < ({at}, {seq})"]

    def _conditions(self) -> list[_Condition]:
        wanted, found = self._wanted, list[_Condition]()
        if wanted.states:
            marks = [self._given(f"state{n}", one) for n, one in enumerate(wanted.states)]
            found.append(self._picked(f"state IN ({', '.join(marks)})"))
        equal = {
            "kind": wanted.kind,
            "class_code": wanted.class_code,
            "owner_unit": wanted.unit,
            "area": wanted.area,
            "object": wanted.object,
        }
        found += [
            self._picked(f"{column} = {self._given(column, value)}", column)
            for column, value in equal.items()
            if value is not None
        ]
        if wanted.bbox is not None:
            found.append(self._picked(self._inside(wanted.bbox)))
        if wanted.source is not None:
            found.append(self._told_by(wanted.source))
        return found

    def _picked(self, sql: str, column: str | None = None) -> _Condition:
        fetch = f"SELECT seq AS found FROM work_order WHERE {self._here} AND {sql}"  # noqa: S608 - bound
        if column is None:
            return _Condition(sql, fetch)
        index = _INDEXES[column]
        probe = (
            f"EXISTS (SELECT 1 FROM work_order AS same INDEXED BY {index} WHERE same.{self._here} "  # noqa: S608
            f"AND same.{sql} AND same.seq = work_order.seq)"
        )
        return _Condition(sql, fetch, index=index, probe=probe if self._lite else None)

    def _inside(self, box: Box) -> str:
        west, south, east, north = (
            self._given(name, getattr(box, name)) for name in ("west", "south", "east", "north")
        )
        both = "AND" if box.west <= box.east else "OR"
        return f"lat BETWEEN {south} AND {north} AND (lon >= {west} {both} lon <= {east})"

    def _told_by(self, source: str) -> _Condition:
        told = f"sighting WHERE {self._here} AND source = {self._given('source', source)}"
        return _Condition(
            f"EXISTS (SELECT 1 FROM {told} AND order_id = id)",  # noqa: S608 - values are bound
            f"SELECT DISTINCT order_id AS found FROM {told} AND order_id IS NOT NULL",  # noqa: S608
            key="id",
            times=_FETCHED_FOR_SOURCE,
        )

    def _rare(self) -> _Condition | None:
        """What holds for the fewest orders, if for few. One condition alone whose index is in the order of the
        list needs no counting."""
        alone = len(self._picks) == 1 and not self._timed
        if not self._picks or (alone and (self._picks[0].index or self._wanted.states)):
            return None
        most = [self._few * self._times(one) for one in self._picks]
        counts = ", ".join(
            f"(SELECT COUNT(*) FROM ({one.fetch} LIMIT {limit + 1}) AS few)"  # noqa: S608
            for one, limit in zip(self._picks, most, strict=True)
        )
        (found,) = self._run(f"SELECT {counts}")
        few = [(count, place) for place, count in enumerate(found) if count <= most[place]]
        return self._picks[min(few)[1]] if few else None

    def _times(self, one: _Condition) -> int:
        return max(one.times, _FETCHED_OF_MANY) if len(self._picks) >= _MANY else one.times

    def _of_few(self, rare: _Condition, columns: str) -> str:
        rest = _all([*self._plain, *(one.sql for one in self._picks if one is not rare)])
        return f"""WITH few AS MATERIALIZED ({rare.fetch}), page AS MATERIALIZED (
            SELECT seq AS page_seq FROM few CROSS JOIN work_order WHERE {rare.key} = found AND {rest}
            ORDER BY {self._order} LIMIT {self._limit}
        )
        {self._of_page(columns)}"""  # noqa: S608 - values are bound

    def _by_state(self, columns: str) -> str:
        """Each state has an order of its own; the page is the newest of them all."""
        keys = f"seq AS page_seq, {self._column} AS page_at"
        walks = []
        for n, one in enumerate(self._wanted.states):
            state = self._picked(f"state = {self._mark(f'state{n}')}", "state")
            others = self._picks[1:]
            walks.append(self._walk(keys, [*others, state] if one in _MOST else [state, *others]))
        parts = [f"SELECT * FROM ({one}) AS of_{n}" for n, one in enumerate(walks)]  # noqa: S608
        order = "page_at DESC, page_seq DESC" if self._timed else "page_seq DESC"
        return f"""WITH page AS MATERIALIZED (
            SELECT page_seq FROM ({" UNION ALL ".join(parts)}) AS of_all
            ORDER BY {order} LIMIT {self._limit}
        )
        {self._of_page(columns)}"""  # noqa: S608 - values are bound

    def _of_page(self, columns: str) -> str:
        return f"""SELECT {columns} FROM page CROSS JOIN work_order WHERE seq = page_seq
        ORDER BY {self._order}"""  # noqa: S608 - values are bound

    def _walk(self, columns: str, picks: Sequence[_Condition]) -> str:
        """In the order of the list, over the first index that has it: without being told SQLite takes another
        one and sorts all that it finds."""
        indexes = [one.index for one in picks if one.index is not None]
        index = self._index if self._timed else next(iter(indexes), _ALL)
        by = f"INDEXED BY {index}" if self._lite else ""
        asked = [one.sql if one.index == index else one.probe or one.sql for one in picks]
        return (
            f"SELECT {columns} FROM work_order {by} WHERE {_all([*self._plain, *asked])} "  # noqa: S608
            f"ORDER BY {self._order} LIMIT {self._limit}"
        )

    def _run(self, query: str) -> list[Any]:
        """By the driver alone: SQLAlchemy's part would cost as much as the query."""
        driver: Any = self._conn.connection.driver_connection
        found: list[Any] = driver.execute(query, self._values).fetchall()
        return found


def _all(conditions: Sequence[str]) -> str:
    return " AND ".join(conditions)
