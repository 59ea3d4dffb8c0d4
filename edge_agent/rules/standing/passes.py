"""Spots of a camera that drives: what it passes again within REACH_M is the same heap.

The place of a thing is that of the car when it was first seen; nobody knows it better. A pass begins
when the car comes near and ends when it is away again: one look, however many frames it was. A pass
that saw nothing is a miss, so what is gone is known after `end_looks` passes. A glance without a place
could not look.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, hypot, radians

from edge_agent.readings import elapsed_s
from edge_agent.rules.standing.spots import (
    MOST_SPOTS,
    Change,
    Glance,
    Sight,
    Spot,
    SpotLimits,
    of_late,
)

REACH_M = 25.0  # a receiver's error and the way driven while a thing is in view
NEAR_M, AWAY_M = 15.0, 45.0  # a pass begins, ends
METRES_PER_DEGREE = 111_320.0  # of latitude, on the mean sphere


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Between two (lon, lat), good for some kilometres."""
    across = (a[0] - b[0]) * cos(radians((a[1] + b[1]) / 2))
    return hypot(across, a[1] - b[1]) * METRES_PER_DEGREE


def drive(
    spots: list[Spot], glance: Glance, limits: Mapping[str, SpotLimits]
) -> tuple[list[Spot], list[Change]]:
    """Like `spots.look`. The spots given are changed."""
    if glance.lon is None or glance.lat is None:
        return spots, []
    car = (glance.lon, glance.lat)
    changes = list[Change]()
    best = _best(glance, limits)
    for kind, sight in best.items():
        spot = _nearest(spots, glance.camera, kind, car)
        if spot is None and len(spots) < MOST_SPOTS:
            spot = _begun(sight, glance, car)
            spots = [*spots, spot]
        if spot is not None:
            changes += _seen(spot, sight, glance, limits[kind])
    over = list[int]()
    for spot in spots:
        if spot.camera == glance.camera and spot.kind in limits:
            ended = _passed(spot, glance, car, limits[spot.kind])
            over += [id(spot)] if ended else []
            changes += [Change("ended", spot)] if ended and spot.problem_id else []
    return [one for one in spots if id(one) not in over], changes


def _best(glance: Glance, limits: Mapping[str, SpotLimits]) -> dict[str, Sight]:
    """The surest sight of each class, by class: where in the picture it is does not say where it lies."""
    best = dict[str, Sight]()
    for one in sorted(glance.sights, key=lambda one: (one.kind, one.score, one.box)):
        rule = limits.get(one.kind)
        if rule is not None and one.score >= rule.still:
            best[one.kind] = one
    return best


def _nearest(spots: list[Spot], camera: str, kind: str, car: tuple[float, float]) -> Spot | None:
    near = [
        (_from(one, car), at)
        for at, one in enumerate(spots)
        if (one.camera, one.kind) == (camera, kind) and _from(one, car) <= REACH_M
    ]
    return spots[min(near)[1]] if near else None


def _begun(sight: Sight, glance: Glance, car: tuple[float, float]) -> Spot:
    return Spot(
        camera=glance.camera,
        position=glance.position,
        kind=sight.kind,
        label=sight.label,
        boxes=[sight.box],
        first=glance.moment,
        last=glance.moment,
        score=sight.score,
        lon=car[0],
        lat=car[1],
    )


def _seen(spot: Spot, sight: Sight, glance: Glance, limits: SpotLimits) -> list[Change]:
    now = glance.moment
    again = not spot.now
    spot.looks += again
    spot.last, spot.near, spot.now, spot.misses = now, True, True, 0
    spot.frames += 1
    spot.score = of_late(spot.score, sight.score, spot.frames, limits)
    spot.boxes, spot.label = [sight.box], sight.label
    if spot.problem_id is not None:
        age_s = elapsed_s(spot.told, now) if spot.told else None
        due = age_s is None or age_s >= limits.update_s
        return [Change("updated", spot)] if again and due else []
    opens = spot.frames >= limits.open_looks and spot.score >= limits.min_score
    return [Change("opened", spot)] if opens and not spot.excused else []


def _passed(spot: Spot, glance: Glance, car: tuple[float, float], limits: SpotLimits) -> bool:
    """Whether it is over."""
    away_m = _from(spot, car)
    if away_m <= NEAR_M and glance.counts:
        spot.near = True
    if not spot.near or away_m <= AWAY_M:
        return False
    spot.misses = 0 if spot.now else spot.misses + 1
    spot.near = spot.now = False
    return spot.misses >= (1 if spot.problem_id is None else limits.end_looks)


def _from(spot: Spot, car: tuple[float, float]) -> float:
    if spot.lon is None or spot.lat is None:
        return float("inf")
    return metres((spot.lon, spot.lat), car)
