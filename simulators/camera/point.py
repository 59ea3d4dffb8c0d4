"""A disposal point: four bins, people who bring bags, right or wrong, and may listen to a voice. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from simulators.camera.actors import Mark, Walk
from simulators.camera.world import World
from simulators.scenes.arrays import stream
from simulators.scenes.light import Weather
from simulators.scenes.pinhole import Pinhole
from simulators.scenes.scene import Lens, Scene, Thing
from simulators.scenes.things.bins import STREAMS
from simulators.scenes.things.street import Street

BIN_GAP_M = 0.95
BIN_Y = -0.75
STAND_Y = -1.75
PATIENCE_S = 10.0  # after a deposit one still feels spoken to
FILL = {
    "recyclable": 0.22,
    "hazardous": 0.05,
    "food": 0.16,
    "residual": 0.2,
}  # of a bin, by one bag
OFTEN = (0.3, 0.05, 0.35, 0.3)  # of what people bring, in the order of STREAMS


@dataclass(frozen=True, slots=True)
class Habits:
    """How people are. `every_s` between two of them; `wrong` into a wrong bin, `beside` on the ground,
    `listens` corrects when told; `empty_s` between two rounds of the bin lorry."""

    every_s: float = 25.0
    wrong: float = 0.22
    beside: float = 0.08
    listens: float = 0.6
    empty_s: float = 420.0


@dataclass(slots=True)
class Deposit:
    """`stream`: the bin it went into, None = beside."""

    id: str
    t: float
    stream: str | None
    waste: str
    walk: Walk
    spot: tuple[float, float]
    corrected: bool = False

    @property
    def right(self) -> bool:
        return self.stream == self.waste


class DisposalPoint(World):
    """Bins stand from left to right in the order of STREAMS."""

    def __init__(
        self, seed: int, length_s: float, scene: Scene, habits: Habits | None = None
    ) -> None:
        super().__init__(scene, length_s)
        self._seed, self._habits = seed, habits or Habits()
        self._fill = dict.fromkeys(STREAMS, 0.15)
        self._deposits: list[Deposit] = []
        self._beside: dict[str, Thing] = {}
        self._number = 0
        for name in STREAMS:
            self._show(name)
        self.at(4.0, self._comes)
        self.at(self._habits.empty_s, self._emptied)

    def place(self, name: str) -> float:
        """x of a bin."""
        return (list(STREAMS).index(name) - 1.5) * BIN_GAP_M

    def _show(self, name: str) -> None:
        """What is too much stays on top: a bag that came to lie beside it with somebody's deposit would be one
        that this person had put there."""
        fill = round(self._fill[name], 1)
        thing = Thing(
            "bin",
            self.place(name),
            BIN_Y,
            0.0,
            self._seed * 10 + 1,
            0.0,
            1.0,
            0.0,
            {"stream": name, "fill": fill, "fallen": False},
        )
        self.put(f"bin-{name}", thing)

    def _comes(self, t: float) -> None:
        """One person comes; the next is planned."""
        chance = stream(self._seed, "visit", self._number)
        name = f"d{self._number}"
        self._number += 1
        waste = str(chance.choice(list(STREAMS), p=OFTEN))
        luck, habits = chance.random(), self._habits
        into: str | None = waste
        if luck < habits.beside:
            into = None
        elif luck < habits.beside + habits.wrong:
            into = str(chance.choice([one for one in STREAMS if one not in (waste, "hazardous")]))
        side = float(chance.choice([-1, 1])) * 9.0
        x = self.place(into or waste) + float(chance.normal(0, 0.05))
        y = STAND_Y + float(chance.normal(0, 0.06))
        walk = Walk(
            int(chance.integers(1 << 30)), [Mark(t, side, -2.6 + float(chance.normal(0, 0.3)))]
        )
        arrives = walk.go(x, y, float(chance.uniform(1.0, 1.5)))
        drops = arrives + 1.4
        walk.acts.append(
            (arrives + 0.5, drops + 0.5, 0 if into is None else 9, 6 if into is None else 2)
        )
        walk.holding.append((t, drops, waste))
        walk.wait(3.0 + float(chance.uniform(0, 1.5)))
        walk.go(float(chance.choice([-1, 1])) * 9.0, -2.6 + float(chance.normal(0, 0.3)))
        self.walks.append(walk)
        self.at(drops, lambda due: self._drops(due, name, into, waste, walk))
        self.at(t + max(9.0, float(chance.exponential(habits.every_s))), self._comes)

    def _drops(self, t: float, name: str, into: str | None, waste: str, walk: Walk) -> None:
        x, y, _ = walk.at(t)
        spot = (x + 0.15, y + 0.5)
        deposit = Deposit(name, t, into, waste, walk, spot)
        self._deposits = [*self._deposits[-7:], deposit]
        self.tell(
            t, "deposit", name, stream=into, waste=waste, right=deposit.right,
            place="ground" if into is None else f"bin-{into}",
        )  # fmt: skip
        self._holds(t, deposit, into)

    def _holds(self, t: float, deposit: Deposit, into: str | None) -> None:
        """A bag has come into a bin, or to lie beside."""
        if into is None:
            self._beside[deposit.id] = bag = Thing(
                "bag",
                *deposit.spot,
                0.7,
                deposit.walk.seed,
                0.0,
                1.0,
                0.0,
                {"stream": deposit.waste, "size": 0.38},
            )
            self.put(f"bag-{deposit.id}", bag)
            if len(self._beside) == 2:
                self.opened(t, f"heap-{deposit.id}", "waste_heap", "ground", self._served)
            return
        before = self._fill[into]
        self._fill[into] = before + FILL[deposit.waste] * (1.2 if deposit.waste != into else 1.0)
        self._show(into)
        if before <= 1.0 < self._fill[into]:
            self.opened(
                t, f"overflow-{into}-{t:.0f}", "overflowing_bin", f"bin-{into}", self._served
            )

    def hear(self, t: float, words: str) -> None:
        """Who has just put a bag down feels spoken to; not everybody minds."""
        recent = [
            one for one in self._deposits if 0 <= t - one.t <= PATIENCE_S and not one.corrected
        ]
        wrong = [one for one in recent if not one.right]
        meant = next(reversed(wrong or recent), None)
        listens = False
        if meant is not None and not meant.right:
            chance = stream(self._seed, "listens", meant.id)
            listens = bool(chance.random() < self._habits.listens) and meant.walk.ends > t
        self.tell(
            t, "prompt", f"prompt-{t:.2f}", words=words, deposit=None if meant is None else meant.id,
            deserved=meant is not None and not meant.right, reacts=listens,
        )  # fmt: skip
        if listens and meant is not None:
            self._corrects(t, meant)

    def _corrects(self, t: float, deposit: Deposit) -> None:
        deposit.corrected, walk = True, deposit.walk
        walk.cut(t)
        walk.wait(0.9)
        back = walk.go(deposit.spot[0] - 0.15, deposit.spot[1] - 0.5)
        taken = walk.wait(1.6)
        walk.acts.append(
            (back + 0.3, taken, 9 if deposit.stream else 0, 3 if deposit.stream else 6)
        )
        there = walk.go(self.place(deposit.waste), STAND_Y)
        done = there + 1.3
        walk.acts.append((there + 0.4, done + 0.4, 9, 2))
        walk.holding.append((taken, done, deposit.waste))
        walk.wait(2.4)
        walk.go(9.0 if self._number % 2 else -9.0, -2.6)
        self.at(taken, lambda due: self._taken_back(due, deposit))
        self.at(done, lambda due: self._corrected(due, deposit, t))

    def _taken_back(self, t: float, deposit: Deposit) -> None:
        if deposit.stream is None:
            self._beside.pop(deposit.id, None)
            self.put(f"bag-{deposit.id}", None)
            if len(self._beside) < 2:
                self._end_all(t, "waste_heap", "ground")
            return
        self._fill[deposit.stream] = max(
            0.0, self._fill[deposit.stream] - FILL[deposit.waste] * 1.2
        )
        self._show(deposit.stream)
        if self._fill[deposit.stream] <= 1.0:
            self._end_all(t, "overflowing_bin", f"bin-{deposit.stream}")

    def _corrected(self, t: float, deposit: Deposit, told: float) -> None:
        self.tell(
            t, "corrected", f"{deposit.id}.corrected", deposit=deposit.id,
            stream=deposit.waste, waste=deposit.waste, after_prompt_s=round(t - told, 2),
        )  # fmt: skip
        self._holds(t, deposit, deposit.waste)

    def _emptied(self, t: float) -> None:
        self._served(t)
        self.at(t + self._habits.empty_s, self._emptied)

    def _served(self, t: float) -> None:
        """The lorry has been: bins empty, ground clear."""
        for name in STREAMS:
            self._fill[name] = 0.1
            self._show(name)
        for name in list(self._beside):
            self.put(f"bag-{name}", None)
        self._beside.clear()
        for problem in list(self.problems):
            self.ended(t, problem)
        self.tell(t, "emptied", f"emptied-{t:.0f}")

    def _end_all(self, t: float, label: str, place: str) -> None:
        for name, problem in list(self.problems.items()):
            if (problem.label, problem.place) == (label, place):
                self.ended(t, name)


def point_scene(seed: int, size: tuple[int, int], hour: float, weather: Weather) -> Scene:
    """Before a wall, seen from a pole 4 m away."""
    chance = stream(seed, "point")
    y = -5.2 - float(chance.uniform(0, 0.6))
    plan = Street(int(chance.integers(1 << 30)), "wall", 7.5, False, (0.0, y), cluttered=False)
    camera = Pinhole(
        0.0,
        y,
        float(chance.uniform(2.6, 3.1)),
        float(chance.normal(0, 4)),
        float(chance.uniform(20, 24)),
        0.0,
        66.0,
        *size,
    )
    board = Thing("notice_board", float(chance.choice([-3.4, 3.4])), 0.0, 0.0, seed + 5)
    lens = Lens(blur_px=0.5, noise=1.4, sharpen=0.4, jpeg=82, exposure=0.1)
    return Scene(
        seed,
        500 + seed % 3,
        camera,
        plan,
        (board,),
        hour,
        float(chance.uniform(0, 6.28)),
        weather,
        lens,
    )


def disposal_point(seed: int, length_s: float, scene: Scene) -> World:
    return DisposalPoint(seed, length_s, scene)
