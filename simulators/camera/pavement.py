"""A shopping street: stalls, goods, heaps, bills and bikes that come and go among what is in order. Pure.

People walk and vendors push in what has wheels; everything else is there from one picture to the next,
as it is for a camera that looks away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simulators.camera.actors import Mark, Walk
from simulators.camera.world import World
from simulators.scenes.arrays import Chance, stream
from simulators.scenes.light import Weather
from simulators.scenes.pinhole import Pinhole
from simulators.scenes.scene import Lens, Scene, Thing
from simulators.scenes.things.street import ROAD_BELOW_M, Street
from simulators.scenes.things.table import STREET_CLASSES

PAVEMENT_M = 6.0
PUSH_M_S = 0.9  # a vendor with a cart
LASTS = 0.18  # of problems are still there at the end


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that one thing can take, and what may come there."""

    x: float
    y: float
    labels: tuple[str, ...]


SLOTS: tuple[Slot, ...] = (
    Slot(-5.2, 0.0, ("shop_outside",)),
    Slot(1.1, 0.0, ("fly_posting",)),
    Slot(4.6, 0.0, ("shop_outside", "fly_posting")),
    Slot(-2.4, -1.3, ("waste_heap", "goods_on_pavement")),
    Slot(2.3, -2.6, ("vendor_stall",)),
    Slot(-0.2, -3.9, ("bike_misplaced", "waste_heap")),
    Slot(-4.6, -4.0, ("vendor_stall", "rubble_heap")),
    Slot(5.2, -4.3, ("bike_misplaced", "goods_on_pavement", "rubble_heap")),
)
KIND: Mapping[str, str] = {
    "vendor_stall": "stall",
    "goods_on_pavement": "goods",
    "bike_misplaced": "bikes_misplaced",
}
BIN = (-0.9, -0.7)


@dataclass(frozen=True, slots=True)
class Bustle:
    """`problem_s` between two problems, `stay_s` the mean time one is there; `walker_s` and `car_s` between
    passers-by and cars; `bins` how likely a problem is the bin, where it could be, over its equal chance."""

    problem_s: float = 45.0
    stay_s: float = 120.0
    walker_s: float = 9.0
    car_s: float = 14.0
    bins: float = 0.0


