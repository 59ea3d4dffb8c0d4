"""Who has a bag, and which bags are one: tracks are lost and found, a bag has one bearer. They are changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import permutations

from edge_agent.readings import SeenThing
from edge_agent.rules.deposits.words import (
    Box,
    Carried,
    DepositLimits,
    Fact,
    Way,
    apart,
    classes_of,
    waste_of,
)

ARRIVED_S = 1.0  # who has stood for longer had come before the bag was seen
HELD_BY = 0.5  # a person's arms, in widths of the box to each side
SAME_S = 0.8  # so soon after the last look at one bag its bearer holds another: it is the same one
# As long as this, at least and at most, was what one reading tells seen so.
LOOK_S, AT_ONCE_S = 0.1, 1.0
DOUBTED = 0.01  # as much says a look of no more than the least score
LIES_S = 2.0  # still for so long, it is not in the hands of whoever passes
ENOUGH = 0.04  # seconds by how far the score was above the least: less is no more than two doubtful looks
TAKEN = 0.25  # in its own sizes: so far from where it lay, it was picked up
TWO_LOOKS = 3  # saw both, so they are two


def looked(bags: dict[int, Carried], thing: SeenThing) -> bool:
    """Whether it is seen again after looks without it."""
    bag = bags.get(thing.track)
    if bag is None:
        return False
    again = bag.blank > 0 and thing.unseen_s <= 0
    bag.unseen_s = thing.unseen_s
    bag.blank = bag.blank + 1 if thing.unseen_s > 0 else 0
    return again


def known(
    bags: dict[int, Carried], thing: SeenThing, people: Sequence[SeenThing], limits: DepositLimits
) -> list[Fact]:
    """Learns what is seen of it. A fact only when it is one that was thought to be in a bin."""
    facts, holder = list[Fact](), holder_of(thing.box, people)
    if thing.track not in bags:
        bags[thing.track], facts = _first(bags, thing, holder, limits)
    bag = bags[thing.track]
    if bag.down is not None and apart(bag.down, thing.box) > TAKEN:
        bag.lay, bag.down = bag.down, None
    if thing.unseen_s <= 0:
        bag.looks += 1
        bag.score += (thing.last_score - bag.score) / bag.looks
    held = bag.down is None and thing.still_s < LIES_S
    if thing.unseen_s <= 0 and holder is not None and held:
        bag.bearer = holder.track
    if thing.unseen_s <= 0 or not bag.told:
        _tell(bag, thing, limits)
    return facts


def _tell(bag: Carried, thing: SeenThing, limits: DepositLimits) -> None:
    """Beside what it was taken for before, under other tracks too: each for as long as it was seen so, and as
    far as its score is above the least, for what is doubted has any colour. What is not sure tells nothing."""
    classes, seen_s = classes_of(thing), thing.age_s - thing.unseen_s
    since_s, bag.known_s = min(AT_ONCE_S, max(LOOK_S, seen_s - bag.known_s)), seen_s
    if waste_of(classes, limits) is None:
        return
    weight = since_s * max(DOUBTED, thing.score - limits.least)
    for name, score in classes:
        bag.told[name] = bag.told.get(name, 0.0) + weight * score
    whole = sum(bag.told.values())
    shares = [(name, told / whole) for name, told in bag.told.items()]
    bag.waste = waste_of(shares, limits)
    bag.plain = whole >= ENOUGH and waste_of(shares, limits, limits.sure_to_speak) is not None


def _first(
    bags: dict[int, Carried], thing: SeenThing, holder: SeenThing | None, limits: DepositLimits
) -> tuple[Carried, list[Fact]]:
    """It goes on with the bag that its bearer has just been seen without, or begins."""
    lost = [
        (one.unseen_s, track)
        for track, one in bags.items()
        if holder is not None
        and thing.score >= limits.least
        and one.bearer == holder.track
        and one.unseen_s > 0
        and not one.became
        and (one.went is None or one.unseen_s - thing.age_s <= SAME_S)
    ]
    if lost:
        former, track = bags[min(lost)[1]], min(lost)[1]
        went, former.went = former.went, None
        facts = [] if went is None else [fact_of("back", track, went, former)]
        following = replace(
            former, blank=0, unseen_s=thing.unseen_s, towards=set(former.towards), told=dict(former.told),
            both=dict(former.both),
        )  # fmt: skip
        former.became = thing.track
        for one in bags.values():
            if track in one.both:
                one.both[thing.track] = one.both[track]
        return following, facts
    origin = tuple(sorted(limits.bins.intersection(thing.zones)))
    came = holder is not None and holder.still_s < ARRIVED_S
    return Carried(() if came else origin), []


def is_itself(bags: Mapping[int, Carried], track: int) -> None:
    """Seen again: what its bearer held for the moment, and does no more, was the same one."""
    bag = bags[track]
    bag.became = 0
    for number, one in bags.items():
        mine = one.bearer == bag.bearer != 0 and number != track
        if mine and 0 < one.unseen_s <= SAME_S and one.went is None and not one.became:
            one.became = track


def holder_of(box: Box, people: Sequence[SeenThing]) -> SeenThing | None:
    """The person whose arms are nearest around it."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    around = list[tuple[float, int, SeenThing]]()
    for one in people:
        x1, y1, x2, y2 = one.box
        arms = HELD_BY * (x2 - x1)
        if x1 - arms <= x <= x2 + arms and y1 <= y <= y2 + arms:
            around.append((abs(x - (x1 + x2) / 2) / max(1e-6, x2 - x1), one.track, one))
    return min(around, default=(0.0, 0, None))[2]


def bearer_of(bag: Carried, people: Sequence[SeenThing]) -> SeenThing | None:
    return next((one for one in people if one.track == bag.bearer), None)


def note_together(bags: Mapping[int, Carried], things: Sequence[SeenThing]) -> None:
    """Counts the looks that see two bags of one bearer."""
    seen = [one.track for one in things if one.unseen_s <= 0 and bags[one.track].bearer != 0]
    for one, two in permutations(seen, 2):
        if bags[one].bearer == bags[two].bearer:
            bags[one].both[two] = bags[one].both.get(two, 0) + 1


def one_went(bags: Mapping[int, Carried], track: int) -> None:
    """It is in a bin. What else its bearer seems to have is that very bag, if hardly a look saw both."""
    bearer = bags[track].bearer
    for number, other in bags.items():
        mine = other.bearer == bearer != 0 and number != track
        if mine and other.both.get(track, 0) < TWO_LOOKS:
            other.doubted = True


def fact_of(way: Way, track: int, at_bin: str | None, bag: Carried) -> Fact:
    lay = bag.lay is not None or bag.down is not None
    return Fact(way, track, at_bin, bag.waste, bag.origin, lay, bag.bearer)
