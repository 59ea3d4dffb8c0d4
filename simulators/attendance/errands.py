"""The paths of people who have nothing to do with each other: work, breaks, homes, and being elsewhere."""

from __future__ import annotations

import math

from simulators.attendance.ground import Place
from simulators.attendance.luck import Luck
from simulators.attendance.paths import WALK_MPS, Dice, Path, Steps, come, dice_of, go_home, sweep
from simulators.attendance.people import Conduct, Piece

AROUND_S = 2_700.0  # how long before and after a shift a path is known
_HUT_NEAR_M = 250.0
Spot = tuple[float, float]


def worker_path(place: Place, home: Spot, conduct: Conduct, piece: Piece, luck: Luck) -> Path:
    """Comes, works, has the breaks, leaves."""
    dice = dice_of(luck)
    length_s, start_s = piece.length_s, piece.start_s
    leave_s = length_s + conduct.leave_s
    first = place.spots[int(dice() * len(place.spots))]
    steps = come(-AROUND_S, home, first, conduct.arrive_s, dice)
    for begin_s, end_s in piece.breaks:
        if steps.t < begin_s - start_s < leave_s:
            sweep(steps, place, begin_s - start_s, dice)
            take_break(steps, place, min(end_s - start_s, leave_s), dice)
    sweep(steps, place, leave_s, dice)
    go_home(steps, home, dice)
    steps.wait(length_s + AROUND_S)
    return steps.path()


def take_break(steps: Steps, place: Place, until_s: float, dice: Dice) -> None:
    """In the hut with the others, at a food stall outside, or on a bench; back in time, more or less."""
    thrown, x, y, mps = dice(), steps.x, steps.y, 1.0 + 0.5 * dice()
    steps.wait(steps.t + 90 * dice() ** 2)
    if thrown < 0.5 and math.dist(place.hut, (x, y)) < _HUT_NEAR_M:
        turn, far_m = 2 * math.pi * dice(), 0.8 + 3.0 * dice()
        to = (place.hut[0] + far_m * math.cos(turn), place.hut[1] + far_m * math.sin(turn))
    elif thrown < 0.8:
        turn, far_m = 2 * math.pi * dice(), 60 + 240 * dice()
        to = (x + far_m * math.cos(turn), y + far_m * math.sin(turn))
    else:
        to = (x + 10 * dice(), y + 10 * dice())
    steps.go(*to, mps)
    back_s = math.dist(to, (x, y)) / mps
    if dice() < 0.4:
        _to_toilet(steps, until_s - back_s, dice)
    steps.wait(until_s - back_s + 120 * (dice() - 0.5))
    steps.go(x, y, mps)


def _to_toilet(steps: Steps, until_s: float, dice: Dice) -> None:
    x, y, turn, far_m = steps.x, steps.y, 2 * math.pi * dice(), 15 + 45 * dice()
    steps.wait(steps.t + 0.5 * max(0.0, until_s - steps.t - 360) * dice())
    if until_s - steps.t > 300:
        steps.go(x + far_m * math.cos(turn), y + far_m * math.sin(turn), WALK_MPS)
        steps.wait(steps.t + 60 + 120 * dice())
        steps.go(x, y, WALK_MPS)


def home_path(home: Spot, piece: Piece, luck: Luck) -> Path:
    """At home, but for an errand or two in the neighbourhood."""
    dice = dice_of(luck, 32)
    steps = Steps(-AROUND_S, *home)
    for part in (0.3, 0.7):
        if dice() < 0.6:
            steps.wait(part * piece.length_s + 900 * dice())
            turn, far_m = 2 * math.pi * dice(), 20 + 80 * dice()
            steps.go(home[0] + far_m * math.cos(turn), home[1] + far_m * math.sin(turn), WALK_MPS)
            steps.wait(steps.t + 200 + 900 * dice())
            steps.go(*home, WALK_MPS)
    steps.wait(piece.length_s + AROUND_S)
    return steps.path()


def driving_path(middle: Spot, piece: Piece, luck: Luck, *, around_m: float) -> Path:
    """Deliveries: from door to door at the speed of a scooter, `around_m` to every side."""
    dice = dice_of(luck)
    steps = Steps(-AROUND_S, *middle)
    while steps.t < piece.length_s + AROUND_S:
        x = middle[0] + around_m * (2 * dice() - 1)
        y = middle[1] + around_m * (2 * dice() - 1)
        steps.go(x, y, 5.0 + 3.0 * dice())
        steps.wait(steps.t + 60 + 240 * dice())
    return steps.path()


def riding_path(place: Place, home: Spot, piece: Piece, luck: Luck) -> Path:
    """Through the own area on a machine all the time, without a word of it in the roster."""
    dice = dice_of(luck)
    steps = come(-AROUND_S, home, place.hut, -120.0, dice)
    spot = 0
    while steps.t < piece.length_s:
        ways = place.ways[spot]
        spot = ways[int(dice() * len(ways))]
        steps.go(*place.spots[spot], 4.5 + 2.0 * dice())
        if dice() < 0.15:
            steps.wait(steps.t + 10 + 20 * dice())
    go_home(steps, home, dice)
    steps.wait(piece.length_s + AROUND_S)
    return steps.path()
