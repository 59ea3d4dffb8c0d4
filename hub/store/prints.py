"""Fingerprints of photos: kept once per photo, compared when an order is said to be resolved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import sqlalchemy as sa

from hub.store.dialects import insert_into
from hub.store.flow_tables import photo_print
from hub.store.order_tables import order_evidence, work_order

_COMPARED = 20_000
"""The newest photos of a unit; older ones are not looked through."""


@dataclass(frozen=True, slots=True)
class Print:
    """`dhash` 64 bits, signed; `taken_at` RFC 3339 and the place (WGS 84) by the photo's own record."""

    sha256: str
    dhash: int
    taken_at: str | None = None
    lon: float | None = None
    lat: float | None = None


_PRINT = sa.select(*(photo_print.c[one.name] for one in fields(Print)))


def keep(conn: sa.Connection, district: str, found: Print, *, at: str) -> None:
    """The first record of a photo stays."""
    row = {one.name: getattr(found, one.name) for one in fields(Print)}
    new = insert_into(conn, photo_print).values(**row, district=district, added_at=at)
    conn.execute(new.on_conflict_do_nothing())


def of(conn: sa.Connection, district: str, sha256s: Sequence[str]) -> dict[str, Print]:
    query = _PRINT.where(photo_print.c.district == district, photo_print.c.sha256.in_(sha256s))
    return {row.sha256: Print(*row) for row in conn.execute(query)}


def of_unit(conn: sa.Connection, district: str, order_id: str, unit: str | None) -> list[Print]:
    """Photos that are evidence of this order, or of another of the same owner."""
    same = work_order.c.id == order_id
    if unit is not None:
        same = sa.or_(same, work_order.c.owner_unit == unit)
    query = (
        _PRINT.join(order_evidence, order_evidence.c.sha256 == photo_print.c.sha256)
        .join(work_order, work_order.c.id == order_evidence.c.order_id)
        .where(photo_print.c.district == district, same)
        .order_by(photo_print.c.added_at.desc())
        .limit(_COMPARED)
    )
    return [Print(*row) for row in conn.execute(query)]
