"""What every simulated place answers: what stands, who moves, what has truly happened. Pure.

Time is seconds since the world began and comes as data. What is not decided by the seed is decided by
what the world hears (a voice prompt), so the same seed and the same prompts are the same world.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from simulators.camera.actors import Walk
from simulators.scenes.scene import Scene, Thing
from simulators.scenes.things.table import CODES

TruthLine = dict[str, object]


@dataclass(slots=True)
class Problem:
    """Open from `began` until it is ended; `thing` is what shows it."""

    id: str
    label: str
    began: float
    place: str


@dataclass(slots=True)
class World:
    """A place that acts. Subclasses plan in their constructor and change `standing`, `walks`, `problems`."""

    scene: Scene
    length_s: float
    standing: dict[str, Thing] = field(default_factory=dict)
    walks: list[Walk] = field(default_factory=list)
    rolling: list[tuple[float, float, Thing]] = field(default_factory=list)
    problems: dict[str, Problem] = field(default_factory=dict)
    version: int = 0
    tidied: bool = False
    _plan: list[tuple[float, int, Callable[[float], None]]] = field(default_factory=list)
    _told: list[TruthLine] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=count)
    _clearing: dict[str, Callable[[float], None]] = field(default_factory=dict)

    def at(self, t: float, act: Callable[[float], None]) -> None:
        """Plans an act."""
        heapq.heappush(self._plan, (t, next(self._order), act))

    def advance(self, t: float) -> list[TruthLine]:
        """Lets everything happen up to `t`; returns what became certain."""
        while self._plan and self._plan[0][0] <= t:
            due, _, act = heapq.heappop(self._plan)
            act(due)
        self.walks = [walk for walk in self.walks if walk.ends > t]
        self.rolling = [one for one in self.rolling if one[1] > t]
        told, self._told = self._told, []
        return told

    def close(self, t: float) -> list[TruthLine]:
        """What is still open lasts; then the end."""
        lines = [_problem_line(problem, None) for problem in self.problems.values()]
        self.problems.clear()
        return [*lines, {"t": round(t, 3), "kind": "end", "id": "end"}]

    def hear(self, t: float, words: str) -> None:
        """A voice has spoken at `t`."""
        self.tell(t, "prompt", f"prompt-{t:.2f}", words=words)

    def tidy(self, t: float) -> None:
        """Somebody puts everything in order at once, and nothing out of order comes after that."""
        self.tidied = True
        for clear in list(self._clearing.values()):
            clear(t)
        self.tell(t, "tidied", f"tidied-{t:.2f}")

    def put(self, name: str, thing: Thing | None) -> None:
        """Something stands from now on, or, None, no more."""
        if thing is None:
            self.standing.pop(name, None)
        else:
            self.standing[name] = thing
        self.version += 1

    def opened(
        self, t: float, name: str, label: str, place: str, clear: Callable[[float], None]
    ) -> None:
        """`clear` ends it, sooner than the world planned; done twice it does nothing."""
        self.problems[name] = Problem(name, label, t, place)
        self._clearing[name] = clear
        self.tell(t, "begun", f"{name}.begun", problem=name, label=label, place=place)

    def ended(self, t: float, name: str) -> None:
        problem = self.problems.pop(name, None)
        self._clearing.pop(name, None)
        if problem is not None:
            self._told.append(_problem_line(problem, t))

    def tell(self, t: float, kind: str, name: str, **more: object) -> None:
        self._told.append({"t": round(t, 3), "kind": kind, "id": name, **more})


def _problem_line(problem: Problem, until: float | None) -> TruthLine:
    return {
        "t": round(problem.began, 3),
        "kind": problem.label,
        "id": problem.id,
        "code": CODES[problem.label],
        "place": problem.place,
        "until": None if until is None else round(until, 3),
        "lasts": until is None,
        "key": "problem",
    }


def header(world: World, name: str, seed: int, scale: float) -> TruthLine:
    """`t` of all lines is in the world's seconds; divide by `scale` for those of a clock."""
    camera = world.scene.camera
    view: Mapping[str, object] = {
        "x": camera.x, "y": camera.y, "z": camera.z, "yaw": camera.yaw, "pitch": camera.pitch,
        "across": camera.across, "size": [camera.width, camera.height],
    }  # fmt: skip
    return {
        "t": 0,
        "kind": "truth",
        "id": "header",
        "scenario": name,
        "seed": seed,
        "scale": scale,
        "length_s": round(world.length_s, 3),
        "camera": view,
        "expects_event": sorted(CODES),
        "expects_order": sorted(CODES),
        "order_key": dict.fromkeys(sorted(CODES), "problem"),
    }
