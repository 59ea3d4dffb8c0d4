"""Days to be judged: a badge carried between named places, with its noise, silences and faults."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

from contract.area import Area, Ring
from contract.envelope import Moment
from contract.fences import Fences
from contract.plane import METRES_PER_DEGREE
from contract.rosters.shift import BadgeSpan, PlannedShift
from edge_agent.config.attendance_limits import AttendanceLimits
from edge_agent.readings import PositionReading
from edge_agent.roles.attendance.judging import Judgement, judge

NS = 10**9
LON, LAT = 113.30, 23.15  # the middle of the area
METRES_PER_DEGREE_EAST = METRES_PER_DEGREE * math.cos(math.radians(LAT))
HALF_M = 150.0  # the area with its buffer is a square of 300 m
MIDNIGHT_NS = 1_790_006_400 * NS  # 2026-09-22 00:00 in UTC+8 (16:00 UTC the day before)
LIMITS = AttendanceLimits()

# Metres east and north of the middle.
PLACES: dict[str, tuple[float, float]] = {
    "work": (0.0, 0.0),
    "north": (0.0, 110.0),
    "south": (0.0, -110.0),
    "border": (HALF_M, 0.0),
    "canyon": (HALF_M + 30.0, 0.0),
    "gate": (HALF_M + 60.0, 0.0),
    "home": (1500.0, 200.0),
    "depot": (0.0, 2500.0),
    "far": (9000.0, 9000.0),
}


def clock(text: str) -> int:
    """`07:58`, or `07:58:30`, of the local day; hours from 24 on are the next day."""
    parts = [int(part) for part in text.split(":")] + [0]
    return MIDNIGHT_NS + (parts[0] * 3600 + parts[1] * 60 + parts[2]) * NS


def lonlat(x_m: float, y_m: float) -> tuple[float, float]:
    return LON + x_m / METRES_PER_DEGREE_EAST, LAT + y_m / METRES_PER_DEGREE


def square(half_m: float) -> Ring:
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    return tuple(lonlat(half_m * east, half_m * north) for east, north in corners)


AREA = Area(
    id="a-1",
    version=3,
    kind="shift",
    rings=(square(HALF_M - 20.0),),
    buffer_m=20.0,
    valid_from="2026-01-01T00:00:00Z",
)
FENCE = Fences([AREA])


@dataclass(frozen=True)
class Carried:
    """A badge on its way: `legs` are (time, place), straight in between. `silent`: nothing was ever
    sent. `blind`: sent only at the last leg's end. `offset`: (from, to, metres east) of drift.
    `every_s` between fixes; `wander_m`: as far as a person strolls around a place; `noise_m`: sigma."""

    legs: tuple[tuple[str, str], ...]
    badge: str = "b-1"
    silent: tuple[tuple[str, str], ...] = ()
    blind: tuple[tuple[str, str], ...] = ()
    offset: tuple[tuple[str, str, float], ...] = ()
    every_s: int = 20
    wander_m: float = 25.0
    noise_m: float = 4.0
    told_speed: bool = False
    seed: int = 1

    def track(self) -> list[PositionReading]:
        rng = random.Random(self.seed)
        silent, blind = _spans(self.silent), _spans(self.blind)
        begin_ns, end_ns = clock(self.legs[0][0]), clock(self.legs[-1][0])
        told, x_walk, y_walk = [], 0.0, 0.0
        for at_ns in range(begin_ns, end_ns, self.every_s * NS):
            step_m = self.wander_m / 6
            x_walk = 0.9 * x_walk + rng.gauss(0, step_m)
            y_walk = 0.9 * y_walk + rng.gauss(0, step_m)
            x_m, y_m = self._place(at_ns)
            x_m += x_walk + rng.gauss(0, self.noise_m) + self._drift(at_ns)
            y_m += y_walk + rng.gauss(0, self.noise_m)
            if not _within(at_ns, silent):
                late = _within(at_ns, blind)
                came_ns = end_ns if late else at_ns + NS
                one = fix(at_ns, x_m, y_m, badge=self.badge, came_ns=came_ns)
                told.append(replace(one, live=False) if late else one)
        return told

    def _place(self, at_ns: int) -> tuple[float, float]:
        for begin_ns, place, end_ns, other in _ways(self.legs):
            if begin_ns <= at_ns < end_ns:
                share = (at_ns - begin_ns) / (end_ns - begin_ns)
                (x_0, y_0), (x_1, y_1) = PLACES[place], PLACES[other]
                return x_0 + share * (x_1 - x_0), y_0 + share * (y_1 - y_0)
        raise AssertionError("no leg then")

    def _drift(self, at_ns: int) -> float:
        return sum(east_m for a, b, east_m in self.offset if clock(a) <= at_ns < clock(b))


@lru_cache
def _ways(legs: tuple[tuple[str, str], ...]) -> list[tuple[int, str, int, str]]:
    return [
        (clock(since), place, clock(until), other)
        for (since, place), (until, other) in pairwise(legs)
    ]


def _spans(spans: Iterable[tuple[str, str]]) -> list[tuple[int, int]]:
    return [(clock(begin), clock(end)) for begin, end in spans]


def _within(at_ns: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(begin_ns <= at_ns < end_ns for begin_ns, end_ns in spans)


def fix(
    at_ns: int | None,
    x_m: float = 0.0,
    y_m: float = 0.0,
    *,
    badge: str = "b-1",
    came_ns: int | None = None,
    **said: object,
) -> PositionReading:
    lon, lat = lonlat(x_m, y_m)
    came_ns = came_ns if came_ns is not None else (at_ns or MIDNIGHT_NS) + NS
    one = PositionReading(
        device="badges",
        moment=Moment("boot-1", came_ns - MIDNIGHT_NS + 10**15, came_ns, "ntp"),
        terminal=badge,
        at_ns=at_ns,
        lon=round(lon, 6),
        lat=round(lat, 6),
        fix=True,
    )
    return replace(one, **said) if said else one  # type: ignore[arg-type]


def planned(
    start: str = "08:00",
    end: str = "17:00",
    *,
    breaks: tuple[tuple[str, str], ...] = (("12:00", "13:00"),),
    badges: tuple[BadgeSpan, ...] | None = None,
    crew: str | None = None,
) -> PlannedShift:
    start_ns, end_ns = clock(start), clock(end)
    return PlannedShift(
        key="p-1/2026-09-22/1",
        person="p-1",
        badges=(BadgeSpan("b-1", start_ns, end_ns),) if badges is None else badges,
        areas=("a-1",),
        start_ns=start_ns,
        end_ns=end_ns,
        breaks=tuple((clock(begin), clock(until)) for begin, until in breaks),
        crew=crew,
    )


@dataclass(frozen=True)
class GoldenDay:
    """`why` is the reasoning by which a person came to the verdict. `minutes`: inside, from and to."""

    name: str
    why: str
    verdict: str
    minutes: tuple[int, int]
    carried: tuple[Carried, ...]
    shift: PlannedShift = field(default_factory=planned)
    first_in: str | None = None
    last_out: str | None = None

    def track(self) -> list[PositionReading]:
        return [one for badge in self.carried for one in badge.track()]


def judged(
    track: Sequence[PositionReading], shift: PlannedShift | None = None, **limits: float
) -> Judgement:
    return judge(shift or planned(), track, FENCE, replace(LIMITS, **limits))  # type: ignore[arg-type]
