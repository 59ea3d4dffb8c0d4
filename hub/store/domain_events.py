"""Reading the outbox: what happened in a district, in the order in which it was committed.

Numbers are taken under the district's lock and used in the same transaction, so whoever has seen N has
seen everything up to N. Old events are forgotten from the front; a reader that asks for a forgotten one
is told so instead of being given what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from hub.store.flow_tables import domain_event as table
from hub.store.order_tables import audit_head

MOST = 1000  # events in one answer


@dataclass(frozen=True, slots=True)
class Event:
    """`data` is the JSON object as it was written; `content` reads it."""

    n: int
    at: str
    type: str
    subject: str
    data: str

    @property
    def content(self) -> dict[str, Any]:
        return msgspec.json.decode(self.data, type=dict[str, Any])


class NotKept(LookupError):
    """What follows `asked` is not here: forgotten, or never told (the hub was restored from before it).
    Kept are `first` to `last`; nothing, when `first` is behind `last`."""

    def __init__(self, asked: int, first: int, last: int) -> None:
        super().__init__(f"events behind {asked} are not kept; there are {first} to {last}")
        self.asked, self.first, self.last = asked, first, last


_TOLD = sa.select(audit_head.c.told).where(audit_head.c.district == sa.bindparam("of_district"))
_AFTER = (
    sa.select(table.c.n, table.c.at, table.c.type, table.c.subject, table.c.data)
    .where(table.c.district == sa.bindparam("of_district"), table.c.n > sa.bindparam("n"))
    .order_by(table.c.n)
    .limit(sa.bindparam("most"))
)


def last(conn: sa.Connection, district: str) -> int:
    """The number of the newest event; 0 before the first."""
    return int(conn.scalar(_TOLD, {"of_district": district}) or 0)


def newest(conn: sa.Connection, districts: Sequence[str]) -> dict[str, int]:
    """`last` of several; those that have no event are left out."""
    query = sa.select(audit_head.c.district, audit_head.c.told)
    rows = conn.execute(query.where(audit_head.c.district.in_(districts), audit_head.c.told > 0))
    return {row.district: int(row.told) for row in rows}


def after(conn: sa.Connection, district: str, n: int, limit: int = MOST) -> list[Event]:
    """Up to `limit` events behind number `n`, none left out. Raises NotKept.

    The newest number is read first: an event committed between the two statements is then one more,
    never one that seems forgotten."""
    newest = last(conn, district)
    rows = conn.execute(_AFTER, {"of_district": district, "n": n, "most": limit}).all()
    if n > newest:
        raise NotKept(n, first(conn, district), newest)
    if rows and rows[0].n != n + 1:
        raise NotKept(n, rows[0].n, newest)
    if not rows and n < newest:
        raise NotKept(n, newest + 1, newest)
    return [Event(*row) for row in rows]


def first(conn: sa.Connection, district: str) -> int:
    """The oldest number kept; one behind the newest when none is."""
    newest = last(conn, district)  # first: what is told meanwhile must not count as forgotten
    oldest = conn.scalar(sa.select(sa.func.min(table.c.n)).where(table.c.district == district))
    return newest + 1 if oldest is None else int(oldest)


def prune(
    conn: sa.Connection,
    district: str,
    *,
    before: str,
    through: int | None = None,
    most: int = 10_000,
) -> int:
    """How many were forgotten: from the oldest on, up to the first that is not older than `before`,
    and none behind number `through`. At most `most` in one transaction.

    The newest number is read before the search for young ones, and nothing behind it is forgotten: what
    is told meanwhile was not looked at."""
    newest = last(conn, district)
    oldest = first(conn, district)
    young = conn.scalar(
        sa.select(sa.func.min(table.c.n)).where(
            table.c.district == district, table.c.n < oldest + most, table.c.at >= before
        )
    )
    end = min(oldest + most, newest + 1) if young is None else int(young)
    if through is not None:
        end = min(end, through + 1)
    if end <= oldest:
        return 0
    gone = sa.delete(table).where(table.c.district == district, table.c.n < end)
    return int(conn.execute(gone).rowcount)
