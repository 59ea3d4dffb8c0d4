"""What becomes of a bag that is carried to the bins: into one of them, or down beside them.

A bag that comes from elsewhere and is seen no more at a bin went into it. Three ways to know, the first
within the second: its bearer still stands there, has not moved since the bag was last seen, and several
looks in a row that could have seen the bag did not (what was not hidden before is not hidden now); else
the camera has given it up. If it is seen again after all, it had not gone in, and that is said too.

A bag first seen at a bin with somebody who has just come was brought, hidden from the camera on the way;
with nobody, or with somebody who has stood there empty-handed, it lay in the bin already, and its coming
and going means nothing. When one bag is lost and its bearer holds another at once, that is the same one.

What waste it is the classifier says, or the detector's label; what is not sure is unknown, and nobody is
told off for it. What the detector doubted more often than not was no bag: a sleeve, a skirt of that colour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import hypot
from typing import Literal

from edge_agent.readings import SceneReading, SeenThing

CARRIED_S = 0.5  # what moved for less than this since it was first seen was not carried here
ARRIVED_S = 1.0  # who has stood for longer had come before the bag was seen
HELD_BY = 0.5  # a person's arms, in widths of the box to each side
HELD_S = 0.4  # what has been still for so long was not carried past
SETTLES_S = 0.4  # a track goes on for a moment when its thing has stopped
STOOD_S = 0.6  # who walks is as near to where they were for less than that
SEEN_S = 0.5  # a bearer who was seen so lately is there
SAME_S = 0.8  # so soon after the last look at one bag its bearer holds another: it is the same one
KNOWN_S = 2.0  # what was seen for so long is known; a later opinion counts again
AWAY = 0.25  # in heights of the bearer: so far beside a bag, one has left it
LEFT_S = 0.6  # it lies while its bearer goes
LATE_S = 3.0  # known only then, nobody stands there any more to be told
TOLD_S = 1.5  # not seen for longer, its bearer goes or has gone
BROUGHT_S = 60.0  # who brings a bag is not in view for longer
SAME_SPOT = (
    0.75  # in its own sizes: so near to where it lay, it was jostled or is taken for another
)
TAKEN = 0.25  # in its own sizes: so far from where it lay, it was picked up
MOST_CARRIED = 500

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class DepositLimits:
    """`bags`: labels of what people bring, `people`: of who brings it; `bins` and `ground`: zones (no ground
    = anywhere but at a bin); `streams`: class of waste to stream. `sure`: least score of a stream, over its
    classes. `beside_s`: down for so long, it was put there. `approach_s`: held still at a bin for so long, it
    is about to go in; 0 = never. `gone_looks` in a row and `gone_s`: not seen while its bearer stands there,
    it went in; 0 looks = only when the camera has given it up. `before`: zone to bin, where people stand with
    a bag that they will lift into it, which takes `lift_s`. `least`: mean score of a bag, over its looks."""

    bags: frozenset[str]
    bins: frozenset[str]
    ground: frozenset[str]
    streams: Mapping[str, str]
    sure: float = 0.6
    beside_s: float = 4.0
    approach_s: float = 0.0
    people: frozenset[str] = frozenset({"person"})
    gone_looks: int = 3
    gone_s: float = 0.4
    before: Mapping[str, str] = field(default_factory=dict)
    lift_s: float = 0.9
    least: float = 0.5


@dataclass(frozen=True, slots=True)
class Waste:
    """What a bag is taken for: the class that is likeliest, and the stream it belongs to."""

    waste_class: str
    stream: str


Way = Literal["into", "beside", "lies", "towards", "back"]


@dataclass(frozen=True, slots=True)
class Fact:
    """`way`: it went `into` the bin of zone `bin`, is about to (`towards`), was put `beside` just now, `lies`
    there and nobody knows since when, or had not gone in after all (`back`). `waste` None: unknown. `origin`:
    bins at which the bag was first seen. `lay`: it had been put down before. `bearer`: the track of who held it
    last, 0 = nobody known. `box`: where it lies. `late`: counted, but nobody can be told any more."""

    way: Way
    track: int
    bin: str | None
    waste: Waste | None
    origin: tuple[str, ...] = ()
    lay: bool = False
    bearer: int = 0
    box: Box | None = None
    late: bool = False


@dataclass(slots=True)
class Carried:
    """A bag that is in view. `down`: where it lies, `lay`: where it lay before. `known_s`: for how long it had
    been seen when `waste` was said. `score`: the mean of the `looks` that saw it. `blank`: looks in a row
    without it, hidden or not. `went`: the bin that it is in, by all that was seen. `became`: the track that
    goes on with it, 0 = its own."""

    origin: tuple[str, ...]
    waste: Waste | None = None
    down: Box | None = None
    lay: Box | None = None
    towards: set[str] = field(default_factory=set)
    bearer: int = 0
    known_s: float = 0.0
    looks: int = 0
    score: float = 0.0
    unseen_s: float = 0.0
    blank: int = 0
    went: str | None = None
    became: int = 0


def step(bags: dict[int, Carried], reading: SceneReading, limits: DepositLimits) -> list[Fact]:
    """The bags of one camera, by track number; they are changed. In the order of their numbers."""
    people = [
        one for one in reading.things if one.label in limits.people and one.unseen_s <= SEEN_S
    ]
    here = _bags(reading.things, limits)
    facts = list[Fact]()
    seen_again = {thing.track for thing in here if _looked(bags, thing)}
    for thing in here:
        facts += _known(bags, thing, people, limits)
    for track in sorted(seen_again):
        _is_itself(bags, track)
    for thing in here:
        if not bags[thing.track].became:
            facts += _in_view(bags[thing.track], thing, people, limits)
    for thing in _bags(reading.gone, limits):
        facts += _known(bags, thing, people, limits)
        facts += _gone(bags.pop(thing.track), thing, people, limits)
    while len(bags) > MOST_CARRIED:
        del bags[min(bags)]
    return facts


def waste_of(thing: SeenThing, limits: DepositLimits) -> Waste | None:
    """None when no stream is sure. Without a classifier the detector's label is the class, as far as its
    looks agree."""
    classes = thing.classes or ((thing.label, thing.label_share),)
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


def _bags(things: Iterable[SeenThing], limits: DepositLimits) -> list[SeenThing]:
    return sorted((one for one in things if one.label in limits.bags), key=lambda one: one.track)


# -- who has it, and which one it is


def _looked(bags: dict[int, Carried], thing: SeenThing) -> bool:
    """Whether it is seen again after looks without it."""
    bag = bags.get(thing.track)
    if bag is None:
        return False
    again = bag.blank > 0 and thing.unseen_s <= 0
    bag.unseen_s = thing.unseen_s
    bag.blank = bag.blank + 1 if thing.unseen_s > 0 else 0
    return again


def _known(
    bags: dict[int, Carried], thing: SeenThing, people: Sequence[SeenThing], limits: DepositLimits
) -> list[Fact]:
    """Learns what is seen of it. A fact only when it is one that was thought to be in a bin."""
    facts, holder = list[Fact](), _holder(thing.box, people)
    if thing.track not in bags:
        bags[thing.track], facts = _first(bags, thing, holder, limits)
    bag = bags[thing.track]
    if bag.down is not None and apart(bag.down, thing.box) > TAKEN:
        bag.lay, bag.down = bag.down, None
    if thing.unseen_s <= 0:
        bag.looks += 1
        now = thing.score if thing.latest is None else thing.latest
        bag.score += (now - bag.score) / bag.looks
    if thing.unseen_s <= 0 and holder is not None and bag.down is None:
        bag.bearer = holder.track
    waste, looked_s = waste_of(thing, limits), thing.age_s - thing.unseen_s
    if waste is not None and (bag.waste is None or looked_s >= bag.known_s):
        bag.waste, bag.known_s = waste, min(looked_s, KNOWN_S)
    return facts


def _first(
    bags: dict[int, Carried], thing: SeenThing, holder: SeenThing | None, limits: DepositLimits
) -> tuple[Carried, list[Fact]]:
    """It goes on with the bag that its bearer has just been seen without, or begins."""
    lost = [
        (one.unseen_s, track)
        for track, one in bags.items()
        if holder is not None
        and one.bearer == holder.track
        and one.unseen_s > 0
        and not one.became
        and (one.went is None or one.unseen_s - thing.age_s <= SAME_S)
    ]
    if lost:
        former, track = bags[min(lost)[1]], min(lost)[1]
        went, former.went = former.went, None
        facts = [] if went is None else [_fact("back", track, went, former)]
        following = replace(former, towards=set(former.towards))
        former.became = thing.track
        return following, facts
    origin = tuple(sorted(limits.bins.intersection(thing.zones)))
    came = holder is not None and holder.still_s < ARRIVED_S
    return Carried(() if came else origin), []


def _is_itself(bags: dict[int, Carried], track: int) -> None:
    """Seen again: what its bearer held for the moment, and does no more, was the same one."""
    bag = bags[track]
    bag.became = 0
    for number, one in bags.items():
        mine = one.bearer == bag.bearer != 0 and number != track
        if mine and 0 < one.unseen_s <= SAME_S and one.went is None and not one.became:
            one.became = track


def _holder(box: Box, people: Sequence[SeenThing]) -> SeenThing | None:
    """The person whose arms are nearest around it."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    around = list[tuple[float, int, SeenThing]]()
    for one in people:
        x1, y1, x2, y2 = one.box
        arms = HELD_BY * (x2 - x1)
        if x1 - arms <= x <= x2 + arms and y1 <= y <= y2 + arms:
            around.append((abs(x - (x1 + x2) / 2) / max(1e-6, x2 - x1), one.track, one))
    return min(around, default=(0.0, 0, None))[2]


