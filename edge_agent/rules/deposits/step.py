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
from dataclasses import replace

from edge_agent.readings import SceneReading, SeenThing
from edge_agent.rules.deposits.bearers import (
    bearer_of,
    fact_of,
    holder_of,
    is_itself,
    known,
    looked,
    note_together,
    one_went,
)
from edge_agent.rules.deposits.words import SAME_SPOT, Carried, DepositLimits, Fact, apart

CARRIED_S = 0.5  # what moved for less than this since it was first seen was not carried here
HELD_S = 0.4  # what has been still for so long was not carried past
SETTLES_S = 0.4  # a track goes on for a moment when its thing has stopped
STOOD_S = 0.6  # who walks is as near to where they were for less than that
SEEN_S = 0.5  # a bearer who was seen so lately is there
AWAY = 0.25  # in heights of the bearer: so far beside a bag, one has left it
LEFT_S = 0.6  # it lies while its bearer goes
LATE_S = 3.0  # known only then, nobody stands there any more to be told
TOLD_S = 1.5  # not seen for longer, its bearer goes or has gone
BROUGHT_S = 60.0  # who brings a bag is not in view for longer
BARELY = 0.7  # of the least score: a look that is no better hardly saw it where it was
CLEAR_LOOKS = 2  # one may be of anything
MOST_CARRIED = 500


def step(bags: dict[int, Carried], reading: SceneReading, limits: DepositLimits) -> list[Fact]:
    """The bags of one camera, by track number; they are changed. In the order of their numbers."""
    people = [
        one for one in reading.things if one.label in limits.people and one.unseen_s <= SEEN_S
    ]
    here = _bags(reading.things, limits)
    facts = list[Fact]()
    seen_again = {thing.track for thing in here if looked(bags, thing)}
    for thing in here:
        facts += known(bags, thing, people, limits)
    note_together(bags, here)
    for track in sorted(seen_again):
        is_itself(bags, track)
    for thing in here:
        if not _goes_on(bags[thing.track], here, limits):
            facts += _in_view(bags[thing.track], thing, people, limits)
    _are_none(bags)
    gone = _bags(reading.gone, limits)
    for thing in gone:
        facts += known(bags, thing, people, limits)
        facts += _gone(bags[thing.track], thing, people, limits)
    for fact in facts:
        if fact.way == "into":
            one_went(bags, fact.track)
    _forget(bags, {one.track for one in gone})
    return facts


def _forget(bags: dict[int, Carried], lost: set[int]) -> None:
    lost |= set(sorted(bags)[: max(0, len(bags) - MOST_CARRIED)])
    for track in lost:
        bags.pop(track, None)
    for bag in bags.values():
        for track in lost & bag.both.keys():
            del bag.both[track]


def _goes_on(bag: Carried, here: Sequence[SeenThing], limits: DepositLimits) -> bool:
    """Under another track. One that is doubted by now was a sleeve in the way, and says nothing of the bag."""
    after = next((one for one in here if one.track == bag.became), None)
    doubted = after is not None and after.score < limits.least
    return bag.became != 0 and not doubted


def _are_none(bags: Mapping[int, Carried]) -> None:
    """What was taken for a bag that is in a bin now."""
    for bag in bags.values():
        if bag.went is not None and bag.became in bags:
            bags[bag.became].ghost = True


def _is_one(bag: Carried, limits: DepositLimits) -> bool:
    """A bag at all."""
    return not bag.ghost and bag.looks >= CLEAR_LOOKS and bag.score >= limits.least


def _bags(things: Iterable[SeenThing], limits: DepositLimits) -> list[SeenThing]:
    return sorted((one for one in things if one.label in limits.bags), key=lambda one: one.track)


def _in_view(
    bag: Carried, thing: SeenThing, people: Sequence[SeenThing], limits: DepositLimits
) -> list[Fact]:
    at_bin, bearer = _bin(thing, limits), bearer_of(bag, people)
    if bag.went is not None:
        return _back(bag, thing)
    if not _is_one(bag, limits):
        return []
    bin_before = at_bin or _before(bag, thing, limits)
    if bin_before is not None and bin_before not in bag.origin:
        gone = at_bin is not None and _has_gone(thing, bearer, limits)
        if gone or _was_lifted(bag, thing, bearer, limits):
            bag.went = bin_before
            return [_into(bag, thing, bin_before, limits)]
    if at_bin is not None:
        return _towards(bag, thing, at_bin, limits)
    return _beside(bag, thing, bearer, limits)


