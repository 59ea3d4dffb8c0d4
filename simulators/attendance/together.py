"""The paths of people who honestly work side by side: a truck's crew, a team that sweeps one street. Pure.

A crew sits in one cab within an arm's length, some crews for hours; at stops each loader walks to bins
of his own. A team follows one route some metres apart, everybody with a pace, halts and breaks of their
own. All come from homes of their own and leave when each of them leaves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simulators.attendance.errands import AROUND_S, Spot, take_break
from simulators.attendance.ground import Place
from simulators.attendance.luck import Floats, Luck
from simulators.attendance.paths import Dice, Path, Steps, come, dice_of, go_home, sweep
from simulators.attendance.people import Conduct, Piece

BEFORE_S = 1_200.0  # how long before the shift a route or a truck is there
_LATTICE_S = 6.0


@dataclass(frozen=True, slots=True)
class Truck:
    """`stops`: (begin, end) of standing; `loads`: people get out then. `pauses`: the breaks as they are
    taken, from the stop on that follows a planned one."""

    path: Path
    stops: tuple[tuple[float, float], ...]
    pauses: tuple[tuple[float, float], ...]
    loads: bool


def breaks_of(piece: Piece) -> list[tuple[float, float]]:
    """In seconds since the start of the shift."""
    return [(begin - piece.start_s, end - piece.start_s) for begin, end in piece.breaks]


def truck_of(places: list[Place], piece: Piece, luck: Luck, *, loads: bool) -> Truck:
    """From area to area, from spot to spot; at the hut of the first one before and after."""
    dice = dice_of(luck)
    depot = places[0].hut
    steps, stops, pauses = Steps(-AROUND_S, *depot), [], []
    steps.wait(60 + 240 * dice())
    number, planned = 0, breaks_of(piece)
    while steps.t < piece.length_s - 420:
        for stop in _round(steps, places[number % len(places)], loads=loads, dice=dice):
            if planned and stop[0] >= planned[0][0]:
                pauses.append((stop[0], max(stop[1], planned.pop(0)[1])))
                steps.wait(pauses[-1][1])
            else:
                stops.append(stop)
            if steps.t >= piece.length_s - 420:
                break
        number += 1
    steps.go(*depot, 9.0)
    steps.wait(piece.length_s + AROUND_S)
    return Truck(steps.path(), tuple(stops), tuple(pauses), loads)


def _round(steps: Steps, place: Place, *, loads: bool, dice: Dice) -> Iterator[tuple[float, float]]:
    """One round through one area: every stop when it has been made."""
    spot = int(dice() * len(place.spots))
    steps.go(*place.spots[spot], 8.0 + 3.0 * dice())
    for _ in range(3 + int(4 * dice())):
        begin_s = steps.t
        steps.wait(begin_s + (60 + 140 * dice() if loads else 10 + 40 * dice()))
        yield begin_s, steps.t
        spot = place.ways[spot][int(dice() * len(place.ways[spot]))]
        steps.go(*place.spots[spot], 3.0 + 4.0 * dice())


def crew_path(
    truck: Truck,
    place: Place,
    home: Spot,
    *,
    conduct: Conduct,
    piece: Piece,
    luck: Luck,
    drives: bool,
) -> Path:
    """One of the crew. Who is late joins at the next stop, who leaves early gets off where it is."""
    dice = dice_of(luck)
    leave_s = piece.length_s + conduct.leave_s
    seat = 1.4 * (dice() - 0.5), 1.4 * (dice() - 0.5)
    ride = truck.path.moved(*seat)
    at_s = conduct.arrive_s
    if at_s > 0:
        at_s = next((begin for begin, _ in truck.stops if begin >= at_s), at_s)
    x, y = ride.spot(at_s)
    own = 8 * (dice() - 0.5), 8 * (dice() - 0.5)
    steps = come(-AROUND_S, home, (x + own[0], y + own[1]), at_s, dice)
    stays_in = not truck.loads or (drives and dice() < 0.7)
    outings = [*truck.pauses, *(() if stays_in else truck.stops)]
    for begin_s, end_s in _out(outings, steps.t, leave_s):
        _sit(steps, ride, begin_s)
        if (begin_s, end_s) in truck.pauses:
            take_break(steps, place, end_s - 80, dice)
        else:
            _load(steps, end_s - 4, dice)
    _sit(steps, ride, leave_s)
    go_home(steps, home, dice)
    steps.wait(piece.length_s + AROUND_S)
    return steps.path()


def _out(
    outings: list[tuple[float, float]], from_s: float, until_s: float
) -> list[tuple[float, float]]:
    """When somebody is out of the cab, in order."""
    found: list[tuple[float, float]] = []
    for begin_s, end_s in sorted(outings):
        last_s = found[-1][1] if found else from_s + 30
        if begin_s > last_s and end_s < until_s:
            found.append((begin_s, end_s))
    return found


def _sit(steps: Steps, ride: Path, until_s: float) -> None:
    """Boards now and is driven along; knots that are too near to now are what boarding takes."""
    since, until = np.searchsorted(ride.t, (steps.t + 5, until_s))
    steps.trace(ride.t[since:until], ride.x[since:until], ride.y[since:until])
    if until_s > steps.t:
        steps.be(until_s, *ride.spot(until_s))


def _load(steps: Steps, until_s: float, dice: Dice) -> None:
    """To the own bins and back to the truck."""
    x, y = steps.x, steps.y
    while until_s - steps.t > 50:
        turn, far_m = 2 * math.pi * dice(), 4 + 11 * dice()
        steps.go(x + far_m * math.cos(turn), y + far_m * math.sin(turn), 0.9 + 0.5 * dice())
        steps.wait(steps.t + 5 + 14 * dice())
    steps.be(max(until_s, steps.t + 5), x, y)


def route_of(place: Place, piece: Piece, luck: Luck) -> Path:
    """The way that a team agreed on, with the halts that the work makes."""
    dice = dice_of(luck)
    steps = Steps(-BEFORE_S, *place.spots[int(dice() * len(place.spots))])
    pauses = breaks_of(piece)
    for begin_s, end_s in pauses:
        sweep(steps, place, begin_s, dice, trips=False)
        steps.wait(end_s)
    sweep(steps, place, piece.length_s + BEFORE_S, dice, trips=False)
    return steps.path()


def team_path(
    route: Path, place: Place, home: Spot, *, conduct: Conduct, piece: Piece, luck: Luck
) -> Path:
    dice = dice_of(luck)
    leave_s = piece.length_s + conduct.leave_s
    own = _own_way(route, piece, luck)
    steps = come(-AROUND_S, home, own.spot(conduct.arrive_s), conduct.arrive_s, dice)
    for begin_s, end_s in breaks_of(piece):
        if steps.t < begin_s < leave_s:
            _sit(steps, own, begin_s + 240 * (dice() - 0.5))
            take_break(steps, place, min(end_s, leave_s), dice)
            # The others may have moved on: what is left of the way is walked, not jumped.
            ahead = own.spot(steps.t + 60)
            steps.go(*ahead, 1.4)
    _sit(steps, own, leave_s)
    go_home(steps, home, dice)
    steps.wait(piece.length_s + AROUND_S)
    return steps.path()


def _own_way(route: Path, piece: Piece, luck: Luck) -> Path:
    """Behind or before the others by some seconds that change, some metres to one side, with halts."""
    t = np.arange(-BEFORE_S, piece.length_s + BEFORE_S, _LATTICE_S)
    behind_s = luck.normal(0, 8) + wander(luck, len(t), 8.0, 300 / _LATTICE_S)
    behind_s += _halts(luck, t)
    # Nobody walks backwards: what one is behind grows at most as fast as time passes.
    on_route = np.maximum.accumulate(t - behind_s)
    x, y = route.at(on_route)
    turn, side_m = luck.uniform(0, 2 * math.pi), luck.uniform(2.5, 6.0)
    x += side_m * math.cos(turn) + wander(luck, len(t), 1.5, 600 / _LATTICE_S)
    y += side_m * math.sin(turn) + wander(luck, len(t), 1.5, 600 / _LATTICE_S)
    return Path(t, x, y)


def _halts(luck: Luck, t: Floats) -> Floats:
    """One every quarter of an hour: 20 to 90 s, made good within three minutes."""
    behind_s = np.zeros(len(t))
    n = int(luck.poisson((t[-1] - t[0]) / 900))
    for at_s, halt_s in zip(luck.uniform(t[0], t[-1], n), luck.uniform(20, 90, n), strict=True):
        since = t - at_s
        rising, falling = since, halt_s - (since - halt_s) * (halt_s / 180)
        behind_s += np.clip(np.minimum(rising, falling), 0, halt_s)
    return behind_s


def wander(luck: Luck, n: int, sigma: float, memory: float) -> Floats:
    """A Gauss-Markov series of `n` steps: standard deviation `sigma`, correlation exp(-k / `memory`)
    between values `k` steps apart."""
    if not n:
        return np.empty(0)
    keep = math.exp(-1 / memory)
    length = max(2, math.ceil(6 * memory))
    weights = keep ** np.arange(length)
    weights *= sigma / math.sqrt(float(np.sum(weights**2)))
    return np.convolve(luck.normal(0, 1, n + length - 1), weights, mode="valid")
