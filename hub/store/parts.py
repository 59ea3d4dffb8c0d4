"""What merging and parting change: keys, timers, and what an order knows of its sightings."""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.dialects import insert_into
from hub.store.flow_tables import order_alias, order_problem, timer
from hub.store.order_heads import family_of
from hub.store.order_tables import OPEN_PREDICATE, sighting, work_order


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


def put_alias(
    conn: sa.Connection, district: str, dedupe_key: str, order_id: str, merged_id: str
) -> None:
    """The key's next word joins `order_id`, under the order that was merged into it."""
    new = insert_into(conn, order_alias).values(
        district=district, dedupe_key=dedupe_key, order_id=order_id, merged_id=merged_id
    )
    there = {"order_id": order_id, "merged_id": merged_id}
    conn.execute(new.on_conflict_do_update(index_elements=["district", "dedupe_key"], set_=there))


def restore_aliases(conn: sa.Connection, district: str, order_id: str) -> None:
    """The order is open again: keys of what is part of it are its own, but for those taken since."""
    family = family_of(conn, order_id)[1:]
    keys = sa.select(work_order.c.dedupe_key, work_order.c.id).where(work_order.c.id.in_(family))
    for row in conn.execute(keys).all():
        if not is_held(conn, district, row.dedupe_key):
            put_alias(conn, district, row.dedupe_key, order_id, row.id)


def is_taken(conn: sa.Connection, district: str, dedupe_key: str) -> bool:
    """Whether an open order has the key for its own."""
    query = sa.select(work_order.c.id).where(
        work_order.c.district == district,
        work_order.c.dedupe_key == dedupe_key,
        sa.text(OPEN_PREDICATE),
    )
    return conn.execute(query).first() is not None


def is_held(conn: sa.Connection, district: str, dedupe_key: str) -> bool:
    """Whether an open order has the key, for its own or with something that became part of it."""
    alias = sa.select(order_alias.c.order_id).where(
        order_alias.c.district == district, order_alias.c.dedupe_key == dedupe_key
    )
    return is_taken(conn, district, dedupe_key) or conn.execute(alias).first() is not None


def drop_alias(conn: sa.Connection, district: str, merged_id: str) -> None:
    conn.execute(
        sa.delete(order_alias).where(
            order_alias.c.district == district, order_alias.c.merged_id == merged_id
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
            sa.select(order_problem.c.ended_at).where(order_problem.c.order_id.in_(family))
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