def _back(bag: Carried, thing: SeenThing) -> list[Fact]:
    if thing.unseen_s > 0:
        return []
    went, bag.went = bag.went, None
    return [fact_of("back", thing.track, went, bag)]


def _beside(
    bag: Carried, thing: SeenThing, bearer: SeenThing | None, limits: DepositLimits
) -> list[Fact]:
    """Put down, once, until it is picked up. What nobody held and has not moved lay there before."""
    was_carried = thing.age_s - thing.unseen_s - thing.still_s >= CARRIED_S
    lay = not was_carried and bag.bearer == 0
    alone = lay or _left(thing, bearer)
    enough_s = min(limits.beside_s, LEFT_S) if alone else limits.beside_s
    if bag.down is not None or thing.unseen_s > SEEN_S or thing.still_s < enough_s:
        return []
    if thing.score < limits.least:  # it can wait until it is seen well again
        return []
    ground = not limits.ground or limits.ground.intersection(thing.zones)
    if not ground or not (was_carried or lay):
        return []
    late = thing.still_s > limits.beside_s + LATE_S or thing.age_s > BROUGHT_S
    late = late or lay or bag.doubted
    fact = replace(fact_of("beside", thing.track, None, bag), box=thing.box, late=late)
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
    """Its bearer has not moved since it was last seen, or has just come to a stand then, within reach of it."""
    if limits.gone_looks == 0 or bearer is None or holder_of(thing.box, [bearer]) is None:
        return False
    return bearer.still_s >= max(STOOD_S, thing.unseen_s - SETTLES_S)


def _before(bag: Carried, thing: SeenThing, limits: DepositLimits) -> str | None:
    """The bin before which it was held; what lies there is not held."""
    zones = sorted(set(thing.zones).intersection(limits.before))
    if not zones or bag.down is not None or thing.still_s >= limits.beside_s:
        return None
    at_bin = limits.before[max(zones, key=lambda zone: _dwells(thing).get(zone, 0.0))]
    return None if at_bin in bag.origin else at_bin


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
    if min(dwell_s, thing.still_s) < limits.approach_s or not bag.plain:
        return []
    bag.towards.add(at_bin)
    return [fact_of("towards", thing.track, at_bin, bag)]


def _gone(
    bag: Carried, thing: SeenThing, people: Sequence[SeenThing], limits: DepositLimits
) -> list[Fact]:
    """With a bearer who has walked on it may be on the other side of them, unless it was held still there."""
    at_bin, bearer = _bin(thing, limits), bearer_of(bag, people)
    if at_bin is None or at_bin in bag.origin or bag.went is not None or bag.became:
        return []
    if not _is_one(bag, limits):
        return []
    walked = bearer is not None and not _stands(thing, bearer, limits)
    if walked and thing.still_s < HELD_S:
        return []
    return [_into(bag, thing, at_bin, limits)]


def _into(bag: Carried, thing: SeenThing, at_bin: str, limits: DepositLimits) -> Fact:
    """Nobody is told off for what was doubted lately or last, for what is not plainly of one stream, or when
    its bearer may have gone."""
    doubted = thing.score < limits.least or thing.last_score < BARELY * limits.least
    late = thing.unseen_s > TOLD_S or doubted or not bag.plain
    return replace(fact_of("into", thing.track, at_bin, bag), late=late)


def _bin(thing: SeenThing, limits: DepositLimits) -> str | None:
    """Where zones overlap, the one in which it has been for longer."""
    dwells = _dwells(thing)
    zones = sorted(limits.bins.intersection(thing.zones))
    return max(zones, key=lambda zone: dwells.get(zone, 0.0), default=None)


def _dwells(thing: SeenThing) -> dict[str, float]:
    return dict(zip(thing.zones, thing.dwell_s, strict=False))