# -- what became of it


def _in_view(
    bag: Carried, thing: SeenThing, people: Sequence[SeenThing], limits: DepositLimits
) -> list[Fact]:
    at_bin, bearer = _bin(thing, limits), _bearer(bag, people)
    if bag.went is not None:
        return _back(bag, thing)
    if bag.score < limits.least:
        return []
    bin_before = at_bin or _before(bag, thing, limits)
    if bin_before is not None and bin_before not in bag.origin:
        gone = at_bin is not None and _has_gone(thing, bearer, limits)
        if gone or _was_lifted(bag, thing, bearer, limits):
            bag.went = bin_before
            return [_fact("into", thing.track, bin_before, bag)]
    if at_bin is not None:
        return _towards(bag, thing, at_bin, limits)
    return _beside(bag, thing, bearer, limits)


def _back(bag: Carried, thing: SeenThing) -> list[Fact]:
    if thing.unseen_s > 0:
        return []
    went, bag.went = bag.went, None
    return [_fact("back", thing.track, went, bag)]


def _beside(
    bag: Carried, thing: SeenThing, bearer: SeenThing | None, limits: DepositLimits
) -> list[Fact]:
    """Put down, once, until it is picked up."""
    enough_s = min(limits.beside_s, LEFT_S) if _left(thing, bearer) else limits.beside_s
    if bag.down is not None or thing.unseen_s > SEEN_S or thing.still_s < enough_s:
        return []
    if thing.score < limits.least:  # it can wait until it is seen well again
        return []
    ground = not limits.ground or limits.ground.intersection(thing.zones)
    was_carried = thing.age_s - thing.still_s >= CARRIED_S
    if not ground or not was_carried:
        return []
    late = thing.still_s > limits.beside_s + LATE_S or thing.age_s > BROUGHT_S
    fact = replace(_fact("lies" if late else "beside", thing.track, None, bag), box=thing.box)
    bag.down = thing.box
    again = bag.lay is not None and apart(bag.lay, thing.box) < SAME_SPOT
    return [] if again else [fact]


