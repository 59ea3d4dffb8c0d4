"""The scene of a batch, from the database: a handful of queries however many words it has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from contract.timestamps import parse_rfc3339, rfc3339
from hub.dispatching.cells import around
from hub.dispatching.correlating import CLOCK_LEEWAY_NS, dedupe_key, matter_of
from hub.dispatching.detections import Detection
from hub.dispatching.scene import KnownOrder, KnownProblem, Scene
from hub.dispatching.states import OrderState
from hub.dispatching.transitions import HUB
from hub.policies.policy import Policy
from hub.store.bulk import Lookup
from hub.store.flow_tables import order_alias, order_problem
from hub.store.order_tables import OPEN_PREDICATE, sighting, work_order

Asked = Sequence[tuple[Detection, Policy]]
_DAY_NS = 86_400 * 10**9
_ORDER = (
    work_order.c.id,
    work_order.c.seq,
    work_order.c.state,
    work_order.c.dedupe_key,
    work_order.c.catalogue,
    work_order.c.class_code,
    work_order.c.observed_at,
    work_order.c.last_at,
    work_order.c.closed_at,
    work_order.c.resolved_at,
    work_order.c.resolved_by,
    work_order.c.merged_into,
    work_order.c.cell,
    work_order.c.lon,
    work_order.c.lat,
    work_order.c.number,
    work_order.c.kind,
    work_order.c.priority,
    work_order.c.owner_unit,
    work_order.c.contractor,
    work_order.c.due_at,
)
_PROBLEM = (
    order_problem.c.source,
    order_problem.c.problem_id,
    order_problem.c.order_id,
    order_problem.c.looks,
    order_problem.c.first_at,
    order_problem.c.last_at,
    order_problem.c.ended_at,
)
_TOLD = ("number", "kind", "priority", "unit", "contractor", "due_at")
"""The last columns of `_ORDER`, as domain events call them."""

_STATES = {str(state): state for state in OrderState}
_ALIAS = (order_alias.c.dedupe_key, order_alias.c.order_id, order_alias.c.merged_id)
_HERE = "district = :district"
_LIVE = f"({OPEN_PREDICATE} OR closed_at >= :since)"

# Made once: building a statement costs more than running it.
_REPEATS = Lookup((sighting.c.event_id, sighting.c.order_id), (sighting.c.event_id,), _HERE)
_PROBLEMS = Lookup(_PROBLEM, (order_problem.c.problem_id, order_problem.c.source), _HERE)
# Ids of orders are nobody else's.
_OF_ORDERS = Lookup(_PROBLEM, (order_problem.c.order_id,))
_BY_ID = Lookup(_ORDER, (work_order.c.id,), _HERE)
# What became part of another order has its time from that one.
_BY_KEY = Lookup(
    _ORDER, (work_order.c.dedupe_key,), f"{_HERE} AND ({_LIVE} OR merged_into IS NOT NULL)"
)
_BY_CELL = Lookup(_ORDER, (work_order.c.cell, work_order.c.class_code), f"{_HERE} AND {_LIVE}")
_PARTS = Lookup(_ORDER, (work_order.c.merged_into,))
_ALIASES = Lookup(_ALIAS, (order_alias.c.dedupe_key,), _HERE)


def load_scene(conn: sa.Connection, district: str, asked: Asked) -> Scene:
    """Callers hold the district's lock, so that what is read here stays true until they commit."""
    scene = Scene()
    events = {(detection.event_id,) for detection, _ in asked}
    for event_id, order_id in _REPEATS.run(conn, events, district=district):
        scene.repeats[event_id] = order_id
    fresh = [one for one in asked if one[0].event_id not in scene.repeats]
    if not fresh:
        return scene
    problems = {(detection.problem_id, detection.source) for detection, _ in fresh}
    _take_problems(scene, _PROBLEMS.run(conn, problems, district=district))
    _load_by_key(conn, scene, district, fresh)
    _load_by_cell(conn, scene, district, fresh)
    _load_missing(conn, scene, district)
    _load_parts(conn, scene)
    if scene.orders:
        _take_problems(scene, _OF_ORDERS.run(conn, _keys(scene.orders)))
    return scene


