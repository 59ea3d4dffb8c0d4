"""Which of the things seen now is which of those seen before. Pure: time is the captures' time.

A track follows its thing with constant velocity, corrected by part of each error (an alpha-beta filter:
the steady state of a Kalman filter with constant velocity; Kalata 1984). Detections are given to tracks
at the least total cost, sure ones first, then doubtful ones to what is left (the idea of ByteTrack,
Zhang et al. 2022). A track gets its number once two looks have seen it, so numbers rise without gaps.

What stands still is not given up easily: it ends only after several looks that could have seen it and
did not; looks in which something else has come before it do not count. What was seen well before or beside
that other thing all the time is not hidden by it: a bag in front of its bearer that is seen no more has gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from edge_agent.readings import SeenThing
from edge_agent.vision.assignment import NO_PAIR, assign
from edge_agent.vision.boxes import WHOLE, Box, Found, apart, area, covered, iou, shifted, within
from edge_agent.vision.zones import Line, Zone, crossings, foot_of, zones_at

ALPHA, BETA = 0.6, 0.25
MOST_STEP_S = 1.0  # further ahead nobody can say where it is
MOST_TRACKS = 200
SAME_PLACE = 0.2  # centre moved by less than this part of its size: it stands
LEAST_IOU, MOST_APART = 0.1, 0.8
STOOD_S, STOOD_IOU = 30.0, 0.2  # so long in one place, a thing is not found again beside it
OTHER_LABEL_COST, OTHER_LABEL_IOU = 0.45, 0.5
MOST_GROWTH = 3.0  # in area, between two looks
HIDDEN_SHARE = 0.4
VOTES_HALVE_S = (
    30.0  # what was long a bike must not be one for ever when a heap has come to its place
)
MORE_COVER = 0.25  # than it was seen under, and something has come before it
COVER_GAIN = 0.4


@dataclass(frozen=True, slots=True)
class TrackLimits:
    """`sure`: score of a detection that may begin a track; down to `doubtful` it may continue one.
    `confirm`: looks. `lost_s`/`lost_looks` for what moved last, `held_s`/`held_looks` for what stood
    for `stands_s`. `hidden_s`: longest time that something may be hidden behind another."""

    sure: float = 0.5
    doubtful: float = 0.25
    confirm: int = 2
    lost_s: float = 2.0
    lost_looks: int = 3
    held_s: float = 15.0
    held_looks: int = 3
    stands_s: float = 5.0
    hidden_s: float = 900.0


@dataclass(slots=True)
class _Track:
    """`box` is the filtered one, `shown` the last detection's; `anchor` where it has stood since `anchor_ns`.
    `cover`: how much of it the box of another thing covered, lately, while it was seen all the same."""

    label: str
    score: float
    box: Box
    first_ns: int
    seen_ns: int
    anchor: Box
    anchor_ns: int
    shown: Box = WHOLE
    latest: float = 0.0
    cover: float = 0.0
    number: int = 0
    hits: int = 1
    misses: int = 0
    vx: float = 0.0
    vy: float = 0.0
    at_ns: int = 0
    votes: dict[str, float] = field(default_factory=dict)
    voted_ns: int = 0
    zones: dict[str, int] = field(default_factory=dict)
    sides: dict[str, int] = field(default_factory=dict)
    crossed: list[str] = field(default_factory=list)
    classes: tuple[tuple[str, float], ...] = ()
    classified: int = 0

    def still_s(self, at_ns: int) -> float:
        return max(0.0, (at_ns - self.anchor_ns) / 1e9)

    def predicted(self, at_ns: int) -> Box:
        step_s = min(MOST_STEP_S, max(0.0, (at_ns - self.at_ns) / 1e9))
        return shifted(self.box, self.vx * step_s, self.vy * step_s)


@dataclass(frozen=True, slots=True)
class Changes:
    """`things`: all that is there now. `new`: numbers given by this look. `moved`: something is on its
    way. `doubted`: something that stood was not seen; another look soon would tell. `missing`: in a
    zone something was seen until a moment ago. `watched`: where in zones things are missing so, or have moved
    lately; what becomes of them the next picture tells, even if nothing moves in it."""

    things: tuple[SeenThing, ...]
    gone: tuple[SeenThing, ...]
    new: tuple[int, ...]
    entered: tuple[int, ...]
    moved: bool
    doubted: bool
    missing: bool = False
    watched: tuple[Box, ...] = ()


class Numbers:
    """Rising, shared by all views of one camera."""

    def __init__(self, first: int = 1) -> None:
        self.following = first

    def take(self) -> int:
        self.following += 1
        return self.following - 1


class Tracker:
    """One view. `look` takes everything that a detector found in `looked`."""

    def __init__(
        self,
        limits: TrackLimits,
        numbers: Numbers,
        zones: Sequence[Zone] = (),
        lines: Sequence[Line] = (),
    ) -> None:
        self.zones, self.lines = tuple(zones), tuple(lines)
        self._limits, self._numbers = limits, numbers
        self._tracks: list[_Track] = []

    def look(self, at_ns: int, found: Sequence[Found], looked: Box = WHOLE) -> Changes:
        before = {one.number: tuple(one.zones) for one in self._tracks if one.number}
        sure = [one for one in found if one.score >= self._limits.sure]
        weak = [one for one in found if self._limits.doubtful <= one.score < self._limits.sure]
        left, begun = self._match(at_ns, list(self._tracks), sure)
        left, _ = self._match(at_ns, left, weak)
        self._cover(at_ns, found)
        self._miss(at_ns, left, looked, found)
        new = self._confirm()
        self._begin(at_ns, begun)
        gone = self._end(at_ns)
        numbered = [one for one in self._tracks if one.number]
        entered = [
            one.number for one in numbered if set(one.zones) - set(before.get(one.number, ()))
        ]
        changes = Changes(
            tuple(_thing(one, at_ns) for one in numbered),
            tuple(_thing(one, at_ns) for one in gone),
            tuple(new),
            tuple(entered),
            any(one.still_s(at_ns) < 1.0 and not one.misses for one in numbered),
            any(one.misses for one in numbered),
            any(one.zones and self._just_missed(one, at_ns) for one in numbered),
            tuple(one.box for one in numbered if one.zones and self._is_watched(one, at_ns)),
        )
        for one in numbered:
            one.crossed.clear()
        return changes

    def things(self, at_ns: int) -> tuple[SeenThing, ...]:
        """What is there as last known, without a new look."""
        return tuple(_thing(one, at_ns) for one in self._tracks if one.number)

    def seen_since(self, since_ns: int, at_ns: int) -> tuple[SeenThing, ...]:
        """Only what was seen then, not what is merely held."""
        return tuple(
            _thing(one, at_ns) for one in self._tracks if one.number and one.seen_ns >= since_ns
        )

    def unclassified(self, labels: Sequence[str], most: int) -> list[tuple[int, Box]]:
        """Numbers and boxes of things that a classifier should see, those seen by it least first."""
        wanted = [
            one
            for one in self._tracks
            if one.number
            and not one.misses
            and (not labels or one.label in labels)
            and one.classified < most
        ]
        wanted.sort(key=lambda one: one.classified)
        return [(one.number, one.box) for one in wanted]

    def classify(self, number: int, classes: Sequence[tuple[str, float]], keep: int = 3) -> None:
        """The mean of what the classifier has said of it so far."""
        for one in self._tracks:
            if one.number != number:
                continue
            sums = {label: score * one.classified for label, score in one.classes}
            for label, score in classes:
                sums[label] = sums.get(label, 0.0) + score
            one.classified += 1
            means = [(label, total / one.classified) for label, total in sums.items()]
            one.classes = tuple(sorted(means, key=lambda pair: -pair[1])[:keep])

    def leave_zones(self, zones: Sequence[Zone] = (), lines: Sequence[Line] = ()) -> None:
        """Other zones from now on; none while the camera looks elsewhere."""
        self.zones, self.lines = tuple(zones), tuple(lines)
        for one in self._tracks:
            one.zones.clear()
            one.sides.clear()

    def _match(
        self, at_ns: int, tracks: list[_Track], found: list[Found]
    ) -> tuple[list[_Track], list[Found]]:
        """Tracks and detections that remain."""
        costs = [[_cost(track, one, at_ns) for one in found] for track in tracks]
        pairs = assign(costs)
        for row, column in pairs:
            self._follow(tracks[row], found[column], at_ns)
        rows, columns = {row for row, _ in pairs}, {column for _, column in pairs}
        return (
            [one for row, one in enumerate(tracks) if row not in rows],
            [one for column, one in enumerate(found) if column not in columns],
        )

    def _follow(self, track: _Track, found: Found, at_ns: int) -> None:
        expected = track.predicted(at_ns)
        step_s = max(1e-3, min(MOST_STEP_S, (at_ns - track.at_ns) / 1e9))
        errors = [seen - guess for seen, guess in zip(found.box, expected, strict=True)]
        gain = max(ALPHA, 1.0 / (track.hits + 1))
        x1, y1, x2, y2 = (guess + gain * e for guess, e in zip(expected, errors, strict=True))
        track.box = within((x1, y1, x2, y2))
        pull = max(BETA, 1.0 / (track.hits + 1)) / step_s
        track.vx += pull * (errors[0] + errors[2]) / 2
        track.vy += pull * (errors[1] + errors[3]) / 2
        track.at_ns = track.seen_ns = at_ns
        track.shown = found.box
        track.hits, track.misses = track.hits + 1, 0
        track.score += 0.3 * (found.score - track.score)
        track.latest = found.score
        kept = 0.5 ** ((at_ns - track.voted_ns) / 1e9 / VOTES_HALVE_S)
        track.votes = {label: votes * kept for label, votes in track.votes.items()}
        track.votes[found.label] = track.votes.get(found.label, 0.0) + found.score
        track.voted_ns = at_ns
        before, track.label = track.label, max(track.votes, key=lambda label: track.votes[label])
        if track.label != before or apart(track.anchor, track.box) > SAME_PLACE:
            track.anchor, track.anchor_ns = track.box, at_ns
        elif track.still_s(at_ns) >= self._limits.stands_s:
            track.vx = track.vy = 0.0
        self._place(track, at_ns)

    def _place(self, track: _Track, at_ns: int) -> None:
        foot = foot_of(track.box)
        now = zones_at(foot, self.zones, tuple(track.zones))
        track.zones = {name: track.zones.get(name, at_ns) for name in now}
        track.sides, crossed = crossings(foot, self.lines, track.sides)
        track.crossed += crossed

    def _cover(self, at_ns: int, found: Sequence[Found]) -> None:
        """How much of each thing that was seen lies in the box of another one."""
        for track in self._tracks:
            if track.seen_ns == at_ns:
                others = [one.box for one in found if one.box != track.shown]
                now = max((covered(track.shown, box) for box in others), default=0.0)
                track.cover += (COVER_GAIN if track.hits > 2 else 1.0) * (now - track.cover)

    def _is_watched(self, track: _Track, at_ns: int) -> bool:
        moves = track.seen_ns == at_ns and track.still_s(at_ns) < self._limits.lost_s
        return moves or self._just_missed(track, at_ns)

    def _just_missed(self, track: _Track, at_ns: int) -> bool:
        """However long it had stood."""
        return 0 < at_ns - track.seen_ns <= int(self._limits.lost_s * 1e9)

    def _miss(self, at_ns: int, tracks: list[_Track], looked: Box, found: Sequence[Found]) -> None:
        """Only a look that could have seen it counts, and nothing may have come before it."""
        for track in tracks:
            place = within(track.predicted(at_ns))
            if covered(place, looked) < 0.9 and looked != WHOLE:
                continue
            most = max(HIDDEN_SHARE, track.cover + MORE_COVER)
            hidden = any(
                covered(place, one.box) > most and iou(place, one.box) < 0.9 for one in found
            )
            if hidden and at_ns - track.seen_ns < int(self._limits.hidden_s * 1e9):
                continue
            track.misses += 1

    def _confirm(self) -> list[int]:
        given = []
        for track in self._tracks:
            if not track.number and track.hits >= self._limits.confirm:
                track.number = self._numbers.take()
                given.append(track.number)
        return given

    def _begin(self, at_ns: int, found: list[Found]) -> None:
        for one in found[: MOST_TRACKS - len(self._tracks)]:
            track = _Track(
                one.label, one.score, one.box, at_ns, at_ns, one.box, at_ns, at_ns=at_ns,
                votes={one.label: one.score}, voted_ns=at_ns, shown=one.box,
                latest=one.score,
            )  # fmt: skip
            if self._limits.confirm <= 1:
                track.number = self._numbers.take()
            self._place(track, at_ns)
            self._tracks.append(track)

    def _end(self, at_ns: int) -> list[_Track]:
        """What is over is taken out; those with a number are told."""
        over = [one for one in self._tracks if self._is_over(one, at_ns)]
        self._tracks = [one for one in self._tracks if one not in over]
        return [one for one in over if one.number]

    def _is_over(self, track: _Track, at_ns: int) -> bool:
        if not track.number:
            return track.misses > 1
        stood = (track.seen_ns - track.anchor_ns) / 1e9 >= self._limits.stands_s
        after_s = self._limits.held_s if stood else self._limits.lost_s
        looks = self._limits.held_looks if stood else self._limits.lost_looks
        return track.misses >= looks and (at_ns - track.seen_ns) / 1e9 >= after_s


def _cost(track: _Track, found: Found, at_ns: int) -> float:
    """0 (the same) to 1, more for another label; NO_PAIR when it cannot be."""
    place = track.predicted(at_ns)
    common, distance = iou(place, found.box), apart(place, found.box)
    if found.label != track.label and common < OTHER_LABEL_IOU:
        return NO_PAIR
    if common < STOOD_IOU and track.still_s(track.seen_ns) >= STOOD_S:
        return NO_PAIR
    if common < LEAST_IOU and (distance > MOST_APART or not _of_a_size(place, found.box)):
        return NO_PAIR
    cost = 1.0 - common if common >= LEAST_IOU else 1.0 + 0.1 * distance
    return cost if found.label == track.label else cost + OTHER_LABEL_COST


def _of_a_size(a: Box, b: Box) -> bool:
    return area(a) <= MOST_GROWTH * area(b) and area(b) <= MOST_GROWTH * area(a)


def _thing(track: _Track, at_ns: int) -> SeenThing:
    return SeenThing(
        label=track.label,
        score=round(track.score, 3),
        box=track.box,
        track=track.number,
        age_s=max(0.0, (at_ns - track.first_ns) / 1e9),
        still_s=track.still_s(track.seen_ns if track.misses else at_ns),
        zones=tuple(track.zones),
        classes=track.classes,
        dwell_s=tuple(max(0.0, (at_ns - since) / 1e9) for since in track.zones.values()),
        crossed=tuple(track.crossed),
        unseen_s=max(0.0, (at_ns - track.seen_ns) / 1e9),
        missed=track.misses,
        label_share=round(track.votes[track.label] / max(1e-9, sum(track.votes.values())), 3),
        latest=round(track.latest, 3),
    )
