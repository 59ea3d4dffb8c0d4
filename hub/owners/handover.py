"""Areas are redrawn: which open orders lie where another unit answers now. Nothing moves by itself:
an open order keeps its owner until somebody moves it on purpose.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from hub.owners.ownership import Ownership


class OpenOrder(msgspec.Struct, frozen=True, kw_only=True):
    """`owner` is the unit that has it, None in the no-owner queue; `overlay` as its policy asks."""

    id: str
    lon: float
    lat: float
    class_code: str | None = None
    owner: str | None = None
    overlay: str | None = None
    error_m: float | None = None
    state: str | None = None


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    """The place went `from_unit` -> `to_unit` (None = nobody). `owner` has the order; where that is not
    `from_unit`, somebody had given it away before. `area`@`version` gives the new owner. `state` and
    `class_code` as they were when the list was made, where that was told."""

    order: str
    owner: str | None
    from_unit: str | None
    to_unit: str | None
    area: str | None
    version: int | None
    near_border: bool = False
    state: str | None = None
    class_code: str | None = None


Group = tuple[str | None, str | None]


def hand_overs(
    old: Ownership,
    new: Ownership,
    at_ns: int,
    orders: Iterable[OpenOrder],
    *,
    before_ns: int | None = None,
) -> dict[Group, list[HandOver]]:
    """By (owner of the order, unit of the place), in order of their names. Both are asked for `at_ns`
    (UTC ns), `old` for `before_ns` where the redrawing stands in one document with its day."""
    groups: dict[Group, list[HandOver]] = defaultdict(list)
    asked_ns = at_ns if before_ns is None else before_ns
    for order in orders:
        found = _hand_over(old, new, asked_ns, at_ns, order)
        if found is not None:
            groups[found.owner, found.to_unit].append(found)
    return {
        key: sorted(groups[key], key=lambda one: one.order)
        for key in sorted(groups, key=lambda key: (key[0] or "", key[1] or ""))
    }


def _hand_over(
    old: Ownership, new: Ownership, before_ns: int, at_ns: int, order: OpenOrder
) -> HandOver | None:
    """None where the place stays with its unit, or the order is already with the new one."""
    lon, lat, code, overlay = order.lon, order.lat, order.class_code, order.overlay
    was = old.owner_at(lon, lat, at_ns=before_ns, class_code=code, overlay=overlay)
    now = new.owner_at(
        lon, lat, at_ns=at_ns, class_code=code, overlay=overlay, error_m=order.error_m
    )
    from_unit = None if was is None else was.unit
    to_unit = None if now is None else now.unit
    if to_unit in (from_unit, order.owner):
        return None
    return HandOver(
        order=order.id,
        owner=order.owner,
        from_unit=from_unit,
        to_unit=to_unit,
        area=None if now is None else now.area,
        version=None if now is None else now.version,
        near_border=now is not None and now.near_border,
        state=order.state,
        class_code=order.class_code,
    )
