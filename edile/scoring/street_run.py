"""A street or a yard that lives, watched by the gateway's own role; what it told, and what truly was.

In the world's time, in this process: a picture every few seconds, as many as a camera's timed looks need.
Photos that the role orders are not taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from contract.payloads.problem import Problem
from edge_agent.config.devices.camera import CameraConfig, ViewConfig, ZoneConfig
from edge_agent.config.dumping import DumpingConfig
from edge_agent.config.roles import StationConfig
from edge_agent.config.street_classes import REFERENCE, StreetClassConfig
from edge_agent.config.streetscape import StreetscapeConfig
from edge_agent.ports import RoleStep
from edge_agent.readings import Reading, SceneReading
from edge_agent.roles.station import state as station_state
from edge_agent.roles.station.station import Station
from edge_agent.roles.streetscape import state as street_state
from edge_agent.roles.streetscape.streetscape import Streetscape
from edge_agent.rules.standing.spots import Spot
from edile.scoring.conditions import Conditions
from edile.scoring.street_sights import BEGUN_NS, NS, SightOf, in_parts
from simulators.camera.live import Frame, LiveCamera
from simulators.camera.outlines import Outlines
from simulators.camera.table import PLACES, WEATHERS
from simulators.camera.world import TruthLine, World
from simulators.scenes.pinhole import Pinhole
from simulators.scenes.scene import Label
from simulators.scoring.street import NEVER, ToldProblem, TrueProblem, Watching

CAMERA, YARD = "cam-1", "yard"
LOOK_S, PICTURE_S = 20.0, 5.0
SIZE, SURE = (512, 288), 0.5
LEAST_VISIBLE, LEAST_SIDE_PX = 0.3, 8.0
YARD_M = (-9.0, 9.0, -3.2, -0.1)
"""x and y of the ground before the fence on which nothing may be left."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What a place asks of the gateway: a role, what it waits for, where its state has the spots."""

    step: Callable[[Reading], RoleStep]
    classes: tuple[StreetClassConfig, ...]
    spots: Callable[[bytes], list[Spot]]


@dataclass(slots=True)
class StreetRun:
    """One seed. `pictures` were taken, `looks` made at all of the view."""

    place: str
    seed: int
    under: Conditions
    watching: Watching
    truths: list[TrueProblem] = field(default_factory=list)
    told: list[ToldProblem] = field(default_factory=list)
    pictures: int = 0
    looks: int = 0


def run_street(
    place: str,
    seed: int,
    length_s: float,
    sight_of: SightOf,
    under: Conditions,
    *,
    size: tuple[int, int] = SIZE,
    picture_s: float = PICTURE_S,
    edition: int | None = None,
    min_score: float = SURE,
) -> StreetRun:
    """`place`: street or dumping. `edition`: other surfaces than those of the played world; below 0 few, which
    are sooner made. `min_score` of the camera and of each class, as in gw.toml."""
    scene = PLACES[place].scene(seed, size, under.hour, WEATHERS[under.weather])
    scene = scene if edition is None else replace(scene, edition=edition)
    world = PLACES[place].world(seed, length_s, scene)
    camera = replace(camera_of(place, scene.camera), min_score=min_score)
    watched = watched_at(place, camera)
    truth, hearing = _Truth(size), _Hearing(watched)
    sight, pictures = sight_of(camera, seed), 0
    for frame in _frames(world, picture_s, truth, painted=sight.painted):
        pictures += 1
        for reading in sight.look(frame):
            hearing.hear(reading)
    truth.heed(world.close(length_s))
    watching = Watching(
        length_s, tuple(hearing.timed), picture_s, camera.look_every_s,
        open_s={one.class_code: one.open_s for one in watched.classes},
        gap={one.class_code: one.gap for one in watched.classes},
    )  # fmt: skip
    return StreetRun(
        place, seed, under, watching, list(truth.problems.values()), list(hearing.told.values()),
        pictures, hearing.looks,
    )  # fmt: skip


def camera_of(place: str, view: Pinhole) -> CameraConfig:
    """As an installer would write it down: of a yard, the ground before the fence."""
    zones = (ZoneConfig(YARD, ground(view, *YARD_M)),) if place == "dumping" else ()
    return CameraConfig(
        id=CAMERA, source="file:scored", look_every_s=LOOK_S, zones=zones,
        bystanders="none", view=ViewConfig(frozen_s=0, loop_s=0),
    )  # fmt: skip


