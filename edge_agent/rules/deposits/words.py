"""What is said of bags and people at a disposal point, and how far apart two places are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import hypot
from typing import Literal

from edge_agent.readings import SeenThing

# In its own sizes: so near to where it lay, it was jostled or is taken for another.
SAME_SPOT = 0.75

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class DepositLimits:
    """`bags`: labels of what people bring, `people`: of who brings it; `bins` and `ground`: zones (no ground =
    anywhere but at a bin); `streams`: class of waste to stream. `sure`: least score of a stream, over its
    classes; `sure_to_speak`: before anybody is told off. `beside_s`: down for so long, it was put there.
    `approach_s`: held still at a bin for so long, it is about to go in; 0 = never. `gone_looks` in a row and
    `gone_s`: not seen while its bearer stands there, it went in; 0 looks = only when the camera has given it
    up. `before`: zone to bin, where people stand with a bag that they will lift into it, which takes `lift_s`.
    `least`: mean score of a bag, over its looks."""

    bags: frozenset[str]
    bins: frozenset[str]
    ground: frozenset[str]
    streams: Mapping[str, str]
    sure: float = 0.6
    sure_to_speak: float = 0.8
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


Way = Literal["into", "beside", "towards", "back"]


@dataclass(frozen=True, slots=True)
class Fact:
    """`way`: it went `into` the bin of zone `bin`, is about to (`towards`), was put `beside`, or had not gone
    in after all (`back`). `waste` None: unknown. `origin`: bins at which the bag was first seen. `lay`: it had
    been put down before. `bearer`: the track of who held it last, 0 = nobody known. `box`: where it lies.
    `late`: it counts, but nobody is to be told off: who did it may have gone, it may have lain there before,
    or be none."""

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
    """A bag that is in view. `down`: where it lies, `lay`: where it lay before. `told`: what it was taken for,
    by class of waste: seconds in which it was seen, by how far its score was above the least; `known_s` of the
    seconds of its track are in there. `score`: the mean of the `looks` that saw it. `blank`: looks in a row
    without it, hidden or not. `went`: the bin that it is in, by all that was seen. `became`: the track that
    goes on with it, 0 = its own. `both`: how many looks saw it together with another of its bearer's, by track.
    `plain`: sure enough to speak of it. `doubted`: it may be one of these, which is in a bin now. `ghost`: it
    is none, but was taken for one that is in a bin."""

    origin: tuple[str, ...]
    waste: Waste | None = None
    down: Box | None = None
    lay: Box | None = None
    towards: set[str] = field(default_factory=set)
    bearer: int = 0
    told: dict[str, float] = field(default_factory=dict)
    looks: int = 0
    score: float = 0.0
    unseen_s: float = 0.0
    blank: int = 0
    went: str | None = None
    became: int = 0
    known_s: float = 0.0
    plain: bool = False
    both: dict[int, int] = field(default_factory=dict)
    doubted: bool = False
    ghost: bool = False


def classes_of(thing: SeenThing) -> tuple[tuple[str, float], ...]:
    """Without a classifier the detector's label is the class, as far as its looks agree."""
    return thing.classes or ((thing.label, thing.label_share),)


def waste_of(
    classes: Iterable[tuple[str, float]], limits: DepositLimits, sure: float | None = None
) -> Waste | None:
    """None when no stream is `sure`, by default as sure as the limits say. The scores add up to 1 at most, with
    those of what is no waste at all."""
    known = [one for one in classes if one[0] in limits.streams]
    sums: dict[str, float] = {}
    for name, score in known:
        stream = limits.streams[name]
        sums[stream] = sums.get(stream, 0.0) + score
    best = max(sorted(sums), key=lambda stream: sums[stream], default=None)
    if best is None or sums[best] < (limits.sure if sure is None else sure):
        return None
    named = [one for one in known if limits.streams[one[0]] == best]
    return Waste(max(named, key=lambda one: (one[1], one[0]))[0], best)


def apart(a: Box, b: Box) -> float:
    """The distance of the centres, in sizes of the first."""
    across, down = a[0] + a[2] - b[0] - b[2], a[1] + a[3] - b[1] - b[3]
    return hypot(across, down) / 2 / max(1e-6, hypot(a[2] - a[0], a[3] - a[1]))
