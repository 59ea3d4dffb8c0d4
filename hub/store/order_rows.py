"""Rows of work orders into the wire's structs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from contract.workorder import OrderPlace, Owner, PolicyRef, Sighting, WorkOrder

COLUMNS = (
    "id", "number", "class_code", "catalogue", "kind", "state", "priority", "lon", "lat", "error_m",
    "address", "area", "area_version", "opened_at", "observed_at", "version", "object", "owner_unit",
    "owner_main", "owner_assisting", "contractor", "due_at", "ended_at", "resolved_at", "closed_at",
    "detail", "policy_name", "policy_version", "rework", "relapse_of", "merged_into", "reopened",
    "returned", "extended", "shelved_until",
)  # fmt: skip
"""Of `work_order`, as `order_of` takes them."""


def order_of(
    row: Sequence[Any], seen: Sequence[Sighting] = (), proof: Sequence[str] = ()
) -> WorkOrder:
    """`row` has COLUMNS, in their order; what follows is left alone. By place: names cost more than the
    query."""
    (
        id_, number, class_code, catalogue, kind, state, priority, lon, lat, error_m,
        address, area, area_version, opened_at, observed_at, version, object_, owner_unit,
        owner_main, owner_assisting, contractor, due_at, ended_at, resolved_at, closed_at,
        detail, policy_name, policy_version, rework, relapse_of, merged_into, reopened,
        returned, extended, shelved_until,
    ) = row[: len(COLUMNS)]  # fmt: skip
    owner = None
    if owner_unit is not None:
        assisting = [] if owner_assisting == "[]" else _ASSISTING.decode(owner_assisting)
        owner = Owner(unit=owner_unit, main=owner_main, assisting=assisting, contractor=contractor)
    return WorkOrder(
        id=id_,
        number=number,
        class_code=class_code,
        catalogue=catalogue,
        kind=kind,
        state=state,
        priority=priority,
        place=OrderPlace(
            lon=lon, lat=lat, error_m=error_m, address=address, area=area, version=area_version
        ),
        opened_at=opened_at,
        observed_at=observed_at,
        version=version,
        object=object_,
        owner=owner,
        due_at=due_at,
        ended_at=ended_at,
        resolved_at=resolved_at,
        closed_at=closed_at,
        detail=detail,
        policy=PolicyRef(name=policy_name, version=policy_version),
        sightings=list(seen),
        evidence=list(proof),
        rework=rework,
        relapse_of=relapse_of,
        merged_into=merged_into,
        reopened=reopened,
        returned=returned,
        extended=extended,
        shelved_until=shelved_until,
    )


_ASSISTING = msgspec.json.Decoder(list[str])
