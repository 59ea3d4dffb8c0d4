"""The scene of a batch, from the database: a handful of queries however many words it has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from contract.timestamps import parse_rfc3339, rfc3339
from hub.dispatching.cells import around
from hub.dispatching.correlating import CLOCK_LEEWAY_NS, dedupe_key
from hub.dispatching.detections import Detection
from hub.dispatching.scene import KnownOrder, KnownProblem, Scene
from hub.dispatching.states import OrderState
from hub.policies.policy import Policy
from hub.store.bulk import Lookup
from hub.store.flow_tables import order_alias, order_problem
from hub.store.order_tables import OPEN_PREDICATE, sighting, work_order

Asked = Sequence[tuple[Detection, Policy]]
_DAY_NS = 86_400 * 10**9
_ORDER = sa.select(
    work_order.c.id,
    work_order.c.seq,
    work_order.c.state,
    work_order.c.dedupe_key,
    work_order.c.catalogue,
    work_order.c.class_code,
    work_order.c.observed_at,
    work_order.c.last_at,
    work_order.c.closed_at,
    work_order.c.merged_into,
    work_order.c.cell,
    work_order.c.lon,
    work_order.c.lat,
)


# Made once: building a statement costs more than running it.
_HERE: sa.BindParameter[str] = sa.bindparam("of_district")
_LIVE = sa.or_(sa.text(OPEN_PREDICATE), work_order.c.closed_at >= sa.bindparam("since"))
_REPEATS = Lookup(
    lambda among: sa.select(sighting.c.event_id, sighting.c.order_id).where(
        sighting.c.district == _HERE, among(sighting.c.event_id, "events")
    )
)
_PROBLEMS = Lookup(
    lambda among: sa.select(order_problem).where(
        order_problem.c.district == _HERE,
        among(order_problem.c.problem_id, "problems"),
        # Not by the index: ids times sources would be so many look-ups.
        among(order_problem.c.source.concat(""), "sources"),
    )
)
# Ids of orders are nobody else's: with the district beside them SQLite would walk through all of it.
_OF_ORDERS = Lookup(
    lambda among: sa.select(order_problem).where(among(order_problem.c.order_id, "ids"))
)
_BY_ID = Lookup(
    lambda among: _ORDER.where(work_order.c.district == _HERE, among(work_order.c.id, "ids"))
)
_BY_KEY = Lookup(
    lambda among: _ORDER.where(
        work_order.c.district == _HERE,
        among(work_order.c.dedupe_key, "keys"),
        # What became part of another order has its time from that one.
        sa.or_(_LIVE, work_order.c.merged_into.is_not(None)),
    )
)
_BY_CELL = Lookup(
    lambda among: _ORDER.where(
        work_order.c.district == _HERE, among(work_order.c.cell, "cells"), _LIVE
    )
)
_PARTS = Lookup(lambda among: _ORDER.where(among(work_order.c.merged_into, "ids")))
_ALIASES = Lookup(
    lambda among: sa.select(order_alias).where(
        order_alias.c.district == _HERE, among(order_alias.c.dedupe_key, "keys")
    )
)


def load_scene(conn: sa.Connection, district: str, asked: Asked) -> Scene:
    """Callers hold the district's lock, so that what is read here stays true until they commit."""
    scene = Scene()
    of = {"of_district": district}
    events = [detection.event_id for detection, _ in asked]
    for row in _REPEATS.run(conn, {**of, "events": events}):
        scene.repeats[row.event_id] = row.order_id
    fresh = [one for one in asked if one[0].event_id not in scene.repeats]
    if not fresh:
        return scene
    problems = sorted({detection.problem_id for detection, _ in fresh})
    sources = sorted({detection.source for detection, _ in fresh})
    told = {"problems": problems, "sources": sources}
    found = _PROBLEMS.run(conn, {**of, **told})
    _take_problems(scene, found)
    _load_by_key(conn, scene, of, fresh)
    _load_by_cell(conn, scene, of, fresh)
    _load_missing(conn, scene, of)
    _load_parts(conn, scene)
    ids = sorted(scene.orders)
    if ids:
        _take_problems(scene, _OF_ORDERS.run(conn, {"ids": ids}))
    return scene


