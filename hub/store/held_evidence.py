"""Evidence of words that are not enough yet to file their problem: held back, and given to the order that
they lead to. Callers hold `audit.lock` of the district."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from hub.store.dialects import insert_into
from hub.store.flow_tables import held_evidence
from hub.store.order_tables import order_evidence

Row = Mapping[str, object]
_HELD = held_evidence.c
_OF_PROBLEM = (
    _HELD.district == sa.bindparam("at_district"),
    _HELD.problem_id == sa.bindparam("at_problem"),
    _HELD.source == sa.bindparam("at_source"),
)
_GIVEN = (
    sa.select(sa.bindparam("at_id", type_=sa.Text), _HELD.sha256, _HELD.received_at, _HELD.event_id)
    .where(*_OF_PROBLEM, _HELD.observed_at >= sa.bindparam("at_since"))
    .order_by(_HELD.received_at, _HELD.observed_at, _HELD.event_id)
)
_COLUMNS = ["order_id", "sha256", "added_at", "added_by"]
_FORGET = sa.delete(held_evidence).where(*_OF_PROBLEM)


def hold(conn: sa.Connection, rows: Sequence[Row]) -> None:
    """Columns of `held_evidence`; each event once."""
    if rows:
        conn.execute(held_evidence.insert(), rows)


def give(conn: sa.Connection, rows: Sequence[Row]) -> None:
    """To the order `at_id` what was observed of its problem from `at_since` on: `at_district`,
    `at_source`, `at_problem`. What came before belonged to a problem that was over unfiled."""
    given = insert_into(conn, order_evidence).from_select(_COLUMNS, _GIVEN).on_conflict_do_nothing()
    for row in rows:
        conn.execute(given, row)
        conn.execute(_FORGET, row)
