"""Who answers for a new order: the policy's rule, the duty areas, the gateway's own unit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from contract.timestamps import parse_rfc3339
from hub.dispatching.book import Book
from hub.dispatching.detections import Detection
from hub.policies.policy import Policy
from hub.store import owners


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """Nobody: everything None."""

    unit: str | None = None
    main: str | None = None
    assisting: tuple[str, ...] = ()
    contractor: str | None = None
    area: str | None = None
    area_version: int | None = None


def owner_of(book: Book, detection: Detection, policy: Policy, gateway_unit: str | None) -> Owned:
    """As of the day on which it was observed."""
    at_ns = parse_rfc3339(detection.observed_at)
    rule = policy.owner
    named = detection.unit or rule.unit
    if named is not None:
        return _unit(book, named, at_ns)
    placed = _placed(book, detection, policy, at_ns)
    by_gateway = None if gateway_unit is None else _unit(book, gateway_unit, at_ns)
    first, second = (placed, by_gateway) if rule.by == "place" else (by_gateway, placed)
    return first or second or Owned()


def units_of_slots(conn: sa.Connection, slots: Collection[str]) -> dict[str, str]:
    """The units that `edile hub key add --unit` named, by slot."""
    return owners.units_of_slots(conn, sorted(slots))


def _unit(book: Book, unit: str, at_ns: int) -> Owned:
    contractor = book.owners.units.contractor_of(unit, at_ns)
    return Owned(unit=unit, contractor=contractor)


def _placed(book: Book, detection: Detection, policy: Policy, at_ns: int) -> Owned | None:
    if detection.lon is None or detection.lat is None:
        return None
    found = book.owners.owner_at(
        detection.lon,
        detection.lat,
        at_ns=at_ns,
        class_code=policy.class_code or detection.class_code,
        overlay=policy.owner.overlay,
    )
    if found is None:
        return None
    return Owned(
        unit=found.unit,
        main=None if found.main == found.unit else found.main,
        assisting=found.assisting,
        contractor=found.contractor,
        area=found.area,
        area_version=found.version,
    )
