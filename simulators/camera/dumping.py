"""A yard's fence where vans stop: some leave a heap behind, some only stop. Pure."""

from __future__ import annotations

from simulators.camera.actors import Mark, Walk
from simulators.camera.world import World
from simulators.scenes.arrays import stream
from simulators.scenes.light import Weather
from simulators.scenes.pinhole import Pinhole
from simulators.scenes.scene import Lens, Scene, Thing
from simulators.scenes.things.street import ROAD_BELOW_M, Street

KERB_M = 3.4
STOPS = (-4.6, -1.4, 1.8, 4.9)
EVERY_S, STAYS_S, CLEARED_S = 55.0, 14.0, 240.0
HONEST = 0.45  # of the vans that stop leave nothing
RUBBLE = 0.4
SPEED_M_S = 6.0


class Dumping(World):
    """One heap a stop; cleared some minutes later, or never."""

    def __init__(self, seed: int, length_s: float, scene: Scene) -> None:
        super().__init__(scene, length_s)
        self._seed, self._number = seed, 0
        self._taken: set[float] = set()
        self.at(5.0, self._comes)
        self.at(3.0, self._passes)

    def _comes(self, t: float) -> None:
        chance = stream(self._seed, "van", self._number)
        self._number += 1
        self.at(t + max(30.0, float(chance.exponential(EVERY_S))), self._comes)
        free = [x for x in STOPS if x not in self._taken]
        if not free:
            return
        stop = float(chance.choice(free))
        y, looks = -KERB_M - 1.15, int(chance.integers(1 << 30))
        arrives = t + (stop + 22.0) / SPEED_M_S
        self.rolling.append((t, arrives, self._van(-22.0, y, looks, SPEED_M_S)))
        self.at(arrives, lambda _due: self.put("van", self._van(stop, y, looks, 0.0)))
        self.at(arrives + STAYS_S, lambda due: self._leaves(due, stop, y, looks))
        if chance.random() < HONEST:
            return
        walk = Walk(int(chance.integers(1 << 30)), [Mark(arrives + 1.0, stop + 1.2, -KERB_M + 0.2)])
        drops = walk.go(stop, -1.9) + 1.0
        walk.holding.append((arrives + 1.0, drops, "residual"))
        walk.acts.append((drops - 0.8, drops + 0.6, 0, 6))
        walk.wait(3.5)
        walk.go(stop + 1.2, -KERB_M + 0.2)
        self.walks.append(walk)
        label = "rubble_heap" if chance.random() < RUBBLE else "waste_heap"
        stay = 1e9 if chance.random() < 0.2 else float(chance.uniform(0.4, 1.4)) * CLEARED_S
        self.at(drops, lambda due: self._drops(due, stop, label, looks, stay))

    def _van(self, x: float, y: float, looks: int, speed: float) -> Thing:
        return Thing("van", x, y, 0.0, looks, -ROAD_BELOW_M, 1.0, speed)

    def _leaves(self, t: float, stop: float, y: float, looks: int) -> None:
        self.put("van", None)
        self.rolling.append((t, t + 24.0 / SPEED_M_S, self._van(stop, y, looks, SPEED_M_S)))

    def _drops(self, t: float, stop: float, label: str, looks: int, stay: float) -> None:
        name = f"{label}-{t:.0f}"
        if self.tidied:
            return

        def cleared(due: float) -> None:
            if name in self.problems:
                self.put(name, None)
                self.ended(due, name)
                self._taken.discard(stop)

        self._taken.add(stop)
        self.put(name, Thing(label, stop, -1.5, 0.0, looks))
        self.opened(t, name, label, f"stop-{STOPS.index(stop)}", cleared)

        self.at(t + stay, cleared)

    def _passes(self, t: float) -> None:
        chance = stream(self._seed, "walker", round(t * 100))
        side = float(chance.choice([-1, 1]))
        walk = Walk(
            int(chance.integers(1 << 30)), [Mark(t, side * 12, float(chance.uniform(-3, -2.4)))]
        )
        walk.go(-side * 12, float(chance.uniform(-3, -2.4)), float(chance.uniform(1, 1.5)))
        self.walks.append(walk)
        self.at(t + 8.0 + float(chance.exponential(25.0)), self._passes)


def dumping_scene(seed: int, size: tuple[int, int], hour: float, weather: Weather) -> Scene:
    chance = stream(seed, "dumping")
    y = -KERB_M - 6.5
    plan = Street(int(chance.integers(1 << 30)), "wall", KERB_M, False, (0.0, y), cluttered=False)
    camera = Pinhole(0.0, y, 4.4, float(chance.normal(0, 4)), 19.0, 0.0, 76.0, *size)
    lens = Lens(blur_px=0.55, noise=1.5, sharpen=0.4, jpeg=80, exposure=0.1)
    return Scene(
        seed, 520 + seed % 3, camera, plan, (), hour, float(chance.uniform(0, 6.28)), weather, lens
    )
