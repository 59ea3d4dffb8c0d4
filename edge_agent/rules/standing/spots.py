"""Spots: places at which something stands, from look to look of one camera that stays where it is.

A look that could not look is no look: it comes here not at all, and neither opens nor ends anything. A
spot is opened when enough looks in which it was not missed too often have seen it stand long enough,
and ended when enough looks in a row that could have seen it did not. A thing behind a parked van is
not gone: such looks do not count for it.

Track numbers play no part: a thing that was lost for a moment, or by a restart, has another number and
stands where it stood. The order of things within one look plays none either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from edge_agent.readings import Moment, elapsed_s
from edge_agent.rules.standing.boxes import WHOLE, Box, area, around, covered, heaps, same_place

MOST_SPOTS = 200  # of one camera; more is a broken model
HIDDEN = 0.5  # of a spot behind something else
IN_LOOK = 0.5  # of a spot within the part that was looked at
LATELY = (
    5  # looks: what was doubtful for long, a closed bin, must not stay so when it has overflowed
)
Phase = Literal["opened", "updated", "ended"]


@dataclass(frozen=True, slots=True)
class SpotLimits:
    """`min_score`: mean score of late to open; a look that gives it `still` has seen it. `open_looks` and
    `open_s` must both have passed, likewise `end_looks` in a row and `end_s` since the first of them. `gap`:
    see `one_thing`. `least`: so many pieces of it open a problem."""

    min_score: float = 0.5
    still: float = 0.25
    open_looks: int = 2
    open_s: float = 30.0
    end_looks: int = 2
    end_s: float = 10.0
    update_s: float = 3600.0
    gap: float = 0.0
    least: int = 1


@dataclass(frozen=True, slots=True)
class Sight:
    """One thing in one look. `kind`: what it is put together with; the caller knows its matter."""

    kind: str
    label: str
    box: Box
    score: float
    still_s: float = 0.0
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Glance:
    """What one camera saw. `position`: where its head stood, "" for one without. `counts`: the whole of
    `box` was looked at for `classes` (None = all), so that what is missing was not there. `others`:
    boxes of what is watched for nothing, and may hide what is. `held`: what is believed to be there, and
    was not found by this look: as good as not looked at."""

    camera: str
    position: str
    moment: Moment
    sights: tuple[Sight, ...]
    counts: bool
    box: Box = WHOLE
    classes: frozenset[str] | None = None
    others: tuple[Box, ...] = ()
    held: tuple[Sight, ...] = ()
    preset: str | None = None
    lon: float | None = None
    lat: float | None = None


class Spot(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`boxes` of the last looks that saw it, the newest last; `score`: their mean at first, then what it has
    been lately; `looks` that saw it, `misses` in a row since `missed`. `problem_id` from opening on; `told`
    when the hub last heard of it; `excused`: it may stand there and is never opened. `lon`/`lat`, `near`,
    `now` and `frames` are of a moving camera (`passes`)."""

    camera: str
    position: str
    kind: str
    label: str
    boxes: list[Box]
    first: Moment
    last: Moment
    score: float
    zone: str | None = None
    preset: str | None = None
    looks: int = 0
    misses: int = 0
    missed: Moment | None = None
    problem_id: str | None = None
    told: Moment | None = None
    pictured: bool = False
    excused: bool = False
    lon: float | None = None
    lat: float | None = None
    near: bool = False
    now: bool = False
    frames: int = 0

    @property
    def box(self) -> Box:
        """Where it is: everything that the last looks made of it."""
        return around(self.boxes)


@dataclass(frozen=True, slots=True)
class Change:
    """`joined`: it was found to be part of another problem, by its id."""

    phase: Phase
    spot: Spot
    joined: str | None = None


@dataclass(frozen=True, slots=True)
class _Heap:
    """What one look made of one thing."""

    label: str
    box: Box
    score: float
    still_s: float
    zone: str | None
    pieces: int


def look(
    spots: list[Spot], glance: Glance, limits: Mapping[str, SpotLimits]
) -> tuple[list[Spot], list[Change]]:
    """The spots after a look, and what the hub is to hear. The spots given are changed. Whoever takes an
    `opened` gives it its `problem_id`."""
    mine = [s for s in spots if (s.camera, s.position) == (glance.camera, glance.position)]
    kept, changes = [one for one in spots if one not in mine], list[Change]()
    for kind in sorted(limits):
        here = [one for one in mine if one.kind == kind]
        after, found = _look_for(kind, here, glance, limits[kind])
        kept += after
        changes += found
    kept += [one for one in mine if one.kind not in limits]
    return kept, changes


def _look_for(
    kind: str, spots: list[Spot], glance: Glance, limits: SpotLimits
) -> tuple[list[Spot], list[Change]]:
    found = _heaps(kind, glance.sights, limits)
    pairs, left = _paired(spots, found, limits)
    changes, gone = list[Change](), list[Spot]()
    for at, heap in left:
        if len(spots) < MOST_SPOTS:
            spots = [*spots, _begun(kind, heap, glance)]
            pairs.append((len(spots) - 1, at))
    for place, spot in enumerate(spots):
        heaps_of = [found[at] for where, at in pairs if where == place]
        if heaps_of:
            changes += _seen(spot, heaps_of, glance, limits)
        elif not _is_held(spot, glance, limits) and _missed(spot, glance, limits):
            gone.append(spot)
            changes += [Change("ended", spot)] if spot.problem_id else []
    for spot, other in _joined(spots, pairs, limits):
        gone.append(spot)
        changes += [Change("ended", spot, other.problem_id)] if spot.problem_id else []
    lost = [id(one) for one in gone]
    changes = [one for one in changes if one.phase == "ended" or id(one.spot) not in lost]
    return [one for one in spots if id(one) not in lost], changes


