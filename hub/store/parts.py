"""What merging and parting change: keys, timers, and what an order knows of its sightings."""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.flow_tables import order_alias, order_problem, timer
from hub.store.order_heads import family_of
from hub.store.order_tables import sighting, work_order


def move_aliases(conn: sa.Connection, district: str, order_id: str, into: str) -> None:
    """Keys of what was merged into the order before go on with it."""
    conn.execute(
        sa.update(order_alias)
        .where(order_alias.c.district == district, order_alias.c.order_id == order_id)
        .values(order_id=into)
    )


def return_aliases(conn: sa.Connection, district: str, order_id: str) -> None:
    """Keys of what is part of the order come back with it."""
    conn.execute(
        sa.update(order_alias)
        .where(
            order_alias.c.district == district,
            order_alias.c.merged_id.in_(family_of(conn, order_id)[1:]),
        )
        .values(order_id=order_id)
    )


def drop_alias(conn: sa.Connection, district: str, dedupe_key: str) -> None:
    conn.execute(
        sa.delete(order_alias).where(
            order_alias.c.district == district, order_alias.c.dedupe_key == dedupe_key
        )
    )


def drop_timers(conn: sa.Connection, order_id: str) -> None:
    """All that have not been taken."""
    conn.execute(sa.delete(timer).where(timer.c.order_id == order_id, timer.c.fired_at.is_(None)))


def recount(conn: sa.Connection, district: str, order_id: str) -> None:
    """When the order's problems were seen first and last, and whether the last of them is over."""
    family = family_of(conn, order_id)
    seen = conn.execute(
        sa.select(sa.func.min(sighting.c.observed_at), sa.func.max(sighting.c.observed_at)).where(
            sighting.c.order_id.in_(family)
        )
    ).one()
    ends = list(
        conn.scalars(
            sa.select(order_problem.c.ended_at).where(
                order_problem.c.district == district, order_problem.c.order_id.in_(family)
            )
        )
    )
    over = max(ends) if ends and all(ends) else None
    changes: dict[str, object] = {"ended_at": over, "version": work_order.c.version + 1}
    if seen[0] is not None:
        changes |= {"observed_at": seen[0], "last_at": seen[1]}
    conn.execute(
        sa.update(work_order)
        .where(work_order.c.district == district, work_order.c.id == order_id)
        .values(**changes)
    )
