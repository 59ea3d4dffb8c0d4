"""From a detection to exactly one open order.

1. The event is recorded once; a repeat changes nothing.
2. A word on a problem whose order is settled goes to that order when it was *observed* before the order
   was closed (a gateway that was offline), when it says the problem ended, or when a person has called
   the problem a false alarm.
3. Everything else is an upsert on the partial unique index over open orders: open or join.
"""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from contract.timestamps import parse_rfc3339, rfc3339
from hub import deadlines
from hub.dispatching.detections import Detection
from hub.dispatching.states import OrderState, first_state
from hub.policies import Policy, policy_for
from hub.store import audit, order_writes, orders, owners

CLOCK_LEEWAY_S = 300
"""How far a gateway's clock may be off (contract, section 6): closer to the closing than this, an
observation is not taken for an old one."""

RELAPSE_DAYS = 7


def dispatch(conn: sa.Connection, detection: Detection) -> str | None:
    """The id of the order that the detection opened or joined, in the caller's transaction. None for the
    end of a problem that never had an order. KeyError for a kind without a policy."""
    policy = policy_for(detection.kind, detection.class_code)
    audit.lock(conn, detection.district)
    if not order_writes.record_sighting(conn, _sighting_row(detection)):
        return orders.order_of_event(conn, detection.district, detection.event_id)
    settled = _settled_order(conn, detection, policy)
    ended = detection.phase == "ended"
    if settled is not None:
        order_writes.note_sighting(
            conn, detection.district, settled, detection.observed_at, ended=ended
        )
        order_id = settled
    elif ended:
        return None
    else:
        order_id = _open_or_join(conn, detection, policy)
    order_writes.attach_sighting(conn, detection.district, detection.event_id, order_id)
    order_writes.add_evidence(
        conn, order_id, detection.evidence, at=detection.received_at, by=detection.event_id
    )
    return order_id


def dedupe_key(detection: Detection, policy: Policy) -> str:
    """What makes two detections one problem: class, and the problem itself or its object."""
    class_code, catalogue = _class_of(detection, policy)
    what = detection.problem_id
    if policy.key == "object":
        what = f"{detection.object}|{detection.facet}"
    return f"{catalogue}:{class_code}|{detection.slot}|{what}"


def order_id_of(*seed: str) -> str:
    """An order's public id: the same for the same seed, guessable from nothing less."""
    return hashlib.sha256("\0".join(("edile-order-v1", *seed)).encode()).hexdigest()[:24]


def _settled_order(conn: sa.Connection, detection: Detection, policy: Policy) -> str | None:
    district = detection.district
    source = _source(detection)
    known = orders.order_of_problem(conn, district, source, detection.problem_id)
    if detection.phase == "ended":
        return known.id if known else None
    if (
        known is not None
        and OrderState(known.state) is OrderState.VOID
        and detection.phase == "updated"
    ):
        return known.id
    key = dedupe_key(detection, policy)
    covering = orders.first_closed_since(conn, district, key, detection.observed_at)
    if covering is None or covering.closed_at is None:
        return None
    early_ns = parse_rfc3339(covering.closed_at) - parse_rfc3339(detection.observed_at)
    same = known is not None and known.id == covering.id
    return covering.id if same or early_ns > CLOCK_LEEWAY_S * 10**9 else None


def _open_or_join(conn: sa.Connection, detection: Detection, policy: Policy) -> str:
    row = _order_row(conn, detection, policy)
    order_id, opened = order_writes.open_or_join(conn, row)
    if opened:
        at = detection.received_at
        number = order_writes.give_number(conn, detection.district, order_id, at[:4])
        entry = audit.Entry(
            at=at,
            actor=f"gateway/{detection.slot}",
            action="opened",
            subject=f"work-order/{order_id}",
            to_state=str(row["state"]),
            detail={"number": number, "event": detection.event_id, "unit": row["owner_unit"]},
        )
        audit.append(conn, detection.district, entry)
    return order_id


def _order_row(conn: sa.Connection, detection: Detection, policy: Policy) -> dict[str, object]:
    class_code, catalogue = _class_of(detection, policy)
    key = dedupe_key(detection, policy)
    unit = owners.unit_of_slot(conn, detection.slot)
    state = first_state(review=policy.review, owned=unit is not None)
    opened_at = detection.received_at
    due = deadlines.due(opened_at, amount=policy.amount, unit=policy.unit)
    return {
        "id": order_id_of(detection.district, detection.event_id),
        "district": detection.district,
        "class_code": class_code,
        "catalogue": catalogue,
        "kind": detection.kind,
        "state": str(state),
        "priority": policy.priority,
        "dedupe_key": key,
        "object": detection.object,
        "slot": detection.slot,
        "lon": detection.lon,
        "lat": detection.lat,
        "error_m": detection.error_m,
        "owner_unit": unit,
        "policy_name": policy.name,
        "policy_version": policy.version,
        "observed_at": detection.observed_at,
        "opened_at": opened_at,
        "dispatched_at": opened_at if state is OrderState.DISPATCHED else None,
        "due_at": due.at,
        "due_rule": due.rule,
        "detail": detection.detail,
        "relapse_of": _relapse_of(conn, detection, key),
    }


def _relapse_of(conn: sa.Connection, detection: Detection, key: str) -> str | None:
    observed_ns = parse_rfc3339(detection.observed_at)
    week_before = rfc3339(observed_ns - RELAPSE_DAYS * 86_400 * 10**9)
    leeway = rfc3339(observed_ns + CLOCK_LEEWAY_S * 10**9)
    old = orders.last_closed_between(conn, detection.district, key, week_before, leeway)
    return None if old is None else old.id


def _class_of(detection: Detection, policy: Policy) -> tuple[str, str]:
    class_code = policy.class_code or detection.class_code
    if class_code is None:
        raise KeyError(f"policy {policy.name} leaves the class to the event, which has none")
    return class_code, detection.catalogue or policy.catalogue


def _source(detection: Detection) -> str:
    return detection.event_id.partition("#")[0]


def _sighting_row(detection: Detection) -> dict[str, object]:
    return {
        "district": detection.district,
        "event_id": detection.event_id,
        "source": _source(detection),
        "problem_id": detection.problem_id,
        "phase": detection.phase,
        "observed_at": detection.observed_at,
        "received_at": detection.received_at,
        "detail": detection.detail,
        "lon": detection.lon,
        "lat": detection.lat,
        "error_m": detection.error_m,
    }