def _keys(values: Iterable[str]) -> list[tuple[str]]:
    return [(one,) for one in values]


def _load_by_key(conn: sa.Connection, scene: Scene, district: str, fresh: Asked) -> None:
    keys = {(dedupe_key(detection, policy),) for detection, policy in fresh}
    _take_orders(scene, _BY_KEY.run(conn, keys, district=district, since=_since(fresh)))
    for key, order_id, merged_id in _ALIASES.run(conn, keys, district=district):
        scene.aliases[key] = (order_id, merged_id)


def _load_by_cell(conn: sa.Connection, scene: Scene, district: str, fresh: Asked) -> None:
    cells: set[tuple[str, str]] = set()
    for detection, policy in fresh:
        radius_m = policy.dedupe.radius_m
        if radius_m > 0 and detection.lon is not None and detection.lat is not None:
            class_code, _ = matter_of(detection, policy)
            there = around(detection.lon, detection.lat, radius_m)
            cells |= {(cell, class_code) for cell in there}
    if cells:
        _take_orders(scene, _BY_CELL.run(conn, cells, district=district, since=_since(fresh)))


def _load_missing(conn: sa.Connection, scene: Scene, district: str) -> None:
    """Orders that others point at: of problems, aliases, and those they were merged into."""
    while True:
        wanted = {one.order_id for one in scene.problems.values() if one.order_id}
        wanted |= {order_id for order_id, _ in scene.aliases.values()}
        wanted |= {one.merged_into for one in scene.orders.values() if one.merged_into}
        missing = sorted(wanted - scene.orders.keys())
        if not missing:
            return
        before = len(scene.orders)
        _take_orders(scene, _BY_ID.run(conn, _keys(missing), district=district))
        if len(scene.orders) == before:
            raise LookupError(f"orders that are pointed at but not there: {missing}")


def _load_parts(conn: sa.Connection, scene: Scene) -> None:
    """Orders merged into those of the scene: their problems count for the whole."""
    ids = list(scene.orders)
    while ids:
        before = set(scene.orders)
        _take_orders(scene, _PARTS.run(conn, _keys(ids)))
        ids = sorted(scene.orders.keys() - before)


def _since(fresh: Asked) -> str:
    """Closed orders of before cannot concern any of these."""
    early = parse_rfc3339(min(detection.observed_at for detection, _ in fresh))
    days = max(policy.recurrence.within_days for _, policy in fresh)
    hours = max(policy.recurrence.reopen_within_h for _, policy in fresh)
    back_ns = int(max(days, hours / 24) * _DAY_NS) + CLOCK_LEEWAY_NS
    return rfc3339(max(0, early - back_ns))


def _take_problems(scene: Scene, rows: Iterable[Any]) -> None:
    for source, problem_id, order_id, looks, first_at, last_at, ended_at in rows:
        key = (source, problem_id)
        if key not in scene.problems:
            known = KnownProblem(
                order_id=order_id,
                looks=looks,
                first_at=first_at,
                last_at=last_at,
                ended_at=ended_at,
            )
            scene.put_problem(key, known)


def _take_orders(scene: Scene, rows: Iterable[Any]) -> None:
    for row in rows:
        if row[0] not in scene.orders:
            scene.add_order(_known(row))


def _known(row: Sequence[Any]) -> KnownOrder:
    """From a row of `_ORDER`."""
    id_, seq, state, dedupe_key, catalogue, class_code, observed_at, last_at, *others = row
    closed_at, resolved_at, resolved_by, merged_into, cell, lon, lat, *told = others
    return KnownOrder(
        id=id_,
        seq=seq,
        state=_STATES[state],
        dedupe_key=dedupe_key,
        matter=(catalogue, class_code),
        first_at=observed_at,
        last_at=last_at or observed_at,
        closed_at=closed_at,
        merged_into=merged_into,
        cell=cell,
        lon=lon,
        lat=lat,
        told=dict(zip(_TOLD, told, strict=True)),
        by_itself=resolved_by == HUB and resolved_at == closed_at,
    )