def _has_gone(thing: SeenThing, bearer: SeenThing | None, limits: DepositLimits) -> bool:
    """At the opening: out of the hands of somebody who has stood there since, with nothing new before it."""
    plainly = thing.missed >= limits.gone_looks and thing.unseen_s >= limits.gone_s
    return plainly and _stands(thing, bearer, limits)


def _was_lifted(
    bag: Carried, thing: SeenThing, bearer: SeenThing | None, limits: DepositLimits
) -> bool:
    """Hidden or not: who stands before a bin and has had the bag before them for so long puts it in."""
    long = bag.blank >= limits.gone_looks and thing.unseen_s >= limits.lift_s
    return long and _stands(thing, bearer, limits)


def _stands(thing: SeenThing, bearer: SeenThing | None, limits: DepositLimits) -> bool:
    """Its bearer has not moved since it was last seen, or has just come to a stand then."""
    if limits.gone_looks == 0 or bearer is None:
        return False
    return bearer.still_s >= max(STOOD_S, thing.unseen_s - SETTLES_S)


def _before(bag: Carried, thing: SeenThing, limits: DepositLimits) -> str | None:
    """The bin before which it was held; what lies there is not held."""
    zones = sorted(set(thing.zones).intersection(limits.before))
    if not zones or bag.down is not None or thing.still_s >= limits.beside_s:
        return None
    at_bin = limits.before[max(zones, key=lambda zone: _dwells(thing).get(zone, 0.0))]
    return None if at_bin in bag.origin else at_bin


