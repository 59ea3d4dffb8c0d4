"""Detections and actors as tests need them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from contract.timestamps import rfc3339
from hub.dispatching import Detection
from hub.store.tables import gateway
from hub.store.tokens import Actor, Role
from tests.fakes.clock import START_UTC_NS

DISTRICT = "baiyun"


def at(minutes: float) -> str:
    """Minutes after the tests' zero hour."""
    return rfc3339(START_UTC_NS + int(minutes * 60e9))


_PLAIN = Detection(
    district=DISTRICT,
    slot="cs-017",
    event_id="/baiyun/cs-017#0C9K2TQ7M4XWZ.urgent.1",
    event_type="edile.weigh.anomaly.v1",
    kind="over-capacity",
    problem_id="p-1",
    phase="opened",
    object="weighbridge/wb-1",
    observed_at=at(0),
    received_at=at(0),
)


def detection(n: int = 1, **changes: Any) -> Detection:
    """The n-th event of cs-017; `changes` as in Detection. `minute` sets both times."""
    minute = changes.pop("minute", None)
    if minute is not None:
        changes = {"observed_at": at(minute), "received_at": at(minute), **changes}
    slot = changes.get("slot", _PLAIN.slot)
    event_id = f"/{changes.get('district', DISTRICT)}/{slot}#0C9K2TQ7M4XWZ.urgent.{n}"
    return replace(_PLAIN, **{"event_id": event_id, **changes})


def actor(name: str = "lin", role: Role = "dispatcher", district: str = DISTRICT) -> Actor:
    return Actor(f"id-{name}", district, name, role)


def name_unit(conn: sa.Connection, slot: str, unit: str) -> None:
    """As `edile hub key add --unit` does."""
    conn.execute(gateway.insert().values(slot=slot, district=DISTRICT, unit=unit))
