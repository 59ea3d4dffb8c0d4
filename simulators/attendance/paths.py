"""Where somebody really is all the time: a line of knots, and how such lines are laid. Pure.

Times are seconds since the start of the shift, places metres (see `ground`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulators.attendance.ground import Place
from simulators.attendance.luck import Floats, Luck

WALK_MPS = 1.25
Dice = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Path:
    """`t` rises; between two knots the way is straight and even, beyond the ends it stands."""

    t: Floats
    x: Floats
    y: Floats

    def at(self, t: Floats) -> tuple[Floats, Floats]:
        return np.interp(t, self.t, self.x), np.interp(t, self.t, self.y)

    def spot(self, t: float) -> tuple[float, float]:
        return float(np.interp(t, self.t, self.x)), float(np.interp(t, self.t, self.y))

    def moved(self, east_m: float, north_m: float) -> Path:
        return Path(self.t, self.x + east_m, self.y + north_m)


class Steps:
    """Lays a path, always forward in time."""

    def __init__(self, t: float, x: float, y: float) -> None:
        self.t, self.x, self.y = t, x, y
        self._t, self._x, self._y = [t], [x], [y]

    def wait(self, until_s: float) -> None:
        if until_s > self.t:
            self._knot(until_s, self.x, self.y)

    def go(self, x: float, y: float, mps: float) -> None:
        metres = math.hypot(x - self.x, y - self.y)
        if metres > 0:
            self._knot(self.t + metres / mps, x, y)

    def be(self, t: float, x: float, y: float) -> None:
        """There at `t`, at the speed that this takes."""
        if t > self.t:
            self._knot(t, x, y)

    def trace(self, t: Floats, x: Floats, y: Floats) -> None:
        """Along given knots; those that are not after the last one are left out."""
        later = t > self.t
        if later.any():
            self._t += t[later].tolist()
            self._x += x[later].tolist()
            self._y += y[later].tolist()
            self.t, self.x, self.y = self._t[-1], self._x[-1], self._y[-1]

    def path(self) -> Path:
        return Path(np.array(self._t), np.array(self._x), np.array(self._y))

    def _knot(self, t: float, x: float, y: float) -> None:
        self._t.append(t)
        self._x.append(x)
        self._y.append(y)
        self.t, self.x, self.y = t, x, y


def dice_of(luck: Luck, drawn_at_once: int = 512) -> Dice:
    """Numbers in [0, 1) one by one; drawing many at once is ten times as quick."""
    drawn: list[float] = []

    def throw() -> float:
        if not drawn:
            drawn.extend(luck.random(drawn_at_once).tolist())
        return drawn.pop()

    return throw


def sweep(steps: Steps, place: Place, until_s: float, dice: Dice, *, trips: bool = True) -> None:
    """Works from spot to spot: slowly, with stops, rests, and now and then a way to the toilet."""
    spot = min(
        range(len(place.spots)),
        key=lambda i: math.dist(place.spots[i], (steps.x, steps.y)),
    )
    before, pace_mps = -1, 0.4 + 0.6 * dice()
    while steps.t < until_s:
        ways = place.ways[spot]
        choice = ways[int(dice() * len(ways))]
        if choice == before:  # seldom straight back
            choice = ways[int(dice() * len(ways))]
        before, spot = spot, choice
        x, y = place.spots[spot]
        steps.go(x + 5 * dice() - 2.5, y + 5 * dice() - 2.5, pace_mps * (0.7 + 0.6 * dice()))
        _pause(steps, place, until_s, dice, trips=trips)


def _pause(steps: Steps, place: Place, until_s: float, dice: Dice, *, trips: bool) -> None:
    thrown = dice()
    if thrown < 0.35:
        steps.wait(min(until_s, steps.t + 10 + 110 * dice()))
    elif thrown < 0.38:
        steps.wait(min(until_s, steps.t + 240 + 660 * dice()))
    elif trips and thrown < 0.387 and until_s - steps.t > 900:
        x, y = steps.x, steps.y
        steps.go(*place.toilet, WALK_MPS)
        steps.wait(steps.t + 90 + 200 * dice())
        steps.go(x, y, WALK_MPS)


def go_home(steps: Steps, home: tuple[float, float], dice: Dice) -> None:
    """On foot when it is near, else mostly by scooter."""
    far = math.dist(home, (steps.x, steps.y)) > 700
    steps.go(*home, 4.0 + 2.5 * dice() if far and dice() < 0.7 else WALK_MPS)


def come(
    begin_s: float, home: tuple[float, float], to: tuple[float, float], at_s: float, dice: Dice
) -> Steps:
    """At home from `begin_s`, at `to` when it is `at_s`."""
    metres = math.dist(home, to)
    mps = 4.0 + 2.5 * dice() if metres > 700 and dice() < 0.7 else WALK_MPS
    steps = Steps(min(begin_s, at_s - metres / mps - 1), *home)
    steps.wait(at_s - metres / mps)
    steps.be(at_s, *to)
    return steps
