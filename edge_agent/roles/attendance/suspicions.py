"""Composes the rules about badges that are not with their people: as one, sent before, in two places.

Fed with every good fix of a badge on its shift; asked about once a minute. What it remembers is made again
from the kept track, so nothing of it needs saving but the sketches of paths.

Pairs are looked for at marks ten minutes apart, over the hour and a half before each. A mark is looked at
once; fixes that come late open their marks again. A few marks in one call, so a call stays short.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from contract.rosters.shift import PlannedShift
from edge_agent.config.proxy_limits import ProxyLimits
from edge_agent.roles.attendance.finding import Finding, Link, group_detail, leap_finding, line_of
from edge_agent.rules.minute_places import MINUTE_NS, UNITS, MinutePlaces
from edge_agent.rules.near_pairs import near_pairs
from edge_agent.rules.proxy_badges import (
    Flags,
    Minutes,
    is_one,
    is_one_crew,
    lying,
    moving,
)
from edge_agent.rules.replayed_track import KnownPaths, PathSketch
from edge_agent.rules.two_places import TwoPlaces

Pair = tuple[str, str]  # in alphabetical order
KEEP_MIN = 13 * 60
BEFORE_MIN = 60  # of a shift, at most
AGAIN_MIN = 60  # before two that were found are looked at again
MARK_MIN, WINDOW_MIN = 10, 90
MOST_PAIRS = 60  # looked at closely in one call; the rest waits for the next
REPLAYS_PER_CALL = 1_000
EVIDENCE_POINTS = 32  # of each badge


class _Badge:
    __slots__ = ("fast", "lat", "lon", "minute", "n", "plans", "row", "sketch", "two")

    def __init__(self, row: int, limits: ProxyLimits) -> None:
        self.row = row
        self.minute = self.n = self.lon = self.lat = self.fast = 0
        self.plans: dict[str, PlannedShift] = {}
        self.sketch = PathSketch(limits.sketch_size)
        self.two = TwoPlaces(limits)


class Suspicions:
    def __init__(self, limits: ProxyLimits) -> None:
        self._limits = limits
        self._places = MinutePlaces(KEEP_MIN)
        self._badges: dict[str, _Badge] = {}
        self._paths = KnownPaths(limits.sketches_kept)
        self._open: set[int] = set()  # marks
        self._latest_mark = 0
        self._waiting: list[Pair] = []
        self._links: dict[Pair, Link] = {}
        self._crews: dict[Pair, int] = {}  # the minute in which each is looked at
        self._replays: dict[str, Finding] = {}
        self._grouped: list[Finding] = []
        self._regroup = self._ended = False
        self._turn = 0
        self._drawn: dict[tuple[str, ...], bytes] = {}

    # -- badges and their fixes

    def begin(self, badge: str, plan: PlannedShift) -> None:
        """Its shift is on (or was amended)."""
        found = self._badges.get(badge)
        if found is None:
            found = self._badges[badge] = _Badge(self._places.row(badge), self._limits)
        found.plans[plan.key] = plan

    def end(self, badge: str) -> None:
        """None of its shifts is on any more. What was found of it is kept while another badge of the
        same finding is on."""
        if self._badges.pop(badge, None) is None:
            return
        self._places.forget(badge)
        self._replays.pop(badge, None)
        self._ended = True

    def _let_go(self) -> None:
        """Once for all that ended since the last call."""
        if not self._ended:
            return
        self._ended = False
        self._places.settle()
        on = self._badges.keys()
        gone = [pair for pair in self._links if pair[0] not in on and pair[1] not in on]
        for pair in gone:
            del self._links[pair]
            self._regroup = True
        for badges in [one for one in self._drawn if on.isdisjoint(one)]:
            del self._drawn[badges]

    def add(  # noqa: PLR0917 - a thousand times a second
        self,
        badge: str,
        at_ns: int,
        lon: float,
        lat: float,
        accuracy_m: float | None,
        speed_kmh: float | None,
    ) -> None:
        """A good fix of a badge whose shift has begun; of any other it is dropped."""
        one = self._badges.get(badge)
        if one is None:
            return
        lon7, lat7 = round(lon * UNITS), round(lat * UNITS)
        minute = at_ns // MINUTE_NS
        if minute != one.minute:
            if one.n:
                self._flush(one)
            one.minute = minute
        if accuracy_m is None or accuracy_m <= self._limits.max_accuracy_m:
            one.n += 1
            one.lon += lon7
            one.lat += lat7
        if speed_kmh is not None and speed_kmh >= self._limits.ride_kmh:
            one.fast += 1
        one.two.add(at_ns, lon, lat)
        one.sketch.add((lon7 + 5) // 10, (lat7 + 5) // 10)

    def _flush(self, one: _Badge) -> None:
        self._places.put(one.row, one.minute, one.lon, one.lat, one.n, fast=2 * one.fast > one.n)
        mark = (one.minute // MARK_MIN + 1) * MARK_MIN
        if mark > self._latest_mark - KEEP_MIN:
            self._open.add(mark)
        one.n = one.lon = one.lat = one.fast = 0

    # -- paths sent before

    def sketch(self, badge: str) -> tuple[int, ...]:
        """Empty when nothing is known of it."""
        one = self._badges.get(badge)
        return () if one is None else one.sketch.values()

    def learn(self, badge: str, shift_key: str, sketch: Sequence[int]) -> None:
        self._paths.learn(badge, shift_key, sketch)

    # -- what was found

    def findings(self, at_ns: int, plans: Mapping[str, PlannedShift]) -> list[Finding]:
        """All that were found of badges on shift, again in every call. One that grew has all the
        badges of the smaller one of its kind, and more."""
        self._let_go()
        self._close_minutes(at_ns // MINUTE_NS)
        self._look(at_ns // MINUTE_NS, plans)
        self._compare(plans)
        if self._regroup:
            self._grouped, self._regroup = self._groups(), False
        return [*self._grouped, *self._replays.values(), *self._leaps()]

    def _close_minutes(self, now: int) -> None:
        for one in self._badges.values():
            if one.n and one.minute < now - 1:  # the others will, with their next fix
                self._flush(one)

    def _look(self, now: int, plans: Mapping[str, PlannedShift]) -> None:
        self._latest_mark = now // MARK_MIN * MARK_MIN
        ready = sorted((mark for mark in self._open if mark <= now), reverse=True)
        if ready and not self._waiting:
            mark = ready[0]
            self._open.discard(mark)
            names = {row: badge for badge, row in self._places.rows.items()}
            probes = [
                self._places.places(mark - 5 - back) for back in range(0, WINDOW_MIN, MARK_MIN)
            ]
            pairs = near_pairs(probes, self._limits.candidate_m)
            named = sorted(_pair(names[one], names[other]) for one, other in pairs.tolist())
            self._waiting = [pair for pair in named if self._worth(pair, plans)]
        some, self._waiting = self._waiting[:MOST_PAIRS], self._waiting[MOST_PAIRS:]
        due = sorted(pair for pair, minute in self._crews.items() if minute <= now)
        for pair in due:
            del self._crews[pair]
        self._judge_all([*some, *due], plans, now)

    def _worth(self, pair: Pair, plans: Mapping[str, PlannedShift]) -> bool:
        """People of one crew are looked at once, when both have had time to go home."""
        mine, theirs = plans.get(pair[0]), plans.get(pair[1])
        if mine is None or theirs is None or mine.person == theirs.person:
            return False
        if not _one_crew(mine, theirs):
            return self._long_enough(pair, mine, theirs)
        end = min(mine.end_ns, theirs.end_ns) // MINUTE_NS
        if self._latest_mark >= end - WINDOW_MIN:
            self._crews[pair] = end + self._limits.crew_around_min + 1
        return False

    def _long_enough(self, pair: Pair, mine: PlannedShift, theirs: PlannedShift) -> bool:
        known = self._links.get(pair)
        if known is not None:
            return self._latest_mark - known.until_ns // MINUTE_NS >= AGAIN_MIN
        limits = self._limits
        differ = not set(mine.areas) & set(theirs.areas)
        least = min(
            (limits.areas_differ_min, limits.lying_differ_min)
            if differ
            else (limits.same_area_min, limits.lying_min)
        )
        begin_ns = max(mine.start_ns, theirs.start_ns)
        return self._latest_mark - begin_ns // MINUTE_NS >= least

    def _judge_all(
        self, pairs: Sequence[Pair], plans: Mapping[str, PlannedShift], now: int
    ) -> None:
        pairs = [
            pair
            for pair in pairs
            if all(badge in plans and badge in self._badges for badge in pair)
        ]
        if not pairs:
            return
        names = sorted({badge for pair in pairs for badge in pair})
        begin_ns = min(plans[badge].start_ns for badge in names)
        first = max(now - KEEP_MIN, begin_ns // MINUTE_NS - BEFORE_MIN)
        first -= first % MARK_MIN  # the same minutes fall together, whoever else is looked at
        rows = np.array([self._badges[badge].row for badge in names], dtype=np.intp)
        paths = self._places.paths(rows, first, now - 2)
        track = {
            badge: Minutes(paths.lon[i], paths.lat[i], paths.fast[i])
            for i, badge in enumerate(names)
        }
        for pair in pairs:
            self._judge(pair, (plans[pair[0]], plans[pair[1]]), track, first)

    def _judge(
        self,
        pair: Pair,
        plans: tuple[PlannedShift, PlannedShift],
        track: Mapping[str, Minutes],
        first: int,
    ) -> None:
        limits = self._limits
        one, other = (track[badge] for badge in pair)
        work = _work(*plans, first, len(one.lon))
        differ = not set(plans[0].areas) & set(plans[1].areas)
        if _one_crew(*plans):
            begin = max(plan.start_ns for plan in plans) // MINUTE_NS - first
            end = min(plan.end_ns for plan in plans) // MINUTE_NS - first
            found = moving(one, other, work, limits, crew=True)
            hits = [x for x in found if is_one_crew(x, (begin, end), limits)]
        else:
            found = [*moving(one, other, work, limits), *lying(one, other, work, limits)]
            hits = [x for x in found if is_one(x, limits, areas_differ=differ)]
        if hits:
            best = max(hits, key=lambda x: x.counted)
            since_ns, until_ns = ((first + at) * MINUTE_NS for at in (best.begin, best.end))
            known = self._links.get(pair)
            if known is not None:
                since_ns = min(since_ns, known.since_ns)
            self._links[pair] = Link(best, since_ns, until_ns, differ)
            self._regroup = True

    def _groups(self) -> list[Finding]:
        groups: dict[str, set[str]] = {}
        for one, other in self._links:
            joined = groups.get(one, {one}) | groups.get(other, {other})
            for badge in joined:
                groups[badge] = joined
        links: dict[tuple[str, ...], list[Link]] = {}
        for pair, link in self._links.items():
            links.setdefault(tuple(sorted(groups[pair[0]])), []).append(link)
        return [self._group(badges, links[badges]) for badges in sorted(links)]

    def _group(self, badges: tuple[str, ...], links: Sequence[Link]) -> Finding:
        since_ns = min(link.since_ns for link in links)
        until_ns = max(link.until_ns for link in links)
        return Finding(
            "proxy-suspected",
            badges,
            since_ns,
            until_ns,
            group_detail(badges, links),
            self._evidence(badges, since_ns, until_ns),
        )

    def _evidence(self, badges: tuple[str, ...], since_ns: int, until_ns: int) -> bytes:
        """Drawn once for the same badges: it is told once."""
        if badges not in self._drawn:
            self._drawn[badges] = self._positions(badges, since_ns, until_ns)
        return self._drawn[badges]

    def _positions(self, badges: tuple[str, ...], since_ns: int, until_ns: int) -> bytes:
        on = [badge for badge in badges if badge in self._badges]
        first, last = since_ns // MINUTE_NS, max(since_ns, until_ns - 1) // MINUTE_NS
        rows = np.array([self._badges[badge].row for badge in on], dtype=np.intp)
        paths = self._places.paths(rows, first, last)
        step = max(1, -(-(last - first + 1) // EVIDENCE_POINTS))
        lines = []
        for place, badge in enumerate(on):
            for column in range(0, last - first + 1, step):
                lon, lat = float(paths.lon[place, column]), float(paths.lat[place, column])
                if not math.isnan(lon):
                    lines.append(line_of(badge, (first + column) * MINUTE_NS, lon, lat))
        return "".join(lines).encode()

    # -- sent before

    def _compare(self, plans: Mapping[str, PlannedShift]) -> None:
        on = list(self._badges)
        if not len(self._paths) or not on:
            return
        self._turn %= len(on)
        some = (on[self._turn :] + on[: self._turn])[:REPLAYS_PER_CALL]
        self._turn += len(some)
        sketches = [self._badges[badge].sketch.values() for badge in some]
        for badge, counts in zip(some, self._paths.same(sketches), strict=True):
            own = self._badges[badge].plans
            earlier = {owner: n for owner, n in counts.items() if owner[1] not in own}
            plan = plans.get(badge)
            if plan is not None and max(earlier.values(), default=0) >= self._limits.same_paths:
                self._replayed(badge, plan, earlier)

    def _replayed(
        self, badge: str, plan: PlannedShift, counts: Mapping[tuple[str, str], int]
    ) -> None:
        if badge in self._replays:
            return
        (whose, key), n = min(counts.items(), key=lambda one: (-one[1], one[0]))
        owner = "its own" if whose == badge else f"badge {whose}'s"
        since_ns, until_ns = plan.start_ns, self._latest_mark * MINUTE_NS
        self._replays[badge] = Finding(
            "replayed-track",
            (badge,),
            since_ns,
            max(since_ns, until_ns),
            f"Badge {badge} reports positions that are the same, to a millionth of a degree and in "
            f"the same order, as in {owner} shift {key}: {n} of the {self._limits.sketch_size} pieces "
            "of that path that were kept, of eight positions each.",
            self._positions((badge,), since_ns, max(since_ns, until_ns)),
        )

    # -- two places

    def _leaps(self) -> list[Finding]:
        return [
            leap_finding(badge, leap)
            for badge, one in self._badges.items()
            if one.two.found
            for leap in one.two.found.values()
        ]


def _pair(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)


def _one_crew(mine: PlannedShift, theirs: PlannedShift) -> bool:
    """They may ride in one cab for hours."""
    return (mine.crew is not None and mine.crew == theirs.crew) or (
        mine.vehicle is not None and mine.vehicle == theirs.vehicle
    )


def _work(mine: PlannedShift, theirs: PlannedShift, first: int, n: int) -> Flags:
    """The minutes in which both are expected to work."""
    both = np.ones(n, dtype=np.bool_)
    for plan in (mine, theirs):
        works = np.zeros(n, dtype=np.bool_)
        for begin_ns, end_ns in plan.expected():
            begin, end = (max(0, at_ns // MINUTE_NS - first) for at_ns in (begin_ns, end_ns))
            works[begin:end] = True
        both &= works
    return both