def _load_by_key(conn: sa.Connection, scene: Scene, of: dict[str, str], fresh: Asked) -> None:
    keys = sorted({dedupe_key(detection, policy) for detection, policy in fresh})
    since = _since(fresh)
    _take_orders(scene, _BY_KEY.run(conn, {**of, "keys": keys, "since": since}))
    for row in _ALIASES.run(conn, {**of, "keys": keys}):
        scene.aliases[row.dedupe_key] = (row.order_id, row.merged_id)


def _load_by_cell(conn: sa.Connection, scene: Scene, of: dict[str, str], fresh: Asked) -> None:
    """Of every class: asked for the classes, too, a database without statistics goes by those."""
    cells: set[str] = set()
    for detection, policy in fresh:
        radius_m = policy.dedupe.radius_m
        if radius_m > 0 and detection.lon is not None and detection.lat is not None:
            cells |= around(detection.lon, detection.lat, radius_m)
    if cells:
        asked = {**of, "cells": sorted(cells), "since": _since(fresh)}
        _take_orders(scene, _BY_CELL.run(conn, asked))


def _load_missing(conn: sa.Connection, scene: Scene, of: dict[str, str]) -> None:
    """Orders that others point at: of problems, aliases, and those they were merged into."""
    while True:
        wanted = {one.order_id for one in scene.problems.values() if one.order_id}
        wanted |= {order_id for order_id, _ in scene.aliases.values()}
        wanted |= {one.merged_into for one in scene.orders.values() if one.merged_into}
        missing = sorted(wanted - scene.orders.keys())
        if not missing:
            return
        before = len(scene.orders)
        _take_orders(scene, _BY_ID.run(conn, {**of, "ids": missing}))
        if len(scene.orders) == before:
            raise LookupError(f"orders that are pointed at but not there: {missing}")


def _load_parts(conn: sa.Connection, scene: Scene) -> None:
    """Orders merged into those of the scene: their problems count for the whole."""
    ids = sorted(scene.orders)
    while ids:
        before = set(scene.orders)
        _take_orders(scene, _PARTS.run(conn, {"ids": ids}))
        ids = sorted(scene.orders.keys() - before)


def _since(fresh: Asked) -> str:
    """Closed orders of before cannot concern any of these."""
    early = min(parse_rfc3339(detection.observed_at) for detection, _ in fresh)
    days = max(policy.recurrence.within_days for _, policy in fresh)
    hours = max(policy.recurrence.reopen_within_h for _, policy in fresh)
    back_ns = int(max(days, hours / 24) * _DAY_NS) + CLOCK_LEEWAY_NS
    return rfc3339(max(0, early - back_ns))


def _take_problems(scene: Scene, rows: Iterable[Any]) -> None:
    for row in rows:
        key = (row.source, row.problem_id)
        if key not in scene.problems:
            known = KnownProblem(
                order_id=row.order_id,
                looks=row.looks,
                first_at=row.first_at,
                last_at=row.last_at,
                ended_at=row.ended_at,
            )
            scene.put_problem(key, known)


def _take_orders(scene: Scene, rows: Iterable[Any]) -> None:
    for row in rows:
        known = KnownOrder(
            id=row.id,
            seq=row.seq,
            state=OrderState(row.state),
            dedupe_key=row.dedupe_key,
            matter=(row.catalogue, row.class_code),
            first_at=row.observed_at,
            last_at=row.last_at or row.observed_at,
            closed_at=row.closed_at,
            merged_into=row.merged_into,
            cell=row.cell,
            lon=row.lon,
            lat=row.lat,
        )
        scene.add_order(known)