def _bearer(bag: Carried, people: Sequence[SeenThing]) -> SeenThing | None:
    return next((one for one in people if one.track == bag.bearer), None)


def _left(thing: SeenThing, bearer: SeenThing | None) -> bool:
    """Whoever put it down goes away from it."""
    if bearer is None or thing.unseen_s > 0:
        return False
    x1, y1, x2, y2 = bearer.box
    x, gap = (thing.box[0] + thing.box[2]) / 2, AWAY * (y2 - y1)
    return x < x1 - gap or x > x2 + gap


def _towards(bag: Carried, thing: SeenThing, at_bin: str, limits: DepositLimits) -> list[Fact]:
    if not limits.approach_s or at_bin in bag.towards or at_bin in bag.origin:
        return []
    dwell_s = _dwells(thing).get(at_bin, 0.0)
    if min(dwell_s, thing.still_s) < limits.approach_s:
        return []
    bag.towards.add(at_bin)
    return [_fact("towards", thing.track, at_bin, bag)]


def _gone(
    bag: Carried, thing: SeenThing, people: Sequence[SeenThing], limits: DepositLimits
) -> list[Fact]:
    """With a bearer who has walked on it may be on the other side of them, unless it was held still there."""
    at_bin, bearer = _bin(thing, limits), _bearer(bag, people)
    if at_bin is None or at_bin in bag.origin or bag.went is not None or bag.became:
        return []
    if bag.score < limits.least:
        return []
    walked = bearer is not None and not _stands(thing, bearer, limits)
    if walked and thing.still_s < HELD_S:
        return []
    late = thing.unseen_s > TOLD_S
    return [replace(_fact("into", thing.track, at_bin, bag), late=late)]


def _fact(way: Way, track: int, at_bin: str | None, bag: Carried) -> Fact:
    lay = bag.lay is not None or bag.down is not None
    return Fact(way, track, at_bin, bag.waste, bag.origin, lay, bag.bearer)


def _bin(thing: SeenThing, limits: DepositLimits) -> str | None:
    """Where zones overlap, the one in which it has been for longer."""
    dwells = _dwells(thing)
    zones = sorted(limits.bins.intersection(thing.zones))
    return max(zones, key=lambda zone: dwells.get(zone, 0.0), default=None)


def apart(a: Box, b: Box) -> float:
    """The distance of the centres, in sizes of the first."""
    across, down = a[0] + a[2] - b[0] - b[2], a[1] + a[3] - b[1] - b[3]
    return hypot(across, down) / 2 / max(1e-6, hypot(a[2] - a[0], a[3] - a[1]))


def _dwells(thing: SeenThing) -> dict[str, float]:
    return dict(zip(thing.zones, thing.dwell_s, strict=False))