def ground(
    view: Pinhole, left: float, right: float, near: float, far: float
) -> tuple[tuple[float, float], ...]:
    """Corners in parts of the picture of a rectangle on the street, cut at the picture's edges."""
    corners = []
    for x, y in ((left, far), (right, far), (right, near), (left, near)):
        pixel = view.pixel(x, y, 0.0) or (0.0, float(view.height))
        corners.append(
            (min(1.0, max(0.0, pixel[0] / view.width)), min(1.0, max(0.0, pixel[1] / view.height)))
        )
    return tuple(corners)


def watched_at(place: str, camera: CameraConfig) -> Watched:
    """With the settings that gw.toml has when it says nothing, but for the least score."""
    cameras = {camera.id: camera}
    if place == "street":
        least = camera.min_score
        classes = tuple(
            replace(one, min_score=least, still_score=min(one.still_score, least))
            for one in REFERENCE
        )
        street = StreetscapeConfig(cameras=(camera.id,), classes=classes)
        role = Streetscape(street, cameras)
        return Watched(
            role.step, street.classes, lambda kept: street_state.decode_state(kept).watch.spots
        )
    yard = DumpingConfig(cameras=(camera.id,), zones=(YARD,), min_score=camera.min_score)
    station = Station(StationConfig(dumping=yard), None, cameras=cameras)
    return Watched(
        station.step, yard.classes, lambda kept: station_state.decode_state(kept).yard.spots
    )


def _frames(world: World, picture_s: float, truth: _Truth, *, painted: bool) -> Iterator[Frame]:
    live, outlines = LiveCamera(world), Outlines(world)
    for number in range(int(world.length_s / picture_s)):
        t = number * picture_s
        truth.heed(world.advance(t))
        frame = live.frame(t) if painted else Frame(t, None, outlines.labels(t))
        truth.see(frame, world)
        yield frame


class _Truth:
    """What was there, and where in which picture."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.problems: dict[str, TrueProblem] = {}
        self._size, self._places = size, dict[str, str]()

    def heed(self, lines: list[TruthLine]) -> None:
        for line in lines:
            if line["kind"] == "begun":
                self._places[str(line["problem"])] = str(line["place"])
            elif line.get("key") == "problem":
                self._known(line)

    def see(self, frame: Frame, world: World) -> None:
        """Where the problems of this moment are in the picture."""
        names = [*(None for _ in world.scene.things), *world.standing]
        shown = {names[one.thing]: one for one in frame.labels if 0 <= one.thing < len(names)}
        for problem in world.problems.values():
            true = self.problems.setdefault(
                problem.id, TrueProblem(problem.id, problem.label, "", problem.began)
            )
            label = shown.get(problem.id) or shown.get(problem.place)
            if label is not None:
                true.boxes[frame.t] = in_parts(label.box, self._size)
                true.clear += _is_clear(label)

    def _known(self, line: Mapping[str, object]) -> None:
        """The line of a problem that is over, or lasts."""
        name, until = str(line["id"]), line["until"]
        true = self.problems.setdefault(
            name, TrueProblem(name, str(line["kind"]), "", _s(line["t"]))
        )
        true.code = str(line["code"])
        true.until = NEVER if until is None else _s(until)


class _Hearing:
    """What the role told, by problem; `timed`: when looks were made that were due, not doubts."""

    def __init__(self, watched: Watched) -> None:
        self.told: dict[str, ToldProblem] = {}
        self.timed: list[float] = []
        self.looks = 0
        self._watched = watched
        self._full_s: float | None = None

    def hear(self, reading: Reading) -> None:
        t = (reading.moment.utc_ns - BEGUN_NS) / NS
        if isinstance(reading, SceneReading) and reading.full:
            self._count(t)
        step = self._watched.step(reading)
        boxes = {
            one.problem_id: one.box
            for one in (self._watched.spots(step.state) if step.state and step.conclusions else ())
        }
        for one in step.conclusions:
            if isinstance(one.payload, Problem):
                self._tell(t, one.payload, boxes)

    def _count(self, t: float) -> None:
        self.looks += 1
        if self._full_s is None or t - self._full_s >= LOOK_S:
            self.timed.append(t)
        self._full_s = t

    def _tell(
        self, t: float, problem: Problem, boxes: Mapping[str | None, tuple[float, ...]]
    ) -> None:
        name = problem.problem_id
        if problem.phase == "opened" and name in boxes:
            x1, y1, x2, y2 = boxes[name]
            self.told[name] = ToldProblem(name, problem.class_code, t, (x1, y1, x2, y2))
        elif problem.phase == "ended":
            self.told[name].ended = t


def _is_clear(label: Label) -> bool:
    x1, y1, x2, y2 = label.box
    return label.visible >= LEAST_VISIBLE and min(x2 - x1, y2 - y1) >= LEAST_SIDE_PX


def _s(value: object) -> float:
    return float(str(value))
