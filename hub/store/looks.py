"""Second looks: asked, answered, called off. Callers hold `audit.lock` of the district."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import msgspec
import sqlalchemy as sa

from hub.store.flow_tables import second_look
from hub.store.order_tables import work_order

CALLED_OFF, NO_ANSWER = "called-off", "no-answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Columns of `second_look` by their names."""

    id: str
    order_id: str
    round: int
    slot: str | None
    why_slot: str | None
    asked_at: str | None
    answer_by: str | None
    answered_at: str | None
    verdict: str | None
    confidence: float | None


_LOOK = sa.select(*(second_look.c[one.name] for one in fields(Look)))


def of_order(conn: sa.Connection, order_id: str) -> list[Look]:
    """Oldest first."""
    query = _LOOK.where(second_look.c.order_id == order_id).order_by(second_look.c.round)
    return [Look(**row._mapping) for row in conn.execute(query)]


def add(conn: sa.Connection, row: Mapping[str, object]) -> None:
    conn.execute(sa.insert(second_look), row)


def waiting(conn: sa.Connection, order_id: str, slot: str | None = None) -> Look | None:
    """The newest look that nobody has answered, of one slot or of any."""
    query = _LOOK.where(second_look.c.order_id == order_id, second_look.c.verdict.is_(None))
    if slot is not None:
        query = query.where(second_look.c.slot == slot)
    row = conn.execute(query.order_by(second_look.c.round.desc()).limit(1)).first()
    return None if row is None else Look(**row._mapping)


def answer(
    conn: sa.Connection,
    look_id: str,
    *,
    at: str,
    verdict: str,
    confidence: float | None = None,
    photos: tuple[str, ...] = (),
) -> None:
    conn.execute(
        sa.update(second_look)
        .where(second_look.c.id == look_id, second_look.c.verdict.is_(None))
        .values(
            answered_at=at,
            verdict=verdict,
            confidence=confidence,
            photos=msgspec.json.encode(photos).decode(),
        )
    )


def call_off(conn: sa.Connection, order_id: str) -> None:
    conn.execute(
        sa.update(second_look)
        .where(second_look.c.order_id == order_id, second_look.c.verdict.is_(None))
        .values(verdict=CALLED_OFF)
    )


def seen_from(
    conn: sa.Connection, district: str, cells: list[str]
) -> list[tuple[str, float, float]]:
    """(slot, lon, lat) of orders in these cells that a gateway reported, newest first: places that its
    camera has shown it can see."""
    rows = conn.execute(
        sa.select(work_order.c.slot, work_order.c.lon, work_order.c.lat)
        .where(
            work_order.c.district == district,
            work_order.c.cell.in_(cells),
            work_order.c.slot.is_not(None),
            work_order.c.lon.is_not(None),
        )
        .order_by(work_order.c.seq.desc())
        .limit(200)
    )
    return [(row.slot, row.lon, row.lat) for row in rows]