class Pavement(World):
    """One thing a slot; the bin beside the door overflows and is emptied."""

    def __init__(
        self, seed: int, length_s: float, scene: Scene, bustle: Bustle | None = None
    ) -> None:
        super().__init__(scene, length_s)
        self._seed, self._bustle = seed, bustle or Bustle()
        self._busy: set[int] = set()
        self._number = 0
        chance = stream(seed, "order")
        self._in_order(chance)
        self.at(8.0, self._problem)
        self.at(1.0, self._passes)
        self.at(2.0, self._drives)

    def _in_order(self, chance: Chance) -> None:
        """What stands there and is no problem."""
        self._bin(0.4)
        self.put(
            "rack",
            Thing("bikes_racked", 7.6, -4.7, 0.0, self._seed + 3, 0.0, 1.0, 0.0, {"count": 4}),
        )
        self.put("board", Thing("notice_board", -8.2, 0.0, 0.0, self._seed + 4))
        for place, x in enumerate((-9.5, 9.5)):
            if chance.random() < 0.7:
                self.put(f"parked-{place}", self._car(chance, x, -PAVEMENT_M - 1.2, 0.0))

    def _bin(self, fill: float) -> None:
        options = {"stream": "residual", "fill": fill}
        self.put("bin", Thing("bin", *BIN, 0.1, self._seed + 2, 0.0, 1.0, 0.0, options))

    def _car(self, chance: Chance, x: float, y: float, yaw: float, speed: float = 0.0) -> Thing:
        return Thing("vehicle", x, y, yaw, int(chance.integers(1 << 30)), -ROAD_BELOW_M, 1.0, speed)

    def _problem(self, t: float) -> None:
        """Something out of order begins, where there is room; the next is planned."""
        if self.tidied:
            return
        chance = stream(self._seed, "problem", self._number)
        self._number += 1
        self.at(t + max(6.0, float(chance.exponential(self._bustle.problem_s))), self._problem)
        labels = [*STREET_CLASSES]
        chance.shuffle(labels)
        if self._bustle.bins and chance.random() < self._bustle.bins:
            labels.insert(0, "overflowing_bin")
        stay = max(25.0, float(chance.gamma(4.0, self._bustle.stay_s / 4)))
        stay = 1e9 if chance.random() < LASTS else stay
        for label in labels:
            if label == "overflowing_bin" and "bin" not in self._busy_names():
                self._overflows(t, stay)
                return
            free = [
                at for at, slot in enumerate(SLOTS) if label in slot.labels and at not in self._busy
            ]
            if free:
                self._begins(t, stay, label, int(chance.choice(free)), chance)
                return

    def _busy_names(self) -> set[str]:
        return {problem.place for problem in self.problems.values()}

    def _overflows(self, t: float, stay: float) -> None:
        name = f"overflow-{t:.0f}"
        self._bin(1.5)

        def emptied(due: float) -> None:
            if name in self.problems:
                self._bin(0.1)
                self.ended(due, name)

        self.opened(t, name, "overflowing_bin", "bin", emptied)
        self.at(t + stay, emptied)

    def _begins(self, t: float, stay: float, label: str, at: int, chance: Chance) -> None:
        self._busy.add(at)
        slot, name = SLOTS[at], f"{label}-{t:.0f}"
        wall = slot.y == 0.0
        rolls = label == "vendor_stall"
        yaw = 0.0 if wall or rolls else float(chance.normal(0, 0.3))
        thing = Thing(KIND.get(label, label), slot.x, slot.y, yaw, int(chance.integers(1 << 30)))
        arrives = self._rolls_in(t, thing, chance) if rolls else t

        def stands(due: float) -> None:
            if self.tidied:
                self._busy.discard(at)
                return
            self.put(name, thing)
            self.opened(due, name, label, f"slot-{at}", gone)

        def gone(due: float) -> None:
            if name not in self.problems:
                return
            self.put(name, None)
            self.ended(due, name)
            self._busy.discard(at)
            if rolls:
                self._rolls_out(due, thing, chance)

        self.at(arrives, stands)
        self.at(arrives + stay, gone)

    def _rolls_in(self, t: float, thing: Thing, chance: Chance) -> float:
        """From the side along the kerb; returns when it is there."""
        side = float(chance.choice([-1, 1]))
        way = 14.0 - abs(thing.x)
        start = Thing(
            thing.kind,
            thing.x + side * way,
            thing.y,
            thing.yaw,
            thing.seed,
            0.0,
            1.0,
            -side * PUSH_M_S,
        )
        self.rolling.append((t, t + way / PUSH_M_S, start))
        return t + way / PUSH_M_S

    def _rolls_out(self, t: float, thing: Thing, chance: Chance) -> None:
        side = float(chance.choice([-1, 1]))
        leaving = Thing(
            thing.kind, thing.x, thing.y, thing.yaw, thing.seed, 0.0, 1.0, side * PUSH_M_S
        )
        self.rolling.append((t, t + 14.0 / PUSH_M_S, leaving))

    def _passes(self, t: float) -> None:
        """A passer-by, walking through or stopping for a while."""
        chance = stream(self._seed, "walker", round(t * 100))
        side, y = float(chance.choice([-1, 1])), float(chance.uniform(-5.4, -0.9))
        walk = Walk(int(chance.integers(1 << 30)), [Mark(t, side * 12.0, y)])
        pace = float(chance.uniform(0.9, 1.6))
        if chance.random() < 0.3:
            walk.go(float(chance.uniform(-6, 6)), float(chance.uniform(-5, -1.2)), pace)
            walk.wait(float(chance.uniform(3, 20)))
        walk.go(-side * 12.0, float(np.clip(y + chance.normal(0, 0.8), -5.5, -0.8)), pace)
        if chance.random() < 0.25:
            walk.holding.append(
                (t, walk.ends, str(chance.choice(["residual", "food", "recyclable"])))
            )
        self.walks.append(walk)
        self.at(t + float(chance.exponential(self._bustle.walker_s)) + 0.5, self._passes)

    def _drives(self, t: float) -> None:
        chance = stream(self._seed, "car", round(t * 100))
        right = chance.random() < 0.5
        y = -PAVEMENT_M - (4.0 if right else 6.6)
        speed = float(chance.uniform(5, 10))
        car = self._car(chance, -22.0 if right else 22.0, y, 0.0 if right else float(np.pi), speed)
        self.rolling.append((t, t + 44.0 / speed, car))
        self.at(t + float(chance.exponential(self._bustle.car_s)) + 1.0, self._drives)


def pavement_scene(seed: int, size: tuple[int, int], hour: float, weather: Weather) -> Scene:
    """From a pole across the road, over the cars."""
    chance = stream(seed, "pavement")
    y = -PAVEMENT_M - 6.5
    plan = Street(
        int(chance.integers(1 << 30)), "shops", PAVEMENT_M, False, (0.0, y), cluttered=False
    )
    camera = Pinhole(
        0.0, y, float(chance.uniform(5.0, 5.6)), float(chance.normal(0, 3)), 20.0, float(chance.normal(0, 0.6)),
        78.0, *size,
    )  # fmt: skip
    lens = Lens(blur_px=0.5, noise=1.5, sharpen=0.4, jpeg=80, exposure=0.1)
    return Scene(
        seed, 510 + seed % 3, camera, plan, (), hour, float(chance.uniform(0, 6.28)), weather, lens
    )