def _heaps(kind: str, sights: Iterable[Sight], limits: SpotLimits) -> list[_Heap]:
    """In an order that does not depend on theirs."""
    mine = sorted(
        (one for one in sights if one.kind == kind and one.score >= limits.still),
        key=lambda one: (one.box, one.label, one.score),
    )
    out = []
    for places in heaps([one.box for one in mine], limits.gap):
        parts = [mine[at] for at in places]
        largest = max(parts, key=lambda one: area(one.box))
        zone = largest.zone or min((one.zone for one in parts if one.zone), default=None)
        out.append(
            _Heap(
                largest.label,
                around(one.box for one in parts),
                max(one.score for one in parts),
                max(one.still_s for one in parts),
                zone,
                len(parts),
            )
        )
    return out


def _paired(
    spots: Sequence[Spot], found: Sequence[_Heap], limits: SpotLimits
) -> tuple[list[tuple[int, int]], list[tuple[int, _Heap]]]:
    """(spot, heap) by their places, the best first, and the heaps that are new. What has no outline may
    fall into parts, and every part belongs to it; of two stalls side by side each is its own."""
    fits = [
        (-fit, spot.problem_id is None, -spot.looks, place, at)
        for place, spot in enumerate(spots)
        for at, heap in enumerate(found)
        if (fit := same_place(spot.box, heap.box, limits.gap)) > 0
    ]
    pairs, taken, paired = list[tuple[int, int]](), set[int](), set[int]()
    for *_, place, at in sorted(fits):
        if limits.gap == 0 and (place in taken or at in paired):
            continue
        pairs.append((place, at))
        taken.add(place)
        paired.add(at)
    return pairs, [(at, heap) for at, heap in enumerate(found) if at not in paired]


def _begun(kind: str, heap: _Heap, glance: Glance) -> Spot:
    return Spot(
        camera=glance.camera,
        position=glance.position,
        kind=kind,
        label=heap.label,
        boxes=[heap.box],
        first=glance.moment,
        last=glance.moment,
        score=heap.score,
    )


def _seen(spot: Spot, found: Sequence[_Heap], glance: Glance, limits: SpotLimits) -> list[Change]:
    now = glance.moment
    spot.last = now
    if not glance.counts:
        return []
    best = max(found, key=lambda one: (one.score, one.box))
    spot.looks, spot.misses, spot.missed = spot.looks + 1, 0, None
    spot.score = of_late(spot.score, best.score, spot.looks, limits)
    spot.boxes = [*spot.boxes, around(one.box for one in found)][-(limits.end_looks + 1) :]
    spot.label, spot.zone = best.label, best.zone or spot.zone
    spot.preset = glance.preset
    if spot.problem_id is not None:
        age_s = elapsed_s(spot.told, now) if spot.told else None
        return [Change("updated", spot)] if age_s is None or age_s >= limits.update_s else []
    stood_s = max(elapsed_s(spot.first, now) or 0.0, *(one.still_s for one in found))
    opens = (
        spot.looks >= limits.open_looks
        and stood_s >= limits.open_s
        and spot.score >= limits.min_score
        and sum(one.pieces for one in found) >= limits.least
    )
    return [Change("opened", spot)] if opens and not spot.excused else []


def of_late(mean: float, score: float, looks: int, limits: SpotLimits) -> float:
    """The mean of all `looks` while they are few, the newest among them; then it forgets."""
    return mean + (score - mean) / min(looks, max(LATELY, limits.open_looks))


def _missed(spot: Spot, glance: Glance, limits: SpotLimits) -> bool:
    """Whether it is over."""
    if not (glance.counts and _could_see(spot, glance)):
        return False
    spot.misses += 1
    if spot.missed is None:
        spot.missed = glance.moment
    if spot.misses < limits.end_looks:
        return False
    away_s = elapsed_s(spot.missed, glance.moment)
    return spot.problem_id is None or away_s is None or away_s >= limits.end_s


def _is_held(spot: Spot, glance: Glance, limits: SpotLimits) -> bool:
    return any(
        one.kind == spot.kind and same_place(spot.box, one.box, limits.gap) > 0
        for one in glance.held
    )


def _could_see(spot: Spot, glance: Glance) -> bool:
    if glance.classes is not None and spot.kind not in glance.classes:
        return False
    if covered(spot.box, glance.box) < IN_LOOK:
        return False
    return all(covered(spot.box, one) < HIDDEN for one in glance.others)


def _joined(
    spots: Sequence[Spot], pairs: Sequence[tuple[int, int]], limits: SpotLimits
) -> list[tuple[Spot, Spot]]:
    """Spots that are one heap now: (the one that goes, the one that stays)."""
    if limits.gap == 0:
        return []
    stays: dict[int, int] = {}
    order = sorted({place for place, _ in pairs}, key=lambda at: _rank(spots[at], at))
    out = []
    for place in order:
        heaps_of = [at for where, at in pairs if where == place]
        first = next((stays[at] for at in heaps_of if at in stays), place)
        for at in heaps_of:
            stays.setdefault(at, first)
        if first != place:
            out.append((spots[place], spots[first]))
    return out


def _rank(spot: Spot, at: int) -> tuple[bool, int, int]:
    return spot.problem_id is None, -spot.looks, at
