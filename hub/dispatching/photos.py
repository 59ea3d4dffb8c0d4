"""What is known of the photos that come with a move."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from hub.dispatching.guards import TWIN_BITS, Photo
from hub.store import prints
from hub.store.order_heads import OrderHead
from hub.store.prints import Print

_MASK = (1 << 64) - 1


def facts_of(
    conn: sa.Connection, district: str, head: OrderHead, evidence: Sequence[str]
) -> list[Photo]:
    """Compared with every photo of this order and of the unit's other orders."""
    known = prints.of(conn, district, evidence)
    earlier = prints.of_unit(conn, district, head.id, head.owner_unit)
    return [_facts(name, known.get(name), earlier) for name in dict.fromkeys(evidence)]


def apart(one: int, other: int) -> int:
    """Bits in which two hashes differ."""
    return ((one ^ other) & _MASK).bit_count()


def _facts(name: str, found: Print | None, earlier: Sequence[Print]) -> Photo:
    if found is None:
        return Photo(name, known=False)
    twin = next(
        (
            one.sha256
            for one in earlier
            if one.sha256 == name or apart(one.dhash, found.dhash) <= TWIN_BITS
        ),
        None,
    )
    return Photo(name, True, found.taken_at, found.lon, found.lat, twin)
