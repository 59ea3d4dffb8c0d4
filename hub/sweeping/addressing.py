"""Whom a step reaches: units by the order's owner and the graph above it, and who is on duty there. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from hub.owners import Ownership
from hub.owners.rosters import OnDuty, Role
from hub.owners.units import Units
from hub.policies.policy import Rank
from hub.store.order_heads import OrderHead

_ABOVE: dict[Rank, Rank | None] = {
    "assisting": "owner",
    "owner": "parent",
    "parent": "district",
    "district": None,
}
_LEADERS_FIRST: tuple[Role, ...] = ("leader", "handler")
_HANDLERS_FIRST: tuple[Role, ...] = ("handler", "leader")


@dataclass(frozen=True, slots=True)
class Addressed:
    """`rank` is whom it reached: the next above the one asked for where that is nobody."""

    rank: Rank
    units: tuple[str, ...]


def addressed(units: Units, head: OrderHead, rank: Rank, at_ns: int) -> Addressed:
    """At the last the owner itself, where there is nobody above it; no unit at all where the order has no
    owner and the graph no district."""
    asked: Rank | None = rank
    while asked is not None:
        found = _RANKS[asked](units, head, at_ns)
        if found:
            return Addressed(asked, found)
        asked = _ABOVE[asked]
    return Addressed("owner", _owner(units, head, at_ns))


def on_duty(
    owners: Ownership, reached: Addressed, at_ns: int, *, leaders: bool
) -> list[dict[str, object]]:
    """Who answers for each of the units at that moment, with where they are reached; `from_unit` is the
    unit that they belong to: the nearest above that has somebody."""
    return [
        {
            "unit": unit,
            "from_unit": found.unit,
            "person": watch.person,
            "role": watch.role,
            "channels": list(watch.channels),
            "contact": watch.contact,
        }
        for unit in reached.units
        if (found := _found(owners, unit, at_ns, leaders=leaders)) is not None
        for watch in found.watches
    ]


def _found(owners: Ownership, unit: str, at_ns: int, *, leaders: bool) -> OnDuty | None:
    roles = _LEADERS_FIRST if leaders else _HANDLERS_FIRST
    asked = (owners.on_duty(unit, at_ns, role) for role in roles)
    return next((one for one in asked if one is not None), None)


def _owner(_units: Units, head: OrderHead, _at_ns: int) -> tuple[str, ...]:
    return () if head.owner_unit is None else (head.owner_unit,)


def _assisting(_units: Units, head: OrderHead, _at_ns: int) -> tuple[str, ...]:
    return msgspec.json.decode(head.owner_assisting, type=tuple[str, ...])


def _parent(units: Units, head: OrderHead, at_ns: int) -> tuple[str, ...]:
    above = None if head.owner_unit is None else units.parent_of(head.owner_unit, at_ns)
    return () if above is None else (above,)


def _district(units: Units, head: OrderHead, at_ns: int) -> tuple[str, ...]:
    """The order's own; without an owner every district that the graph has."""
    if head.owner_unit is not None:
        own = units.district_of(head.owner_unit, at_ns)
        return () if own is None else (own,)
    rows = [row for row in units.rows if row.kind == "district" and units.valid(row.id, at_ns)]
    return tuple(dict.fromkeys(row.id for row in rows))


_RANKS: dict[Rank, Callable[[Units, OrderHead, int], tuple[str, ...]]] = {
    "owner": _owner,
    "assisting": _assisting,
    "parent": _parent,
    "district": _district,
}
