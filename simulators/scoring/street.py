"""Problems that a gateway told of against those that truly were before its camera. Pure.

A told problem is right when, as it was opened, a true one of its class stood at its place. The first that
fits a true problem found it, each further one is a duplicate. What fits none is false; where something
of another class stood it is a confusion. A true problem that nobody told of is missed, if it counted.

A true problem counts when the camera could see it for `open_s` of its class and two looks more: less than
that a gateway is told to wait. What is told of one that does not count is right all the same.

What nobody who looks now and then can tell apart is not asked for: a thing that came to the place of one
of its kind within a look of that one's end is the same; heaps of one class that touch in the picture, as
the gateway puts them together, are one, and the one that was not told is `joined`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

Box = tuple[float, float, float, float]
NEVER = float("inf")
LEAST_SHARED = 0.1  # of the two boxes together, or a middle that lies in the other
BESIDE = 0.3  # of the smaller one's width or height: less, and two only meet at the corners
LOOKS_BESIDE = 2  # of a problem's time in view, beyond `open_s`, that it needs to count


@dataclass(slots=True)
class TrueProblem:
    """`boxes` by the time of the picture that showed anything of it, in parts of the picture; `clear` = how
    many of them showed enough. `until` NEVER = it lasts. Times are the world's seconds."""

    id: str
    label: str
    code: str
    begins: float
    until: float = NEVER
    boxes: dict[float, Box] = field(default_factory=dict)
    clear: int = 0

    def box_at(self, t: float) -> Box | None:
        """As last seen by then, else as first seen."""
        before = [at for at in self.boxes if at <= t]
        return self.boxes[max(before) if before else min(self.boxes)] if self.boxes else None


@dataclass(slots=True)
class ToldProblem:
    """`box` in parts of the picture as it was opened; `ended` None = it is still open."""

    id: str
    code: str
    opened: float
    box: Box
    ended: float | None = None


@dataclass(frozen=True, slots=True)
class Watching:
    """How the camera looked: at `looks` (timed ones) and, in between, once in `picture_s`. By class code
    `open_s`, and the `gap` (in parts of the smaller one's side) up to which two are one heap; 0 = never."""

    length_s: float
    looks: Sequence[float]
    picture_s: float
    look_s: float
    open_s: Mapping[str, float]
    gap: Mapping[str, float] = field(default_factory=dict)

    def counts(self, true: TrueProblem) -> bool:
        needed = self.open_s.get(true.code, 0.0) + LOOKS_BESIDE * self.look_s
        return true.clear * self.picture_s >= needed

    def looks_between(self, after: float, until: float) -> int:
        return sum(after < look <= until for look in self.looks)


@dataclass(slots=True)
class Outcome:
    """Of true problems by label: `counted`, `found` (of those), `missed`, `twice`; `joined` to another, not
    counted. Of told ones by label: `right` (the first of a true one that it fits), `false`. `short`:
    right, though too short to count.
    `confused`: (truly, told). `delays_s` from the begin to the opening; `end_looks` timed looks from the
    true end until it was told; `not_ended` was never told though three looks could have; `ended_early`
    while it stood."""

    counted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    twice: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    short: Counter[str] = field(default_factory=Counter)
    joined: Counter[str] = field(default_factory=Counter)
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)
    delays_s: list[float] = field(default_factory=list)
    end_looks: list[int] = field(default_factory=list)
    end_s: list[float] = field(default_factory=list)
    not_ended: int = 0
    ended_early: int = 0
    words: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Another run's, counted together."""
        for name in ("counted", "found", "missed", "twice", "right", "false", "short", "joined"):
            getattr(self, name).update(getattr(other, name))
        self.confused.update(other.confused)
        self.delays_s += other.delays_s
        self.end_looks += other.end_looks
        self.end_s += other.end_s
        self.not_ended += other.not_ended
        self.ended_early += other.ended_early
        self.words += other.words


def compared(
    truths: Sequence[TrueProblem],
    told: Sequence[ToldProblem],
    watching: Watching,
    label_of: Callable[[str], str],
) -> Outcome:
    """`label_of` names a told class code."""
    out, truths = Outcome(), _continued(truths, watching.look_s)
    first: dict[str, ToldProblem] = {}
    for one in sorted(told, key=lambda one: (one.opened, one.id)):
        true = _meant(one, truths, watching, first)
        if true is None:
            _wrong(out, one, truths, watching, label_of)
        elif true.id in first:
            out.twice[true.label] += 1
            out.words.append(f"{true.label} {true.id} told again at {one.opened:.0f} s")
        else:
            first[true.id] = one
            out.right[true.label] += 1
    for true in truths:
        beside = [one for one in truths if one.id in first and one is not true]
        if true.id not in first and any(_is_one(true, one, watching.gap) for one in beside):
            out.joined[true.label] += 1
        else:
            _judge(out, true, first.get(true.id), watching)
    return out


