"""What becomes of a bag that is carried to the bins: into one of them, or down beside them.

A bag that comes from elsewhere and is seen no more at a bin went into it. One that was first seen at
that bin lay there already, and its coming and going means nothing. What waste it is the classifier
says; what it is not sure of is unknown, and nobody is told off for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from edge_agent.readings import SceneReading, SeenThing

CARRIED_S = 0.5  # what moved for less than this since it was first seen was not carried here
MOST_CARRIED = 500


@dataclass(frozen=True, slots=True)
class DepositLimits:
    """`bags`: labels of what people bring; `bins` and `ground`: zones (no ground = anywhere but at a
    bin); `streams`: class of waste to stream. `sure`: least score of a stream, over its classes.
    `beside_s`: down for so long, it was put there. `approach_s`: held still at a bin for so long, it is
    about to go in; 0 = never."""

    bags: frozenset[str]
    bins: frozenset[str]
    ground: frozenset[str]
    streams: Mapping[str, str]
    sure: float = 0.6
    beside_s: float = 4.0
    approach_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Waste:
    """What a bag is taken for: the class that is likeliest, and the stream it belongs to."""

    waste_class: str
    stream: str


Way = Literal["into", "beside", "towards"]


@dataclass(frozen=True, slots=True)
class Fact:
    """`way`: it went `into` the bin of zone `bin`, is about to (`towards`), or was put `beside`. `waste`
    None: unknown. `origin`: bins at which the bag was first seen. `lay`: it had been put down before."""

    way: Way
    track: int
    bin: str | None
    waste: Waste | None
    origin: tuple[str, ...] = ()
    lay: bool = False


@dataclass(slots=True)
class Carried:
    """A bag that is in view."""

    origin: tuple[str, ...]
    waste: Waste | None = None
    lies: bool = False
    lay: bool = False
    towards: set[str] = field(default_factory=set)


def step(bags: dict[int, Carried], reading: SceneReading, limits: DepositLimits) -> list[Fact]:
    """The bags of one camera, by track number; they are changed. In the order of their numbers."""
    facts = list[Fact]()
    for thing in sorted(reading.things, key=lambda one: one.track):
        if thing.label in limits.bags:
            facts += _in_view(_known(bags, thing, limits), thing, limits)
    for thing in sorted(reading.gone, key=lambda one: one.track):
        if thing.label in limits.bags:
            bag = _known(bags, thing, limits)
            bags.pop(thing.track, None)
            facts += _gone(bag, thing, limits)
    while len(bags) > MOST_CARRIED:
        del bags[min(bags)]
    return facts


def waste_of(thing: SeenThing, limits: DepositLimits) -> Waste | None:
    """None when no stream is sure. Without a classifier the detector's label is the class."""
    classes = thing.classes or ((thing.label, thing.score),)
    sums: dict[str, float] = {}
    for name, score in classes:
        if name in limits.streams:
            stream = limits.streams[name]
            sums[stream] = sums.get(stream, 0.0) + score
    best = max(sorted(sums), key=lambda stream: sums[stream], default=None)
    if best is None or sums[best] < limits.sure:
        return None
    named = [one for one in classes if limits.streams.get(one[0]) == best]
    return Waste(max(named, key=lambda one: (one[1], one[0]))[0], best)


def _known(bags: dict[int, Carried], thing: SeenThing, limits: DepositLimits) -> Carried:
    if thing.track not in bags:
        bags[thing.track] = Carried(tuple(sorted(limits.bins.intersection(thing.zones))))
    bag = bags[thing.track]
    bag.waste = waste_of(thing, limits) or bag.waste
    return bag


def _in_view(bag: Carried, thing: SeenThing, limits: DepositLimits) -> list[Fact]:
    at_bin, was_carried = _bin(thing, limits), thing.age_s - thing.still_s >= CARRIED_S
    if at_bin is not None:
        return _towards(bag, thing, at_bin, limits)
    if thing.still_s < limits.beside_s:
        bag.lay, bag.lies = bag.lay or bag.lies, False
        return []
    down = not limits.ground or limits.ground.intersection(thing.zones)
    if bag.lies or not down or not was_carried:
        return []
    bag.lies = True
    return [Fact("beside", thing.track, None, bag.waste, bag.origin, bag.lay)]


def _towards(bag: Carried, thing: SeenThing, at_bin: str, limits: DepositLimits) -> list[Fact]:
    if not limits.approach_s or at_bin in bag.towards or at_bin in bag.origin:
        return []
    dwell_s = dict(zip(thing.zones, thing.dwell_s, strict=False)).get(at_bin, 0.0)
    if min(dwell_s, thing.still_s) < limits.approach_s:
        return []
    bag.towards.add(at_bin)
    return [Fact("towards", thing.track, at_bin, bag.waste, bag.origin, bag.lay or bag.lies)]


def _gone(bag: Carried, thing: SeenThing, limits: DepositLimits) -> list[Fact]:
    at_bin = _bin(thing, limits)
    if at_bin is None or at_bin in bag.origin:
        return []
    lay = bag.lay or bag.lies
    return [Fact("into", thing.track, at_bin, bag.waste, bag.origin, lay)]


def _bin(thing: SeenThing, limits: DepositLimits) -> str | None:
    """Where zones overlap, the one in which it has been for longer."""
    dwells = dict(zip(thing.zones, thing.dwell_s, strict=False))
    zones = sorted(limits.bins.intersection(thing.zones))
    return max(zones, key=lambda zone: dwells.get(zone, 0.0), default=None)
