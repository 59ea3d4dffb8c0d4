"""What an order's row says when a transaction ends. The last entry of each order in the audit log carries it,
so that what key figures rest on can be worked out from the log alone (`kpis/from_audit.sql`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from hub.store.audit import Entry
from hub.store.bulk import Lookup
from hub.store.flow_tables import order_pause
from hub.store.order_tables import work_order

STANDS = "stands"
_SUBJECT = "work-order/"
_COLUMNS = (
    work_order.c.due_at,
    work_order.c.catalogue,
    work_order.c.class_code,
    work_order.c.owner_unit,
    work_order.c.contractor,
    work_order.c.area,
    work_order.c.relapse_of,
    work_order.c.merged_into,
)
"""In the order of the list under STANDS; behind them stands how long the clock stood, in nanoseconds as
text, None where it never did or still does."""

_ORDERS = Lookup((work_order.c.id, *_COLUMNS), (work_order.c.id,))
_PAUSES = Lookup(
    (order_pause.c.order_id, order_pause.c.begin_ns, order_pause.c.end_ns),
    (order_pause.c.order_id,),
    "end_ns IS NOT NULL",
)


def with_stands(conn: sa.Connection, entries: Sequence[Entry]) -> list[Entry]:
    """The same entries, in the same order; the orders are as they stand now."""
    last = {one.subject: n for n, one in enumerate(entries) if one.subject.startswith(_SUBJECT)}
    if not last:
        return list(entries)
    keys = [(subject.removeprefix(_SUBJECT),) for subject in last]
    stood: defaultdict[str, int] = defaultdict(int)
    for order_id, begin_ns, end_ns in _PAUSES.run(conn, keys):
        stood[order_id] += end_ns - begin_ns
    found = list(entries)
    for order_id, *values in _ORDERS.run(conn, keys):
        place = last[_SUBJECT + order_id]
        for_ns = str(stood[order_id]) if order_id in stood else None
        detail = {**found[place].detail, STANDS: [*values, for_ns]}
        found[place] = replace(found[place], detail=detail)
    return found