def _continued(truths: Sequence[TrueProblem], look_s: float) -> list[TrueProblem]:
    """Those that followed one of their kind at its place so soon that no look lay between, as one."""
    out = list[TrueProblem]()
    for true in sorted(truths, key=lambda one: (one.begins, one.id)):
        before = next((one for one in out if _follows(true, one, look_s)), None)
        if before is None:
            out.append(replace(true, boxes=dict(true.boxes)))
        else:
            before.until = true.until
            before.boxes |= true.boxes
            before.clear += true.clear
    return out


def _follows(true: TrueProblem, before: TrueProblem, look_s: float) -> bool:
    if true.code != before.code or not 0 <= true.begins - before.until <= look_s:
        return False
    here, there = true.box_at(true.begins), before.box_at(before.until)
    return here is not None and there is not None and _shares(here, there) > 0


def _is_one(true: TrueProblem, other: TrueProblem, gaps: Mapping[str, float]) -> bool:
    """Whether their boxes were ever so near that they count as one heap."""
    gap = gaps.get(true.code, 0.0)
    if gap <= 0 or other.code != true.code:
        return False
    return any(_near(true.boxes[t], other.boxes[t], gap) for t in true.boxes.keys() & other.boxes)


def _near(a: Box, b: Box, gap: float) -> bool:
    across = max(0.0, a[0] - b[2], b[0] - a[2])
    down = max(0.0, a[1] - b[3], b[1] - a[3])
    side = min(max(a[2] - a[0], a[3] - a[1]), max(b[2] - b[0], b[3] - b[1]))
    wide = min(a[2], b[2]) - max(a[0], b[0]) + gap * side
    high = min(a[3], b[3]) - max(a[1], b[1]) + gap * side
    beside = wide >= BESIDE * min(a[2] - a[0], b[2] - b[0])
    beside = beside or high >= BESIDE * min(a[3] - a[1], b[3] - b[1])
    return beside and max(across, down) <= gap * side


def _judge(out: Outcome, true: TrueProblem, told: ToldProblem | None, watching: Watching) -> None:
    counts = watching.counts(true)
    out.counted[true.label] += counts
    if told is None:
        out.missed[true.label] += counts
        if counts:
            until = "the end" if true.until == NEVER else f"{true.until:.0f} s"
            out.words.append(f"{true.label} {true.id} from {true.begins:.0f} s to {until} missed")
        return
    out.found[true.label] += counts
    out.short[true.label] += not counts
    out.delays_s.append(round(told.opened - true.begins, 1))
    _judge_end(out, true, told, watching)


def _judge_end(out: Outcome, true: TrueProblem, told: ToldProblem, watching: Watching) -> None:
    if told.ended is not None and told.ended < true.until:
        out.ended_early += 1
        out.words.append(f"{true.label} {true.id} told as gone at {told.ended:.0f} s")
    elif true.until == NEVER:
        return
    elif told.ended is not None:
        begin = max(true.until, told.opened)
        out.end_looks.append(watching.looks_between(begin, told.ended))
        out.end_s.append(round(told.ended - begin, 1))
    elif watching.looks_between(true.until, watching.length_s) > LOOKS_BESIDE:
        out.not_ended += 1
        out.words.append(f"{true.label} {true.id}, gone at {true.until:.0f} s, was never told")


def _meant(
    told: ToldProblem,
    truths: Sequence[TrueProblem],
    watching: Watching,
    taken: Collection[str],
) -> TrueProblem | None:
    """The true problem of its class that overlaps most; among equals one that nobody told of yet, and
    that began first."""
    fits = [
        (fit, one.id not in taken, -one.begins, one)
        for one in truths
        if one.code == told.code and (fit := _fit(told, one, watching)) > 0
    ]
    return max(fits, key=lambda fitting: fitting[:3])[3] if fits else None


def _wrong(
    out: Outcome,
    told: ToldProblem,
    truths: Sequence[TrueProblem],
    watching: Watching,
    label_of: Callable[[str], str],
) -> None:
    label = label_of(told.code)
    out.false[label] += 1
    fits = [
        (fit, one.begins, one.label) for one in truths if (fit := _fit(told, one, watching)) > 0
    ]
    there = max(fits)[2] if fits else ""
    if there:
        out.confused[there, label] += 1
    out.words.append(
        f"{label} {told.id} told at {told.opened:.0f} s: {there or 'nothing'} was there"
    )


def _fit(told: ToldProblem, true: TrueProblem, watching: Watching) -> float:
    """0 = another place or time. One that has just gone may still be told: the look was before."""
    if not true.begins <= told.opened <= true.until + watching.look_s:
        return 0.0
    box = true.box_at(told.opened)
    if box is None:
        return 0.0
    return _shares(box, told.box)


def _shares(box: Box, other: Box) -> float:
    """How well two boxes are at one place; 0 = not at all."""
    shared = overlap(box, other)
    if shared >= LEAST_SHARED or _holds(box, other) or _holds(other, box):
        return max(shared, LEAST_SHARED / 2)
    return 0.0


def overlap(a: Box, b: Box) -> float:
    """The common area of that of both together."""
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return wide * high / (both - wide * high)


def _holds(box: Box, other: Box) -> bool:
    """The middle of the other."""
    x, y = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
