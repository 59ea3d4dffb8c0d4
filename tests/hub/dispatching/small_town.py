"""A town of four scenarios, published as an operator would publish them, and three gateways."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hub.dispatching import Detection
from hub.store import reference
from hub.store.engine import Database
from tests.hub.detections import DISTRICT, at, detection, name_unit

_TEXT = "title: {zh: 试, en: Trial}\npriority: normal\nowner: gateway\n"
SILENT = """\
kinds: [m-silent]
class: E0112
time: 4 urgent-hour
verification: other-person
dedupe: object
recurrence: {rework_after: 20 min, reopen_within: 0 h, relapse_within: 7 days}
on_end: wait
expiry: never
escalation:
  - {name: late, escalate: parent, after: 0 urgent-hour}
"""
HEAP = """\
kinds: [m-heap]
class: E0102
time: 12 urgent-hour
verification: other-person
dedupe: {key: problem, radius: 30 m, window: 24 h}
recurrence: {reopen_within: 2 h, relapse_within: 7 days}
on_end: auto-resolve
expiry: never
escalation:
  - {name: half, remind: owner, at: 50 %}
  - {name: late, escalate: parent, after: 2 urgent-hour}
"""
QUICK = """\
kinds: [m-quick]
class: E0104
review: true
filing: {min_looks: 2}
deadlines:
  - {accept: 1 urgent-hour, since: dispatched}
  - {resolve: 3 urgent-hour}
verification: none
dedupe: problem
recurrence: {reopen_within: 0 h, relapse_within: 7 days}
on_end: auto-resolve
expiry: {after: 100 urgent-hour, states: [review, no-owner]}
escalation:
  - {name: half, remind: owner, at: 50 %}
  - {name: hurry, remind: owner, at: 50 %, of: accept}
"""
REPORTED = """\
kinds: [reported]
class: from-event
catalogue: gbt47678-2026
time: 24 urgent-hour
verification: other-person
dedupe: {key: problem, radius: 30 m, window: 24 h}
recurrence: {rework_after: 2 h, reopen_within: 24 h, relapse_within: 7 days}
on_end: wait
expiry: never
"""
SCENARIOS = {"silent": SILENT, "heap": HEAP, "quick": QUICK, "reported": REPORTED}
UNITS = {"cs-017": "sanitation-3", "cs-018": "greening-1"}
"""cs-019 has none: what it sees is nobody's."""

# Metres east of one corner; 30 m is the radius of the scenarios.
_LON, _LAT, _LON_M = 113.27, 23.16, 1 / (111_195 * 0.91941)


def spot(east_m: float) -> dict[str, Any]:
    return {"lon": _LON + east_m * _LON_M, "lat": _LAT}


def found(database: Database, scenarios: dict[str, str] | None = None) -> Database:
    with database.write() as conn:
        publish(conn, scenarios or SCENARIOS)
        for slot, unit in UNITS.items():
            name_unit(conn, slot, unit)
    return database


def publish(conn: sa.Connection, scenarios: dict[str, str]) -> None:
    for name, text in scenarios.items():
        content = (_TEXT + text).encode()
        reference.put(conn, DISTRICT, "policy", name, content, at=at(0), by="token/lin")


def heap(n: int = 1, east_m: float = 0, **changes: Any) -> Detection:
    """The n-th word of a gateway on a heap, so many metres east of the corner."""
    return detection(n, **{"kind": "m-heap", "object": "camera/1", **spot(east_m), **changes})


def silent(n: int = 1, **changes: Any) -> Detection:
    return detection(n, **{"kind": "m-silent", **changes})
